from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_proxy.auth_http import (
    RESPONSE_LIMIT,
    AskAgain,
    Attempt,
    BadAnswer,
    Denied,
    Granted,
    ResponseParser,
    decide,
    decode_text,
    encode_text,
    escape,
    request,
    request_headers,
)
from reference_proxy.config.settings import AuthHttp, ServerSettings, TlsSettings
from reference_proxy.proxy_protocol import Proxied
from reference_proxy.session.events import PeerCertificate, TlsState

PEER = PeerCertificate("CN=c", "", "01", "ab", "-----BEGIN\nx+/= %\n")
TLS = TlsState("TLSv1.2", "CIPHER", PEER)


def settings(protocol: str = "imap", **changes: Any) -> ServerSettings:
    auth = AuthHttp("127.0.0.1", 80, "/auth?q", "auth.test")
    verify = TlsSettings(verify_client=changes.pop("verify", "off"))
    return ServerSettings("mx", protocol, (), "on", verify, auth, **changes)


def headers(attempt: Attempt, tls: TlsState | None = None, **changes: Any) -> list[str]:
    found = request_headers(settings(**changes), attempt, tls, frozenset())
    return [f"{name}: {value}" for name, value in found]


def test_the_order_is_nginxs() -> None:
    assert headers(
        Attempt("plain", b"u", b"p", 2, "192.0.2.1"), auth_http_headers=(("X-Key", "v"),)
    ) == [
        "Auth-Method: plain",
        "Auth-User: u",
        "Auth-Pass: p",
        "Auth-Protocol: imap",
        "Auth-Login-Attempt: 2",
        "Client-IP: 192.0.2.1",
        "X-Key: v",
    ]


def test_smtp_without_a_login_shows_the_transaction_instead() -> None:
    attempt = Attempt("none", b"", b"", 1, "::1", b"", b"me", b"MAIL FROM:<a>", b"RCPT TO:<b>")
    assert headers(attempt, protocol="smtp")[-4:] == [
        "Client-Host: [UNAVAILABLE]",
        "Auth-SMTP-Helo: me",
        "Auth-SMTP-From: MAIL FROM:<a>",
        "Auth-SMTP-To: RCPT TO:<b>",
    ]


@pytest.mark.parametrize(
    ("method", "salted"), [("plain", False), ("cram-md5", True), ("apop", True)]
)
def test_the_salt_goes_with_a_digest(method: str, salted: bool) -> None:
    found = headers(Attempt(method, b"u", b"p", 1, "::1", b"<1.2@mx>"))
    assert ("Auth-Salt: <1.2@mx>" in found) is salted


def test_the_certificate_is_shown_only_where_one_was_asked_for() -> None:
    attempt = Attempt("plain", b"u", b"p", 1, "::1")
    expected = ["Auth-SSL: on", "Auth-SSL-Protocol: TLSv1.2", "Auth-SSL-Cipher: CIPHER"]
    assert headers(attempt, TLS)[-3:] == expected
    assert headers(attempt, TLS, verify="on", auth_http_pass_client_cert=True)[-5:] == [
        "Auth-SSL-Verify: SUCCESS",
        "Auth-SSL-Subject: CN=c",
        "Auth-SSL-Serial: 01",
        "Auth-SSL-Fingerprint: ab",
        "Auth-SSL-Cert: -----BEGIN%0Ax+/=%20%25%0A",
    ]


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (TlsState("T", "C"), "NONE"),
        (TLS, "SUCCESS"),
        (TlsState("T", "C", PEER, 20, "no issuer"), "FAILED:no issuer"),
    ],
)
def test_verify_word(state: TlsState, word: str) -> None:
    found = headers(Attempt("plain", b"", b"", 1, "::1"), state, verify="optional_no_ca")
    assert f"Auth-SSL-Verify: {word}" in found


@given(st.binary(max_size=30))
def test_no_header_can_be_injected(name: bytes) -> None:
    found = request_headers(settings(), Attempt("plain", name, name, 1, "::1"), None, frozenset())
    text = request(settings().auth_http, found)
    assert text.count(b"\n") == 2 + len(found) + 1
    assert text.startswith(b"GET /auth?q HTTP/1.0\r\nHost: auth.test\r\nAuth-Method: plain\r\n")


def test_escape_leaves_other_bytes_alone() -> None:
    assert encode_text(escape(b"\x00 %\x7f\xe9+")) == b"%00%20%25\x7f\xe9+"


@given(st.binary())
def test_text_round_trips(data: bytes) -> None:
    assert encode_text(decode_text(data)) == data


def parse(data: bytes) -> object:
    return ResponseParser().feed(data)


@pytest.mark.parametrize("start", [b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 500 No\n", b""])
def test_the_status_line_does_not_matter(start: bytes) -> None:
    assert parse(start + b"AUTH-Status: a  b  \r\nNo-Colon\nX:y\r\n\r\nbody\r") == (
        ("auth-status", "a  b"),
        ("no-colon", ""),
        ("x", "y"),
    )


def test_an_answer_may_come_byte_by_byte() -> None:
    parser = ResponseParser()
    data = b"HTTP/1.0 200 OK\r\nAuth-Status: OK\r\n\r\n"
    assert all(parser.feed(data[at : at + 1]) is None for at in range(len(data) - 1))
    assert parser.feed(data[-1:]) == (("auth-status", "OK"),)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"A: " + b"x" * RESPONSE_LIMIT,
        b"A: " + b"x" * RESPONSE_LIMIT + b"\r\n\r\n",
        b"Auth_Status: OK\r\n\r\n",
        b"Auth-Status : OK\r\n\r\n",
        b"no colon\r\n",
        b"-X: y\r\n",
        b" X: y\r\n",
        b": y\r\n",
        b"X: a\rb\r\n",
        b"X: y\r\n\rZ\r\n",
        b"HTTP/1.0 200\rOK\r\n",
    ],
)
def test_answers_that_cannot_be_used(data: bytes) -> None:
    with pytest.raises(BadAnswer):
        parse(data)


OK = (("auth-server", "::1"), ("auth-port", "143"))
REFUSED_FOR_TWO = Denied(b"no", b"535 5.7.0", 2)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (OK, Granted("::1", 143, None, None)),
        ((*OK, ("auth-user", ""), ("auth-pass", "x")), Granted("::1", 143, b"", b"x")),
        ((OK[0], ("auth-port", "000143")), Granted("::1", 143, None, None)),
        ((("auth-server", "0127.0..1"), OK[1]), Granted("127.0.0.1", 143, None, None)),
        ((OK[0], ("auth-port", "x"), OK[1]), Granted("::1", 143, None, None)),
        ((("auth-status", "WAIT"), ("auth-wait", "3")), AskAgain(3)),
        (
            (("auth-status", "WAIT"), ("auth-wait", "1"), ("auth-user", "u"), ("auth-pass", "p")),
            AskAgain(1, b"u", b"p"),
        ),
        ((("auth-status", "no"), ("auth-wait", "x")), Denied(b"no", b"535 5.7.0", 0)),
        ((("auth-status", "no"), ("auth-wait", "2"), ("auth-wait", "x")), REFUSED_FOR_TWO),
        ((("auth-status", "no"), ("auth-wait", "9" * 20)), Denied(b"no", b"535 5.7.0", 0)),
        ((("auth-status", "no"), ("auth-status", "OK"), *OK), Denied(b"no", b"535 5.7.0", 0)),
        ((("auth-status", "a"), ("auth-status", "b")), Denied(b"b", b"535 5.7.0", 0)),
        ((("auth-status", ""), *OK), Denied(b"", b"535 5.7.0", 0)),
        (
            (("auth-status", "no"), ("auth-error-code", "454 4.7.0"), ("auth-wait", "2")),
            Denied(b"no", b"454 4.7.0", 2),
        ),
    ],
)
def test_decisions(answer: Any, expected: object) -> None:
    assert decide(answer, "imap") == expected


@pytest.mark.parametrize(
    "answer",
    [
        (),
        (OK[0],),
        (OK[0], ("auth-port", "0")),
        (OK[0], ("auth-port", "65536")),
        (OK[0], ("auth-port", "1x")),
        (OK[0], ("auth-port", "٣")),
        (("auth-server", "localhost"), OK[1]),
        (("auth-server", "255.255.255.255"), OK[1]),
        (("auth-server", "1.2.3.256"), OK[1]),
        (("auth-server", "[::1]"), OK[1]),
        (("auth-server", "::1%lo"), OK[1]),
        (("auth-status", "WAIT"),),
    ],
)
def test_answers_that_decide_nothing(answer: Any) -> None:
    with pytest.raises(BadAnswer):
        decide(answer, "imap")


def test_in_smtp_an_empty_refusal_is_none() -> None:
    assert decide((("auth-status", ""), *OK), "smtp") == Granted("::1", 143, None, None)


def test_who_the_balancer_says_the_client_is() -> None:
    proxied = Proxied("192.0.2.1", 1, "192.0.2.2", 2)
    attempt = Attempt("none", b"", b"", 1, "192.0.2.1", proxied=proxied)
    assert headers(attempt, protocol="smtp")[5:11] == [
        "Client-IP: 192.0.2.1",
        "Client-Host: [UNAVAILABLE]",
        "Proxy-Protocol-Addr: 192.0.2.1",
        "Proxy-Protocol-Port: 1",
        "Proxy-Protocol-Server-Addr: 192.0.2.2",
        "Proxy-Protocol-Server-Port: 2",
    ]
