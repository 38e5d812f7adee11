"""The model of a session, without a server."""

import random

import pytest

from conformance.harness.endpoint import Protocol
from conformance.harness.mail.words import Kind
from fuzz.session import Does, State, ordinary
from fuzz.walking import walked

DEEPEST = {Does.ASK, Does.CANCEL, Does.UPGRADE, Does.OPEN, Does.MAILBOX, Does.LEAVE}


def does(protocol, lines, inside=False):
    """What each line of a walk does, and whether somebody is logged in inside TLS by then."""
    state = State.first(protocol, inside)
    for line in lines:
        word = state.word(line.removeprefix(b"# ").rstrip(b"\r\n "))
        if word is None:
            return
        yield word.does, state.entered and state.inside
        state = state.after(word, state.right(word))


@pytest.mark.parametrize("protocol", Protocol)
def test_an_ordinary_session_is_all_granted(protocol):
    state, kinds = State.first(protocol, inside=True), set()
    for word in ordinary(protocol):
        kinds.add(state.right(word))
        state = state.after(word, state.right(word))
    assert kinds == {Kind.POSITIVE}
    assert state.entered


@pytest.mark.parametrize("protocol", Protocol)
def test_walks_come_behind_a_second_login_and_to_the_end(protocol):
    walks = [list(walked(random.Random(x).choice, protocol, False)) for x in range(300)]
    seen = [list(does(protocol, lines)) for lines in walks]
    assert {x for walk in seen for x, _ in walk} >= DEEPEST
    deep = [walk for walk in seen if (Does.CANCEL, False) in walk and walk[-1][1]]
    assert len(deep) > 15


def test_what_is_behind_a_login_is_refused_before_it():
    state = State.first(Protocol.IMAP, inside=True)
    select = state.word(b"SELECT INBOX")
    assert state.right(select) is Kind.NEGATIVE
    entered = state.after(state.word(b"LOGIN %user% %password%"), Kind.POSITIVE)
    assert entered.right(select) is Kind.POSITIVE
    assert entered.right(entered.word(b"STARTTLS")) is Kind.NEGATIVE


def test_an_exchange_goes_on_until_its_last_answer():
    state = State.first(Protocol.SMTP, inside=True)
    asked = state.after(state.word(b"AUTH LOGIN"), Kind.CONTINUE)
    assert asked.word(b"NOOP") is None
    half = asked.after(asked.word(b"%user64%"), Kind.CONTINUE)
    assert half.after(half.word(b"%password64%"), Kind.POSITIVE).entered
    assert half.word(b"*").does is Does.CANCEL
    assert state.word(b"%password64%").does is Does.WRONG


def test_who_is_asked_on_for_no_reason_is_lost():
    state = State.first(Protocol.IMAP, inside=True)
    for line, kind in ((b"AUTHENTICATE PLAIN", Kind.CONTINUE), (b"*", Kind.CONTINUE)):
        state = state.after(state.word(line), kind)
    assert state.word(b"NOOP") is None
