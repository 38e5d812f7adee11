from __future__ import annotations

from typing import Any

import pytest

from reference_proxy.session.events import (
    Log,
    PeerCertificate,
    Received,
    StartTls,
    TlsFailed,
    TlsState,
)

STARTTLS = {"imap": b"a STARTTLS\r\n", "pop3": b"STLS\r\n", "smtp": b"STARTTLS\r\n"}
AGREED = {"imap": b"a OK completed\r\n", "pop3": b"+OK\r\n", "smtp": b"220 2.0.0 Start TLS\r\n"}
NOOP = {"imap": b"b NOOP\r\n", "pop3": b"NOOP\r\n", "smtp": b"NOOP\r\n"}
FINE = {"imap": b"b OK completed\r\n", "pop3": b"+OK\r\n", "smtp": b"250 2.0.0 OK\r\n"}
INVALID = {
    "imap": b"a BAD invalid command\r\n",
    "pop3": b"-ERR invalid command\r\n",
    "smtp": b"500 5.5.1 Invalid command\r\n",
}
PEER = PeerCertificate("CN=c", "CN=i", "01", "ab", "PEM")

every_protocol = pytest.mark.parametrize("protocol", ["imap", "pop3", "smtp"])


@every_protocol
def test_starttls_begins_tls_and_no_second_greeting_follows(talk: Any, protocol: str) -> None:
    client = talk(protocol)
    assert client.say(STARTTLS[protocol]) == AGREED[protocol]
    assert client.effects[-1] == StartTls()
    assert client.upgrade() == b""
    assert client.say(NOOP[protocol]) == FINE[protocol]


@every_protocol
def test_clear_commands_behind_starttls_are_dropped(talk: Any, protocol: str) -> None:
    client = talk(protocol)
    client.say(STARTTLS[protocol] + NOOP[protocol])
    assert client.upgrade() + client.say(NOOP[protocol]) == FINE[protocol]


@every_protocol
def test_an_unfinished_clear_line_is_dropped(talk: Any, protocol: str) -> None:
    client = talk(protocol)
    client.say(STARTTLS[protocol] + b"x ")
    client.upgrade()
    assert client.say(NOOP[protocol]) == FINE[protocol]


@every_protocol
def test_bytes_during_the_handshake_are_a_bug_of_the_driver(talk: Any, protocol: str) -> None:
    client = talk(protocol)
    client.say(STARTTLS[protocol])
    with pytest.raises(AssertionError):
        client.event(Received(b"x"))


@every_protocol
@pytest.mark.parametrize("where", ["off", "twice", "implicit"])
def test_starttls_is_refused_and_the_dialogue_goes_on(talk: Any, protocol: str, where: str) -> None:
    client = talk(
        protocol, starttls="off" if where == "off" else "on", implicit=where == "implicit"
    )
    if where == "twice":
        client.say(STARTTLS[protocol])
    if where != "off":
        client.upgrade()
    assert client.say(STARTTLS[protocol]) == INVALID[protocol]
    assert client.say(NOOP[protocol]) == FINE[protocol]


@every_protocol
def test_a_failed_handshake_ends_the_session(talk: Any, protocol: str) -> None:
    client = talk(protocol)
    client.say(STARTTLS[protocol])
    assert client.event(TlsFailed("no", NOOP[protocol])) == b""
    assert client.closed


@pytest.mark.parametrize(
    ("protocol", "line"),
    [
        ("imap", b"* BYE No required SSL certificate\r\n"),
        ("pop3", b"-ERR No required SSL certificate\r\n"),
        ("smtp", b"421 4.7.1 No required SSL certificate\r\n"),
    ],
)
@pytest.mark.parametrize("implicit", [True, False])
def test_a_missing_certificate_is_refused_in_words(
    talk: Any, protocol: str, line: bytes, implicit: bool
) -> None:
    client = talk(protocol, verify="on", implicit=implicit)
    if not implicit:
        client.say(STARTTLS[protocol])
    assert client.upgrade() == line
    assert client.closed


@pytest.mark.parametrize(
    ("mode", "error", "accepted"),
    [("on", 0, True), ("on", 20, False), ("optional", 10, False), ("optional_no_ca", 20, True),
     ("optional_no_ca", 10, False)],
)  # fmt: skip
def test_a_certificate_is_judged_by_mode(talk: Any, mode: str, error: int, accepted: bool) -> None:
    client = talk("imap", verify=mode, implicit=True)
    client.upgrade(TlsState("TLSv1.2", "C", PEER, error, "words"))
    assert client.closed is not accepted
    why = Log("info", f"client SSL certificate verify error: ({error}:words)")
    assert (why in client.effects) is not accepted


def test_what_an_smtp_client_said_in_clear_is_forgotten(talk: Any) -> None:
    client = talk("smtp", auth_methods=("none",))
    client.say(b"EHLO evil\r\nMAIL FROM:<evil>\r\nSTARTTLS\r\n")
    client.upgrade()
    assert client.say(b"RCPT TO:<x>\r\n") == b"503 5.5.1 Bad sequence of commands\r\n"
    client.say(b"MAIL FROM:<good>\r\nRCPT TO:<x>\r\n")
    assert client.asked()["Auth-SMTP-Helo"] == ""
    assert client.asked()["Auth-SMTP-From"] == "MAIL FROM:<good>"


def test_errors_are_counted_across_the_upgrade(talk: Any) -> None:
    client = talk("pop3")
    client.say(b"X\r\nX\r\nX\r\nX\r\nSTLS\r\n")
    client.upgrade()
    client.say(b"X\r\n")
    assert client.closed


def test_auth_ssl_is_sent_inside_tls_only(talk: Any) -> None:
    clear, inside = talk("imap"), talk("imap", implicit=True)
    inside.upgrade()
    for client in (clear, inside):
        client.say(b"a LOGIN u p\r\n")
    assert "Auth-SSL" not in clear.asked()
    assert inside.asked()["Auth-SSL"] == "on"
    assert inside.asked()["Auth-SSL-Protocol"] == "TLSv1.3"
