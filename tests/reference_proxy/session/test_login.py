"""From a login to the relay."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import Any

import pytest

from reference_proxy.proxy_protocol import Proxied
from reference_proxy.session.events import (
    AuthAnswered,
    AuthFailed,
    Connected,
    ConnectUpstream,
    Relay,
    SendUpstream,
    StartTimer,
    TimerFired,
    UpstreamFailed,
    UpstreamReceived,
)

CLIENT = Connected("127.0.0.5", 1111, "127.0.0.9", 143)
GRANT = (("auth-status", "OK"), ("auth-server", "127.0.0.9"), ("auth-port", "143"))


def test_imap_login_is_repeated_with_literals(talk: Any) -> None:
    client = talk("imap")
    client.say(b'a LOGIN "u\\"" {2+}\r\np \r\nb NOOP\r\nc ')
    assert client.asked()["Auth-User"] == 'u"'
    assert client.asked()["Auth-Pass"] == "p%20"
    client.event(AuthAnswered(GRANT))
    assert client.effects[-1] == ConnectUpstream("127.0.0.9", 143)
    for heard, said in (
        (b"* OK hello\r\n", b"a LOGIN {2}\r\n"),
        (b"+ go\r\n", b'u" {2}\r\n'),
        (b"+ go\r\n", b"p \r\n"),
    ):
        client.event(UpstreamReceived(heard))
        assert client.effects[-1] == SendUpstream(said)
    client.event(UpstreamReceived(b"a OK in\r\n"))
    assert client.effects[-1] == Relay(b"a OK in\r\n", b"b NOOP\r\nc ")


def test_pop3_login(talk: Any) -> None:
    client = talk("pop3")
    client.say(b"USER u\r\nPASS p w\r\n")
    client.event(AuthAnswered((*GRANT, ("auth-user", "other"))))
    client.event(UpstreamReceived(b"+OK\r"))
    client.event(UpstreamReceived(b"\n"))
    assert client.effects[-1] == SendUpstream(b"USER other\r\n")
    client.event(UpstreamReceived(b"+OK\r\n"))
    assert client.effects[-1] == SendUpstream(b"PASS p w\r\n")


def test_pop3_credentials_with_a_line_end_never_reach_the_back_end(talk: Any) -> None:
    client = talk("pop3")
    client.say(b"AUTH PLAIN AGENCmIAcA==\r\n")
    assert client.asked()["Auth-User"] == "a%0D%0Ab"
    assert client.event(AuthAnswered(GRANT)) == b"-ERR internal server error\r\n"
    assert client.closed


def test_smtp_login_introduces_the_client(talk: Any) -> None:
    client = talk("smtp")
    client.say(b"EHLO me\r\nAUTH PLAIN AHUAcA==\r\n")
    client.event(AuthAnswered(GRANT))
    for heard, said in (
        (b"220 hi\r\n", b"EHLO mx.test\r\n"),
        (b"250-a\r\n250 b\r\n", b"XCLIENT ADDR=192.0.2.1 LOGIN=u NAME=[UNAVAILABLE]\r\n"),
        (b"220 hi\r\n", b"EHLO me\r\n"),
    ):
        client.event(UpstreamReceived(heard))
        assert client.effects[-1] == SendUpstream(said)
    client.event(UpstreamReceived(b"250 b\r\n"))
    assert client.effects[-1] == Relay(b"235 2.0.0 OK\r\n", b"")


def test_xclient_carries_no_line_end(talk: Any) -> None:
    client = talk("smtp")
    client.say(b"AUTH PLAIN AGENCmIAcA==\r\n")
    client.event(AuthAnswered(GRANT))
    client.event(UpstreamReceived(b"220 hi\r\n"))
    client.event(UpstreamReceived(b"250 hi\r\n"))
    assert b" LOGIN=a+0D+0Ab " in client.last(SendUpstream).data


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        ((("auth-status", "Invalid  login"),), b"a NO Invalid  login\r\n"),
        ((("auth-status", ""),), b"a NO \r\n"),
        ((("auth-status", "ok"),), b"a NO ok\r\n"),
        ((), b"* BAD internal server error\r\n"),
        ((("auth-server", "localhost"), ("auth-port", "1")), b"* BAD internal server error\r\n"),
        ((("auth-server", "::1"), ("auth-port", "0")), b"* BAD internal server error\r\n"),
        ((("auth-status", "WAIT"),), b"* BAD internal server error\r\n"),
    ],
)
def test_a_refusal_ends_the_session(talk: Any, answer: Any, reply: bytes) -> None:
    client = talk("imap")
    client.say(b"a LOGIN u p\r\nb NOOP\r\n")
    assert client.event(AuthAnswered(answer)) == reply
    assert client.closed


def test_with_auth_wait_the_reply_is_late_and_the_client_may_go_on(talk: Any) -> None:
    client = talk("pop3")
    client.say(b"USER u\r\nPASS p\r\nNOOP\r\nPASS p\r\n")
    assert client.event(AuthAnswered((("auth-status", "no"), ("auth-wait", "3")))) == b""
    assert client.effects[-1] == StartTimer(3)
    replies = client.event(TimerFired())
    assert replies == b"-ERR no\r\n+OK\r\n-ERR invalid command\r\n"
    assert not client.closed


def test_wait_repeats_the_question(talk: Any) -> None:
    client = talk("imap")
    client.say(b"a LOGIN u p\r\n")
    asked = client.asked()
    client.event(AuthAnswered((("auth-status", "WAIT"), ("auth-wait", "1"))))
    client.event(TimerFired())
    assert client.effects[-1].headers == tuple(asked.items())


def test_attempts_are_counted(talk: Any) -> None:
    client = talk("pop3")
    client.say_through(b"USER u\r\nPASS p\r\n", b"USER u\r\nPASS p\r\n")
    assert client.asked()["Auth-Login-Attempt"] == "2"


@pytest.mark.parametrize("event", [AuthFailed("why"), UpstreamFailed("why")])
def test_failures_are_internal_errors_without_the_reason(talk: Any, event: Any) -> None:
    client = talk("smtp")
    client.say(b"AUTH PLAIN AHUAcA==\r\n")
    assert client.event(event) == b"451 4.3.2 Internal server error\r\n"
    assert client.closed


def test_a_silent_back_end_is_an_internal_error(talk: Any) -> None:
    client = talk("imap")
    client.say(b"a LOGIN u p\r\n")
    client.event(AuthAnswered(GRANT))
    assert client.event(TimerFired()) == b"* BAD internal server error\r\n"


def test_pop3_names_no_stls_in_mid_login(talk: Any) -> None:
    client = talk("pop3")
    assert b"STLS" in client.say(b"CAPA\r\n")
    assert b"STLS" not in client.say(b"USER u\r\nCAPA\r\n")


@pytest.mark.parametrize("pass_on", [True, False])
def test_the_back_ends_refusal(talk: Any, pass_on: bool) -> None:
    client = talk("pop3", proxy_pass_error_message=pass_on)
    client.say(b"USER u\r\nPASS p\r\n")
    client.event(AuthAnswered(GRANT))
    reply = client.event(UpstreamReceived(b"-ERR full\r\n"))
    assert reply == (b"-ERR full\r\n" if pass_on else b"-ERR internal server error\r\n")


def test_a_digest_is_no_password(talk: Any) -> None:
    client = talk("pop3", auth_methods=("apop",))
    client.say(b"APOP u digest\r\n")
    assert client.asked()["Auth-Salt"].endswith("@mx.test>")
    assert client.event(AuthAnswered(GRANT)) == b"-ERR internal server error\r\n"


def test_passwords_are_not_logged(talk: Any) -> None:
    client = talk("imap")
    client.say(b"a LOGIN user s3cret\r\n")
    assert not any("s3cret" in effect.text for effect in client.effects if hasattr(effect, "text"))


def test_an_idle_client_is_dropped_without_a_word(talk: Any) -> None:
    client = talk("imap")
    assert client.event(TimerFired()) == b""
    assert client.effects[-1].quiet


def test_wait_may_name_who_is_asked_about_next(talk: Any) -> None:
    client = talk("imap")
    client.say(b"a LOGIN u p\r\n")
    wait = (("auth-status", "WAIT"), ("auth-wait", "1"), ("auth-user", "v"), ("auth-pass", "q"))
    client.event(AuthAnswered(wait))
    client.event(TimerFired())
    assert (client.asked()["Auth-User"], client.asked()["Auth-Pass"]) == ("v", "q")
    assert client.asked()["Auth-Login-Attempt"] == "1"
    client.event(AuthAnswered(GRANT))
    client.event(UpstreamReceived(b"* OK\r\n"))
    assert client.event(UpstreamReceived(b"+\r\n\r\n")) == b""
    assert client.last(SendUpstream).data == b"v {1}\r\n"


def test_a_password_that_wait_names_is_forgotten_beside_a_digest(talk: Any) -> None:
    client = talk("pop3", auth_methods=("apop",))
    client.say(b"APOP u digest\r\n")
    client.event(AuthAnswered((("auth-status", "WAIT"), ("auth-wait", "1"), ("auth-pass", "q"))))
    client.event(TimerFired())
    assert client.event(AuthAnswered(GRANT)) == b"-ERR internal server error\r\n"


@pytest.mark.parametrize("tells", [True, False])
def test_the_back_end_is_told_of_the_client(talk: Any, tells: bool) -> None:
    client = talk("imap", client=CLIENT, proxy_protocol=tells)
    client.say(b"a LOGIN u p\r\n")
    client.event(AuthAnswered(GRANT))
    header = b"PROXY TCP4 127.0.0.5 127.0.0.9 1111 143\r\n" if tells else b""
    assert client.last(ConnectUpstream).header == header


@pytest.mark.parametrize(
    ("trusted", "address", "header"),
    [
        ("127.0.0.0/8", "192.0.2.1", b"PROXY TCP4 192.0.2.1 127.0.0.9 7 143\r\n"),
        ("10.0.0.0/8", "127.0.0.5", b"PROXY TCP4 127.0.0.5 127.0.0.9 1111 143\r\n"),
    ],
)
def test_whom_the_balancer_names(talk: Any, trusted: str, address: str, header: bytes) -> None:
    proxied = replace(CLIENT, proxied=Proxied("192.0.2.1", 7, "192.0.2.2", 8))
    networks = (ipaddress.ip_network(trusted),)
    client = talk("imap", client=proxied, proxy_protocol=True, real_ip_from=networks)
    client.say(b"a LOGIN u p\r\n")
    assert client.asked()["Client-IP"] == address
    assert client.asked()["Proxy-Protocol-Addr"] == "192.0.2.1"
    client.event(AuthAnswered(GRANT))
    assert client.last(ConnectUpstream).header == header


def test_an_ehlo_is_not_taken_back_by_helo(talk: Any) -> None:
    client = talk("smtp", xclient=False)
    client.say(b"EHLO me\r\nHELO me\r\nAUTH PLAIN AHUAcA==\r\n")
    client.event(AuthAnswered(GRANT))
    client.event(UpstreamReceived(b"220 hi\r\n"))
    assert client.last(SendUpstream).data == b"EHLO mx.test\r\n"


def test_an_ehlo_is_forgotten_by_the_upgrade(talk: Any) -> None:
    client = talk("smtp", xclient=False)
    client.say(b"EHLO me\r\nSTARTTLS\r\n")
    client.upgrade()
    client.say(b"AUTH PLAIN AHUAcA==\r\n")
    client.event(AuthAnswered(GRANT))
    client.event(UpstreamReceived(b"220 hi\r\n"))
    assert client.last(SendUpstream).data == b"HELO mx.test\r\n"


def test_a_mail_login_without_a_password_ends_at_auth(talk: Any) -> None:
    client = talk("smtp", xclient=False, proxy_smtp_auth=True, auth_methods=("external",))
    client.say(b"AUTH EXTERNAL dQ==\r\n")
    client.event(AuthAnswered(GRANT))
    client.event(UpstreamReceived(b"220 hi\r\n"))
    assert client.event(UpstreamReceived(b"250 hi\r\n")) == b"451 4.3.2 Internal server error\r\n"
