import pytest

from conformance.harness.mail.framing import LINE_LIMIT
from conformance.harness.mail.pop3 import Pop3, Pop3Reader
from conformance.harness.mail.words import CAPABILITIES, NOOP, STARTTLS, Command, Kind, Reply, Verb

POP3 = Pop3()
CAPA = b"+OK list\r\nTOP\r\nSASL plain LOGIN\r\nstls\r\nEXPIRE 0\r\n.\r\n"


def reading(command: Command | None, data: bytes) -> list[Reply]:
    reader = Pop3Reader()
    if command:
        reader.expect(command, "")
    return reader.feed(data)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"+OK", Kind.POSITIVE),
        (b"+OK POP3 ready", Kind.POSITIVE),
        (b"-ERR no", Kind.NEGATIVE),
        (b"+ ", Kind.CONTINUE),
        (b"+", Kind.CONTINUE),
        (b"+OKAY", Kind.MALFORMED),
        (b"* OK", Kind.MALFORMED),
    ],
)
def test_lines_are_classified(line, kind):
    assert [reply.kind for reply in reading(None, line + b"\r\n")] == [kind]
    assert [reply.kind for reply in reading(NOOP, line + b"\r\n")] == [kind]


@pytest.mark.parametrize(
    "command",
    [
        CAPABILITIES,
        Command(Verb.RAW, "capa"),
        Command(Verb.RAW, "CAPA\rCAPA"),
        Command(Verb.RAW, "LIST"),
        Command(Verb.AUTH),
    ],
)
def test_a_list_is_one_reply(command):
    (reply,) = reading(command, CAPA)
    assert (reply.kind, reply.lines[-1]) == (Kind.POSITIVE, b".")


@pytest.mark.parametrize(
    "command", [NOOP, Command(Verb.RAW, "LIST 1"), Command(Verb.AUTH, "PLAIN")]
)
def test_other_answers_have_one_line(command):
    assert [reply.lines for reply in reading(command, b"+OK\r\n+OK\r\n")] == [(b"+OK",)] * 2


def test_a_refused_list_has_one_line():
    assert [reply.kind for reply in reading(CAPABILITIES, b"-ERR\r\n")] == [Kind.NEGATIVE]


def test_an_answer_too_many_is_not_glued_to_a_list():
    assert [reply.lines[0] for reply in reading(CAPABILITIES, b"+OK\r\n" + CAPA)] == [
        b"+OK",
        b"+OK list",
    ]


def test_a_message_may_hold_anything():
    (reply,) = reading(Command(Verb.RAW, "RETR 1"), b"+OK\r\n+OK\r\n-ERR\r\n.\r\n")
    assert len(reply.lines) == 4


def test_capabilities_are_in_the_common_form():
    (reply,) = reading(CAPABILITIES, CAPA)
    expected = {"TOP", "AUTH=PLAIN", "AUTH=LOGIN", "STARTTLS", "EXPIRE 0"}
    assert POP3.capabilities(reply) == expected


def test_no_capabilities_where_the_list_was_refused():
    assert POP3.capabilities(Reply(Kind.NEGATIVE, (b"-ERR",))) == frozenset()


def test_starttls_is_stls():
    assert POP3.render(STARTTLS, "w1") == b"STLS\r\n"


def test_a_login_says_the_password_only_after_the_user_was_taken():
    script = POP3.script(Command(Verb.LOGIN, "u p q"))
    assert POP3.render(next(script), "") == b"USER u\r\n"
    assert POP3.render(script.send(Reply(Kind.POSITIVE, (b"+OK",))), "") == b"PASS p q\r\n"
    script = POP3.script(Command(Verb.LOGIN, "u p"))
    next(script)
    with pytest.raises(StopIteration):
        script.send(Reply(Kind.NEGATIVE, (b"-ERR",)))


def test_a_probe_is_allowed_where_it_is_sent():
    assert POP3.probe(logged_in=False) == CAPABILITIES
    assert POP3.probe(logged_in=True) == NOOP


@pytest.mark.parametrize(("line", "kind"), [(b"-ERR x", Kind.NEGATIVE), (b"+OK x", Kind.MALFORMED)])
def test_of_a_line_that_is_too_long_a_refusal_is_enough(line, kind):
    data = line + b"x" * LINE_LIMIT + b"\r\n"
    assert [reply.kind for reply in reading(NOOP, data)] == [kind]
