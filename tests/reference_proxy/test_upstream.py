from __future__ import annotations

import pytest

from reference_proxy.config.settings import AuthHttp, ServerSettings
from reference_proxy.upstream import (
    Dialogue,
    Script,
    SmtpClient,
    Step,
    UpstreamRefused,
    imap_script,
    pop3_script,
    smtp_script,
)

ONE_STEP = Script((Step(b"+OK", b"go\r\n"),), b"+OK")


def script(client: SmtpClient, **changes: bool) -> Script:
    auth = AuthHttp("127.0.0.1", 80, "/", "a")
    settings = ServerSettings("mx", "smtp", (), "on", None, auth, **changes)  # type: ignore[arg-type]
    return smtp_script(settings, client)


def smtp(client: SmtpClient, **changes: bool) -> list[bytes | None]:
    return [step.send for step in script(client, **changes).steps]


def test_imap_takes_any_byte() -> None:
    steps = imap_script(b"t", b"\r\n", b"").steps
    assert [step.send for step in steps] == [b"t LOGIN {2}\r\n", b"\r\n {0}\r\n", b"\r\n"]


@pytest.mark.parametrize("bad", [b"a\rb", b"a\nb"])
def test_pop3_takes_no_line_end(bad: bytes) -> None:
    with pytest.raises(UpstreamRefused):
        pop3_script(bad, b"p")
    with pytest.raises(UpstreamRefused):
        pop3_script(b"u", bad)


def test_smtp_without_xclient() -> None:
    assert smtp(SmtpClient("::1", b"u", b"p", b"me", esmtp=False), xclient=False) == [
        b"HELO mx\r\n"
    ]


def test_smtp_logs_in_where_it_is_told_to() -> None:
    client = SmtpClient("::1", b"u", b"p", b"me", esmtp=True)
    assert smtp(client, proxy_smtp_auth=True) == [
        b"EHLO mx\r\n",
        b"XCLIENT ADDR=IPV6:::1 NAME=[UNAVAILABLE]\r\n",
        b"EHLO me\r\n",
        b"AUTH PLAIN AHUAcA==\r\n",
    ]


def test_smtp_replays_the_transaction() -> None:
    client = SmtpClient("192.0.2.1", b"", b"", b"", False, b"MAIL FROM:<a>", b"RCPT TO:<b>")
    assert smtp(client, xclient=False)[1:] == [b"MAIL FROM:<a>\r\n", b"RCPT TO:<b>\r\n"]


def test_a_reply_may_come_in_pieces() -> None:
    dialogue = Dialogue(ONE_STEP, multiline=False, limit=100)
    assert dialogue.receive(b"+O") is None
    assert dialogue.receive(b"K\r") is None
    assert dialogue.receive(b"\n") == b"go\r\n"
    assert not dialogue.ended
    assert dialogue.receive(b"+OK in\r\n") == b"+OK in\r\n"
    assert dialogue.ended


def test_a_multiline_reply_ends_with_its_last_line() -> None:
    dialogue = Dialogue(Script((), b"250", b"mine"), multiline=True, limit=100)
    assert dialogue.receive(b"250-a\r\n") is None
    assert dialogue.receive(b"250 b\r\n") == b"mine"


@pytest.mark.parametrize("reply", [b"-ERR\r\n", b"x" * 100])
def test_another_reply_is_refused(reply: bytes) -> None:
    with pytest.raises(UpstreamRefused):
        Dialogue(ONE_STEP, multiline=False, limit=100).receive(reply)


def test_in_smtp_the_first_line_says_whether_there_are_more() -> None:
    dialogue = Dialogue(Script((), b"250", b"mine"), multiline=True, limit=100)
    assert dialogue.receive(b"250 a\r\n250-b\r\n") == b"mine"


def test_a_reply_longer_than_its_room_is_refused_though_it_is_complete() -> None:
    dialogue = Dialogue(ONE_STEP, multiline=False, limit=10)
    with pytest.raises(UpstreamRefused, match="too long"):
        dialogue.receive(b"+OK " + b"x" * 10 + b"\r\n")


@pytest.mark.parametrize("reply", [b"220 a\r\n", b"250 a\r\n"])
def test_xclient_may_be_answered_in_two_ways(reply: bytes) -> None:
    client = SmtpClient("192.0.2.1", b"u", b"p", b"me", esmtp=True)
    dialogue = Dialogue(script(client), multiline=True, limit=100)
    dialogue.receive(b"220 a\r\n")
    dialogue.receive(b"250 a\r\n")
    assert dialogue.receive(reply) == b"EHLO me\r\n"


def test_smtp_cannot_log_in_without_a_password() -> None:
    client = SmtpClient("192.0.2.1", b"u", None, b"", esmtp=False)
    dialogue = Dialogue(script(client, xclient=False, proxy_smtp_auth=True), True, 100)
    dialogue.receive(b"220 a\r\n")
    with pytest.raises(UpstreamRefused, match="no password"):
        dialogue.receive(b"250 a\r\n")


def test_the_address_of_a_local_client() -> None:
    sent = smtp(SmtpClient("unix:", b"", b"", b"", esmtp=False))
    assert sent[1] == b"XCLIENT ADDR=unix: NAME=[UNAVAILABLE]\r\n"
