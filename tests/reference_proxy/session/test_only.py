"""`starttls only` before TLS."""

from __future__ import annotations

from typing import Any

import pytest

REFUSED = [
    ("imap", b"a LOGIN u p\r\n"),
    ("imap", b"a login u p\r\n"),
    ("imap", b"a AUTHENTICATE PLAIN\r\n"),
    ("imap", b"a AUTHENTICATE PLAIN AHUAcA==\r\n"),
    ("imap", b"a LOGIN {1+}\r\nu {1+}\r\np\r\n"),
    ("pop3", b"USER u\r\n"),
    ("pop3", b"user u\r\n"),
    ("pop3", b"AUTH\r\n"),
    ("pop3", b"AUTH PLAIN\r\n"),
    ("pop3", b"APOP u d\r\n"),
    ("smtp", b"AUTH PLAIN\r\n"),
    ("smtp", b"AUTH\r\n"),
    ("smtp", b"auth login\r\n"),
]


@pytest.mark.parametrize(("protocol", "line"), REFUSED)
def test_no_login_before_tls(talk: Any, protocol: str, line: bytes) -> None:
    client = talk(protocol, starttls="only", max_errors=1)
    assert client.say(line) == client.session.invalid(b"a")
    assert not client.closed  # these refusals are not counted


def test_a_literal_is_not_invited_for_a_login_that_is_refused(talk: Any) -> None:
    client = talk("imap", starttls="only")
    assert client.say(b"a LOGIN {1}\r\n") == b"a BAD invalid command\r\n"
    assert client.say(b"b NOOP\r\n") == b"b OK completed\r\n"


def test_mail_without_a_login_waits_for_tls_too(talk: Any) -> None:
    client = talk("smtp", starttls="only", auth_methods=("none",))
    assert client.say(b"MAIL FROM:<a>\r\n").startswith(b"530 5.7.0 ")
    client.say(b"STARTTLS\r\n")
    client.upgrade()
    assert client.say(b"MAIL FROM:<a>\r\n") == b"250 2.0.0 OK\r\n"


@pytest.mark.parametrize(
    ("protocol", "line", "before", "after"),
    [
        ("imap", b"a CAPABILITY\r\n",
         b"* CAPABILITY IMAP4 IMAP4rev1 UIDPLUS STARTTLS LOGINDISABLED\r\na OK completed\r\n",
         b"* CAPABILITY IMAP4 IMAP4rev1 UIDPLUS AUTH=PLAIN\r\na OK completed\r\n"),
        ("pop3", b"CAPA\r\n",
         b"+OK Capability list follows\r\nTOP\r\nUIDL\r\nSTLS\r\n.\r\n",
         b"+OK Capability list follows\r\nTOP\r\nUSER\r\nUIDL\r\nSASL PLAIN LOGIN\r\n.\r\n"),
        ("smtp", b"EHLO me\r\n",
         b"250-mx.test\r\n250 STARTTLS\r\n",
         b"250-mx.test\r\n250 AUTH PLAIN LOGIN\r\n"),
    ],
)  # fmt: skip
def test_capabilities(talk: Any, protocol: str, line: bytes, before: bytes, after: bytes) -> None:
    client = talk(protocol, starttls="only")
    assert client.say(line) == before
    client.say({"imap": b"s STARTTLS\r\n", "pop3": b"STLS\r\n", "smtp": b"STARTTLS\r\n"}[protocol])
    client.upgrade()
    assert client.say(line) == after
