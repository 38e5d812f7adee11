import pytest

from conformance.harness.mail.framing import LINE_LIMIT
from conformance.harness.mail.imap import Imap, ImapReader
from conformance.harness.mail.words import (
    CAPABILITIES,
    NOOP,
    QUIT,
    STARTTLS,
    Command,
    Kind,
    Reply,
    Verb,
)

IMAP = Imap()


def reading(command: Command | None, data: bytes, tag: str = "w1") -> list[Reply]:
    reader = ImapReader()
    if command:
        reader.expect(command, tag)
    return reader.feed(data)


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (NOOP, b"w1 NOOP\r\n"),
        (STARTTLS, b"w1 STARTTLS\r\n"),
        (CAPABILITIES, b"w1 CAPABILITY\r\n"),
        (QUIT, b"w1 LOGOUT\r\n"),
        (Command(Verb.AUTH, "PLAIN"), b"w1 AUTHENTICATE PLAIN\r\n"),
        (Command(Verb.RAW, "sTaRtTlS x"), b"w1 sTaRtTlS x\r\n"),
        (Command(Verb.RAW, "\xff", tagged=False), b"\xff\r\n"),
        (Command(Verb.RAW, "NOOP\n"), b"w1 NOOP\n"),
    ],
)
def test_commands_are_rendered(command, line):
    assert IMAP.render(command, "w1") == line


def test_a_login_quotes_what_it_says():
    (step,) = IMAP.script(Command(Verb.LOGIN, 'u p"\\ é'))
    assert IMAP.render(step, "w1") == 'w1 LOGIN "u" "p\\"\\\\ é"\r\n'.encode()


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"* OK ready", Kind.POSITIVE),
        (b"* PREAUTH you", Kind.POSITIVE),
        (b"* BYE SSL certificate error", Kind.BYE),
        (b"* BAD internal server error", Kind.NEGATIVE),
        (b"* CAPABILITY IMAP4", Kind.MALFORMED),
        (b"220 mail ESMTP", Kind.MALFORMED),
        (b"", Kind.MALFORMED),
    ],
)
def test_greetings_are_classified(line, kind):
    assert [reply.kind for reply in reading(None, line + b"\r\n")] == [kind]


@pytest.mark.parametrize(
    ("line", "kind", "tag"),
    [
        (b"w1 OK done", Kind.POSITIVE, "w1"),
        (b"w1 ok", Kind.POSITIVE, "w1"),
        (b"w1 NO never", Kind.NEGATIVE, "w1"),
        (b"b BAD what", Kind.NEGATIVE, "b"),
        (b"+ ", Kind.CONTINUE, "+"),
        (b"* BAD what", Kind.NEGATIVE, "*"),
        (b"* BYE now", Kind.BYE, "*"),
        (b" OK completed", Kind.MALFORMED, ""),
        (b"w1 YES", Kind.MALFORMED, ""),
        (b"\x15\x03\x03", Kind.MALFORMED, ""),
    ],
)
def test_replies_are_classified(line, kind, tag):
    assert [(r.kind, r.tag) for r in reading(NOOP, line + b"\r\n")] == [(kind, tag)]


def test_untagged_lines_belong_to_the_tagged_one_behind():
    (reply,) = reading(CAPABILITIES, b"* CAPABILITY IMAP4\r\n* OK slow\r\nw1 OK\r\n")
    assert reply.lines == (b"* CAPABILITY IMAP4", b"* OK slow", b"w1 OK")


def test_a_goodbye_that_was_asked_for_is_part_of_the_answer():
    for command in (QUIT, Command(Verb.RAW, "logout")):
        (reply,) = reading(command, b"* BYE\r\nw1 OK completed\r\n")
        assert reply == Reply(Kind.POSITIVE, (b"* BYE", b"w1 OK completed"), "w1")


def test_a_literal_is_not_read_as_replies():
    data = b"* 1 FETCH (BODY[] {9}\r\nw1 OK x\r\n)\r\nw1 OK\r\n"
    (reply,) = reading(Command(Verb.RAW, "FETCH 1 BODY[]"), data)
    assert reply.lines[-1] == b"w1 OK"
    assert len(reply.lines) == 4


def test_a_literal_may_end_in_the_middle_of_a_line():
    data = b"* X {3}\r\nabc {2}\r\n\r\n tail\r\nw1 OK\r\n"
    assert [reply.tag for reply in reading(NOOP, data)] == ["w1"]


def test_a_bare_line_feed_is_noted():
    (reply,) = reading(NOOP, b"* X\nw1 OK\r\n")
    assert reply.bare_lf
    assert not reading(NOOP, b"w1 OK\r\n")[0].bare_lf


def test_capabilities_come_from_the_line_or_the_code():
    (reply,) = reading(CAPABILITIES, b"* CAPABILITY Imap4rev1 AUTH=plain STARTTLS\r\nw1 OK\r\n")
    assert IMAP.capabilities(reply) == {"IMAP4REV1", "AUTH=PLAIN", "STARTTLS"}
    (reply,) = reading(None, b"* OK [CAPABILITY IMAP4 LOGINDISABLED] hi\r\n")
    assert IMAP.capabilities(reply) == {"IMAP4", "LOGINDISABLED"}


@pytest.mark.parametrize(
    ("command", "reply", "expected"),
    [
        (NOOP, Reply(Kind.POSITIVE, (b"w1 OK",), "w1"), True),
        (NOOP, Reply(Kind.POSITIVE, (b"b OK",), "b"), False),
        (NOOP, Reply(Kind.CONTINUE, (b"+ ",), "+"), False),
        (NOOP, Reply(Kind.NEGATIVE, (b"* BAD",), "*"), False),
        (NOOP, Reply(Kind.BYE, (b"* BYE",), "*"), True),
        (Command(Verb.RAW, "x"), Reply(Kind.NEGATIVE, (b"* BAD",), "*"), True),
        (Command(Verb.RAW, "x"), Reply(Kind.POSITIVE, (b"b OK",), "b"), False),
        (Command(Verb.RAW, "x", tagged=False), Reply(Kind.POSITIVE, (b"b OK",), "b"), True),
        (Command(Verb.AUTH, "PLAIN"), Reply(Kind.CONTINUE, (b"+ ",), "+"), True),
    ],
)
def test_an_answer_is_known_by_its_tag(command, reply, expected):
    assert IMAP.answers(reply, command, "w1") is expected


def test_secrets_are_known_in_every_form():
    said = Command(Verb.LOGIN, 'u s"p')
    assert {b's"p', b's\\"p', b"cyJw", b"AHUAcyJw"} <= IMAP.secrets(said)
    assert IMAP.secrets(Command(Verb.AUTH, "PLAIN AHUAcA==")) == {b"AHUAcA=="}
    assert b"" not in IMAP.secrets(Command(Verb.LOGIN, "u "))


@pytest.mark.parametrize(
    ("line", "kind"), [(b"w1 BAD x", Kind.NEGATIVE), (b"w1 OK x", Kind.MALFORMED)]
)
def test_of_a_line_that_is_too_long_a_refusal_is_enough(line, kind):
    data = line + b"x" * LINE_LIMIT + b"\r\n"
    assert [reply.kind for reply in reading(NOOP, data)] == [kind]
