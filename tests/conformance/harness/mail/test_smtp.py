import pytest

from conformance.harness.mail.framing import LINE_LIMIT
from conformance.harness.mail.smtp import Smtp, SmtpReader
from conformance.harness.mail.words import CAPABILITIES, NOOP, QUIT, Command, Kind, Reply, Verb

SMTP = Smtp()


def reading(data: bytes) -> list[Reply]:
    return SmtpReader().feed(data)


@pytest.mark.parametrize(
    ("line", "kind", "code"),
    [
        (b"220 ready", Kind.POSITIVE, "220"),
        (b"250", Kind.POSITIVE, "250"),
        (b"354 go on", Kind.CONTINUE, "354"),
        (b"334 ", Kind.CONTINUE, "334"),
        (b"421 4.7.1 SSL certificate error", Kind.BYE, "421"),
        (b"451 later", Kind.NEGATIVE, "451"),
        (b"535 5.7.0 no", Kind.NEGATIVE, "535"),
        (b"250ok", Kind.MALFORMED, ""),
        (b"999 what", Kind.MALFORMED, ""),
        (b"* OK", Kind.MALFORMED, ""),
    ],
)
def test_lines_are_classified(line, kind, code):
    assert [(r.kind, r.tag) for r in reading(line + b"\r\n")] == [(kind, code)]


def test_lines_with_a_dash_go_on():
    (reply,) = reading(b"250-mail\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n")
    assert SMTP.capabilities(reply) == {"STARTTLS", "AUTH=PLAIN", "AUTH=LOGIN"}


def test_the_old_form_of_auth_is_understood():
    reply = Reply(Kind.POSITIVE, (b"250-mail", b"250 AUTH=plain login"), "250")
    assert SMTP.capabilities(reply) == {"AUTH=PLAIN", "AUTH=LOGIN"}


def test_codes_that_differ_are_no_reply():
    assert [(r.kind, len(r.lines)) for r in reading(b"250-a\r\n500 b\r\n")] == [(Kind.MALFORMED, 2)]


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (NOOP, b"NOOP\r\n"),
        (CAPABILITIES, b"EHLO client.invalid\r\n"),
        (Command(Verb.CAPABILITIES, "me"), b"EHLO me\r\n"),
        (QUIT, b"QUIT\r\n"),
        (Command(Verb.RAW, "MAIL FROM:<>"), b"MAIL FROM:<>\r\n"),
    ],
)
def test_commands_are_rendered(command, line):
    assert SMTP.render(command, "w1") == line


def said(*replies: Kind) -> list[str]:
    script = SMTP.script(Command(Verb.LOGIN, "u p"))
    lines = [next(script)]
    for kind in replies:
        try:
            lines.append(script.send(Reply(kind, (b"",))))
        except StopIteration:
            break
    return [SMTP.render(line, "").decode().strip() for line in lines]


def test_a_login_greets_and_authenticates():
    assert said(Kind.POSITIVE, Kind.POSITIVE) == ["EHLO client.invalid", "AUTH PLAIN AHUAcA=="]


def test_a_login_repeats_the_response_when_asked():
    assert said(Kind.POSITIVE, Kind.CONTINUE, Kind.POSITIVE)[-1] == "AHUAcA=="


def test_a_login_ends_with_a_refused_greeting():
    assert said(Kind.NEGATIVE) == ["EHLO client.invalid"]


def test_only_the_answer_to_quit_is_a_parting():
    assert SMTP.parting(Reply(Kind.POSITIVE, (b"221 bye",), "221"), "")
    assert not SMTP.parting(Reply(Kind.POSITIVE, (b"250 ok",), "250"), "")


@pytest.mark.parametrize(("line", "kind"), [(b"500 x", Kind.NEGATIVE), (b"250 x", Kind.MALFORMED)])
def test_of_a_line_that_is_too_long_a_refusal_is_enough(line, kind):
    data = line + b"x" * LINE_LIMIT + b"\r\n"
    assert [reply.kind for reply in reading(data)] == [kind]
