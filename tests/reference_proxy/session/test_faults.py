"""Each fault can be seen, and where it is not asked for the session does right."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import reference_proxy
from reference_proxy.faults import ALL_FAULTS, SESSION_FAULTS
from reference_proxy.session.events import (
    AuthAnswered,
    PeerCertificate,
    SendUpstream,
    TlsFailed,
    TlsState,
    UpstreamReceived,
)

GRANT = (("auth-server", "127.0.0.9"), ("auth-port", "143"))
PEER = PeerCertificate("CN=c", "CN=i", "01", "ab", "PEM")
UNTRUSTED = TlsState("TLSv1.3", "C", PEER, 20, "words")

Probe = Callable[[Any], object]


def says(*pieces: bytes) -> Probe:
    """Everything in clear."""
    return lambda client: (client.say(*pieces), client.closed)


def upgraded(clear: bytes, *inside: bytes) -> Probe:
    """`clear` ends in STARTTLS; then what comes from inside TLS."""

    def probe(client: Any) -> object:
        client.say(clear)
        if client.session.phase.name == "HANDSHAKE":
            return client.upgrade(), client.say(*inside), client.closed
        return client.say(*inside), client.closed

    return probe


def asks(clear: bytes, state: TlsState | None = None, login: bytes = b"a LOGIN u p\r\n") -> Probe:
    """What the auth server is asked, inside TLS where there is a state."""

    def probe(client: Any) -> object:
        if clear:
            client.say(clear)
        if state is not None:
            client.upgrade(state)
        client.say(login)
        return client.asked()

    return probe


def relays(client: Any) -> object:
    client.say(b"STLS\r\n")
    client.upgrade()
    client.say(b"USER u\r\nPASS p\r\nSTAT\r\n")
    client.event(AuthAnswered(GRANT))
    replies = [client.event(UpstreamReceived(b"+OK\r\n")) for _ in range(3)]
    replies.append(client.say(b"STLS\r\n") if not client.relayed else b"")
    return replies, client.last(SendUpstream), client.effects[-1]


def granted(client: Any) -> object:
    client.say(b"a LOGIN user p\r\n")
    client.event(AuthAnswered(GRANT))
    client.event(UpstreamReceived(b"* OK\r\n")) if client.session.phase.name == "UPSTREAM" else None
    return client.effects


def refused(client: Any) -> object:
    client.say(b"a LOGIN u p\r\n")
    return client.event(AuthAnswered((("auth-status", "no"), *GRANT))), client.closed


def fails_handshake(client: Any) -> object:
    client.say(b"STLS\r\n")
    return client.event(TlsFailed("no", b"NOOP\r\n")), client.closed


def is_alerted(client: Any) -> object:
    client.say(b"STLS\r\n")
    return client.event(TlsFailed("no", b"\x15\x03\x01\0\2\2\x28NOOP\r\n")), client.closed


def hears_beneath(client: Any) -> object:
    client.say(b"STLS\r\n")
    client.upgrade()
    return client.event(TlsFailed("no", b"NOOP\r\n")), client.closed


def upgrade_in_mid_login(client: Any) -> object:
    client.say(b"USER u\r\n")
    client.say(b"STLS\r\n")
    if client.session.phase.name == "HANDSHAKE":
        client.upgrade()
    return client.say(b"PASS p\r\n"), len(client.effects)


def logs(client: Any) -> object:
    client.say(b"a LOGIN u s3cret\r\n")
    return any("s3cret" in getattr(effect, "text", "") for effect in client.effects)


def has_challenge(client: Any) -> object:
    return b"<" in client.effects[-1].data


def logged_in(client: Any) -> object:
    client.say(b"a LOGIN user p\r\n")
    client.event(AuthAnswered(GRANT))
    return [client.event(UpstreamReceived(said)) for said in (b"* OK\r\n", b"+ OK\r\n")], (
        client.event(UpstreamReceived(b"+ OK\r\n")),
        client.effects,
    )


IMAP_ON = ("imap", {})
IMAP_ONLY = ("imap", {"starttls": "only"})
POP3_ON = ("pop3", {})
POP3_ONLY = ("pop3", {"starttls": "only", "auth_methods": ("plain", "apop")})
POP3_APOP = ("pop3", {"auth_methods": ("plain", "apop")})
SMTP_ON = ("smtp", {})
NO_CA = ("imap", {"verify": "optional_no_ca"})
S = b"s STARTTLS\r\n"

ROWS: list[tuple[str, tuple[str, dict[str, Any]], Probe]] = [
    ("starttls-keeps-plaintext", IMAP_ON, upgraded(S + b"b NOOP\r\n")),
    ("starttls-keeps-partial-line", IMAP_ON, upgraded(S + b"b NO", b"OP\r\n")),
    ("starttls-when-off", ("imap", {"starttls": "off"}), says(S)),
    ("starttls-advertised-in-tls", IMAP_ON, upgraded(S, b"a CAPABILITY\r\n")),
    ("starttls-not-advertised", SMTP_ON, says(b"EHLO me\r\n")),
    ("starttls-twice", IMAP_ON, upgraded(S, S)),
    ("starttls-without-tls", POP3_ON, upgraded(b"STLS\r\n", b"NOOP\r\n")),
    ("starttls-refused-drops-connection", ("pop3", {"starttls": "off"}), says(b"STLS\r\n")),
    ("starttls-after-login", POP3_ON, relays),
    ("second-greeting", SMTP_ON, upgraded(b"STARTTLS\r\n")),
    ("login-survives-upgrade", POP3_ON, upgrade_in_mid_login),
    (
        "helo-survives-upgrade",
        ("smtp", {"auth_methods": ("none",)}),
        upgraded(b"MAIL FROM:<a>\r\nSTARTTLS\r\n", b"RCPT TO:<b>\r\n"),
    ),
    ("plaintext-after-failed-handshake", POP3_ON, fails_handshake),
    ("plaintext-after-alert", POP3_ON, is_alerted),
    ("plaintext-beneath-tls", POP3_ON, hears_beneath),
    ("only-not-enforced", IMAP_ONLY, says(b"a AUTHENTICATE PLAIN\r\n")),
    ("only-case-bypass", IMAP_ONLY, says(b"a authenticate plain\r\n")),
    ("logindisabled-missing", IMAP_ONLY, says(b"a CAPABILITY\r\n")),
    ("auth-advertised-before-tls", ("smtp", {"starttls": "only"}), says(b"EHLO me\r\n")),
    ("only-enforced-inside", IMAP_ONLY, upgraded(S, b"a CAPABILITY\r\n")),
    ("starttls-argument-ignored", IMAP_ON, says(b"s STARTTLS now\r\n")),
    ("starttls-argument-half", POP3_ON, says(b"STLS now\r\nNOOP\r\n")),
    ("starttls-blocked-by-error", SMTP_ON, says(b"FOO\r\nSTARTTLS\r\n")),
    ("greeting-refusal", POP3_ON, lambda client: client.effects),
    ("greeting-preauth", IMAP_ON, lambda client: client.effects),
    ("bare-line-feed", POP3_ON, says(b"FOO\r\n")),
    ("case-sensitive", IMAP_ON, says(b"a noop\r\n")),
    ("capability-refused", SMTP_ON, says(b"EHLO me\r\n")),
    ("unknown-command-accepted", IMAP_ON, says(b"a FOO\r\n")),
    ("quit-does-not-close", POP3_ON, says(b"QUIT\r\n")),
    ("sasl-refused", SMTP_ON, says(b"AUTH PLAIN\r\n")),
    ("errors-uncounted", SMTP_ON, says(b"FOO\r\n" * 9)),
    ("double-reply", SMTP_ON, says(b"FOO\r\n")),
    ("no-reply-to-noop", SMTP_ON, says(b"NOOP\r\n")),
    ("tag-not-echoed", IMAP_ON, says(b"a FOO\r\n")),
    ("segmentation-lf-split", POP3_ON, says(b"NOOP\r", b"\n")),
    ("hang-on-long-line", POP3_ON, says(b"x" * 128)),
    ("smtp-mail-without-auth", SMTP_ON, says(b"MAIL FROM:<a>\r\n")),
    ("arguments-not-needed", POP3_ON, says(b"USER\r\n")),
    ("arguments-cut-short", SMTP_ON, says(b"EHLO %s\r\n" % (b"x" * 40))),
    ("wrong-refusal", SMTP_ON, says(b"FOO\r\n")),
    ("login-refused-as-error", IMAP_ON, refused),
    ("challenge-in-clear", POP3_ON, says(b"AUTH PLAIN\r\n")),
    ("sasl-cancel-ignored", SMTP_ON, says(b"AUTH PLAIN\r\n*\r\n")),
    ("sasl-garbage-ignored", POP3_ON, says(b"AUTH PLAIN\r\n%%%\r\n")),
    ("sasl-any-mechanism", IMAP_ON, says(b"a AUTHENTICATE X-WAXSEAL\r\n")),
    ("literal-refused", IMAP_ON, says(b"a LOGIN {1}\r\n")),
    ("quotes-kept", IMAP_ON, asks(b"", login=b'a LOGIN u "p\\"q"\r\n')),
    ("pass-without-user", POP3_ON, says(b"PASS p\r\n")),
    ("goodbye-bare", IMAP_ON, says(b"a LOGOUT\r\n")),
    ("helo-refused", SMTP_ON, says(b"HELO me\r\n")),
    ("rset-refused", SMTP_ON, says(b"RSET\r\n")),
    ("ehlo-once", SMTP_ON, says(b"EHLO me\r\nEHLO me\r\n")),
    ("rcpt-without-mail", SMTP_ON, says(b"RCPT TO:<b>\r\n")),
    ("name-missing", SMTP_ON, says(b"EHLO me\r\n")),
    ("trailing-space-refused", SMTP_ON, says(b"NOOP \r\n")),
    ("upgrade-code-250", SMTP_ON, says(b"STARTTLS\r\n")),
    ("verify-not-enforced", ("imap", {"verify": "on"}), upgraded(S)),
    ("missing-certificate-accepted", ("imap", {"verify": "on"}), upgraded(S)),
    ("optional-rejects-none", ("imap", {"verify": "optional"}), upgraded(S)),
    ("auth-ssl-missing", IMAP_ON, asks(S, UNTRUSTED)),
    ("auth-ssl-before-tls", IMAP_ON, asks(b"")),
    ("auth-ssl-protocol-wrong", IMAP_ON, asks(S, UNTRUSTED)),
    ("auth-ssl-cipher-wrong", IMAP_ON, asks(S, UNTRUSTED)),
    ("auth-ssl-subject-invented", NO_CA, asks(S, TlsState("TLSv1.3", "C"))),
    ("auth-user-cut", IMAP_ON, asks(b"")),
    ("auth-pass-unescaped", IMAP_ON, asks(b"", login=b'a LOGIN u "p q"\r\n')),
    ("auth-protocol-wrong", POP3_ON, asks(b"", login=b"USER u\r\nPASS p\r\n")),
    ("auth-method-wrong", IMAP_ON, asks(b"")),
    ("auth-client-ip-wrong", IMAP_ON, asks(b"")),
    ("auth-asked-twice", IMAP_ON, granted),
    ("backend-other-user", IMAP_ON, granted),
    ("refusal-ignored", IMAP_ON, refused),
    ("auth-ssl-verify-missing", NO_CA, asks(S, UNTRUSTED)),
    ("auth-ssl-verify-always-success", NO_CA, asks(S, UNTRUSTED)),
    ("auth-ssl-subject-missing", NO_CA, asks(S, UNTRUSTED)),
    ("login-without-auth", IMAP_ON, says(b"a LOGIN u p\r\n")),
    ("password-in-log", IMAP_ON, logs),
    ("relay-drops-first-bytes", POP3_ON, relays),
    ("backend-gets-starttls", POP3_ON, relays),
    ("imap-keeps-plaintext", IMAP_ON, upgraded(S + b"b NOOP\r\n")),
    ("pop3-keeps-plaintext", POP3_ON, upgraded(b"STLS\r\nNOOP\r\n")),
    ("smtp-keeps-plaintext", SMTP_ON, upgraded(b"STARTTLS\r\nNOOP\r\n")),
    ("starttls-reply-repeated", IMAP_ON, upgraded(S)),
    ("capabilities-remembered", IMAP_ON, upgraded(b"a CAPABILITY\r\n" + S, b"a CAPABILITY\r\n")),
    ("only-sasl-bypass", IMAP_ONLY, says(b"a AUTHENTICATE PLAIN\r\n")),
    ("only-apop-bypass", POP3_ONLY, says(b"APOP u d\r\n")),
    ("unknown-accepted-inside", POP3_ON, upgraded(b"STLS\r\n", b"FOO\r\n")),
    ("carriage-return-ends-line", POP3_ON, says(b"NOOP\rNOOP\r\n")),
    ("capability-dropped", IMAP_ON, says(b"a CAPABILITY\r\n")),
    ("capability-invented", SMTP_ON, says(b"EHLO me\r\n")),
    ("mechanism-dropped", POP3_ON, says(b"CAPA\r\n")),
    ("mechanism-invented", IMAP_ON, says(b"a CAPABILITY\r\n")),
    ("server-name-hidden", SMTP_ON, says(b"EHLO me\r\n")),
    ("apop-challenge-missing", POP3_APOP, has_challenge),
    ("apop-refused", POP3_APOP, says(b"APOP u d\r\n")),
    ("auth-pass-lowered", IMAP_ON, asks(b"", login=b"a LOGIN u P\r\n")),
    ("auth-pass-trimmed", POP3_ON, asks(b"USER u\r\n", login=b"PASS p \r\n")),
    ("backend-other-password", IMAP_ON, logged_in),
]


@pytest.mark.parametrize(("fault", "listener", "probe"), ROWS, ids=[row[0] for row in ROWS])
def test_the_fault_shows(
    talk: Any, fault: str, listener: tuple[str, dict[str, Any]], probe: Probe
) -> None:
    protocol, changes = listener
    assert probe(talk(protocol, fault, **changes)) != probe(talk(protocol, **changes))


def test_crash_on_eight_bit_raises(talk: Any) -> None:
    with pytest.raises(ValueError, match="above 127"):
        talk("imap", "crash-on-eight-bit").say(b"\xff")


def test_inbox_shared_gives_one_client_the_words_of_another(talk: Any) -> None:
    talk("pop3", "inbox-shared").say(b"NO")
    talk("pop3", "inbox-shared").say(b"OP\r\n")
    assert not talk("pop3", "inbox-shared").session.inbox.drop()
    talk("pop3", "inbox-shared").say(b"QU")
    assert talk("pop3", "inbox-shared").say(b"IT\r\n") != talk("pop3").say(b"IT\r\n")


def test_every_fault_has_a_probe() -> None:
    alone = {"crash-on-eight-bit", "inbox-shared"}
    assert {row[0] for row in ROWS} | alone == set(SESSION_FAULTS)


def test_the_code_asks_for_no_fault_that_is_not_listed() -> None:
    package = Path(reference_proxy.__file__).parent
    named = set()
    for source in package.rglob("*.py"):
        named |= set(
            re.findall(
                r'"([a-z0-9-]+)" (?:not )?in (?:self\.|context\.|self\._context\.)?faults',
                source.read_text(),
            )
        )
    assert named
    assert named <= set(ALL_FAULTS)
    assert set(SESSION_FAULTS) <= named
