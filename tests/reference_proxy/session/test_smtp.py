from __future__ import annotations

from typing import Any

import pytest

from reference_proxy.session.events import StartTimer, TimerFired


def test_the_greeting_waits_for_those_who_wait(talk: Any) -> None:
    client = talk("smtp", smtp_greeting_delay=2.0)
    assert client.effects[-1] == StartTimer(2.0)
    assert client.session.listening
    assert client.event(TimerFired()) == b"220 mx.test ESMTP ready\r\n"
    assert client.say(b"NOOP\r\n") == b"250 2.0.0 OK\r\n"


def test_an_early_talker_is_sent_away(talk: Any) -> None:
    client = talk("smtp", smtp_greeting_delay=2.0)
    assert client.say(b"EHLO me\r\n").startswith(b"503 5.5.0 ")
    assert client.closed


@pytest.mark.parametrize("line", [b"EHLO\r\n", b"HELO a b\r\n", b"AUTH\r\n"])
def test_a_wrong_argument_is_not_counted_as_an_error(talk: Any, line: bytes) -> None:
    client = talk("smtp", max_errors=1)
    assert client.say(line) == b"501 5.5.4 Invalid argument\r\n"
    assert not client.closed


def test_rset_ends_the_transaction(talk: Any) -> None:
    client = talk("smtp", auth_methods=("none",))
    client.say(b"MAIL FROM:<a>\r\nRSET\r\n")
    assert client.say(b"RCPT TO:<b>\r\n").startswith(b"503 ")


def test_helo_forgets_the_transaction(talk: Any) -> None:
    client = talk("smtp", auth_methods=("none",))
    client.say(b"MAIL FROM:<a>\r\nHELO me\r\n")
    assert client.say(b"RCPT TO:<b>\r\n").startswith(b"503 ")
