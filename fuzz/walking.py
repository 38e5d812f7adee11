"""Walks through the model of a session: to the upgrade, a login, what comes behind it, the end.

Chance alone seldom comes to a second login inside TLS, or to what is legal only behind
one. Here each next word is one that the state reached makes sense of, mostly one that
leads on; where it does not, a correct server refuses it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol as Interface
from typing import TypeVar

from conformance.harness.endpoint import Protocol

from .session import WORDS, Does, State, Word

T = TypeVar("T")

_LENGTHS = (6, 9, 12, 15)
_CRLF = b"\r\n"
_ENDS = (*[_CRLF] * 30, b"\n", b" \r\n")
_GIVEN_UP = (b"*", b"!!!!")
# What is done next, by where the walk stands.
_IN_CLEAR = (*[Does.UPGRADE] * 5, *[Does.ASK] * 4, *[Does.NAME] * 2, Does.NOTHING, Does.LOGIN)
_INSIDE = (
    *(*[Does.LOGIN] * 4, *[Does.NAME] * 4, *[Does.ASK] * 3, *[Does.NOTHING] * 2),
    *(Does.UPGRADE, Does.MAILBOX, Does.WRONG, Does.PASSWORD),
)
_ASKED_IN_CLEAR = (*[Does.CANCEL] * 5, *[Does.ANSWER] * 3, Does.NOTHING)
_ASKED_INSIDE = (*[Does.ANSWER] * 9, *[Does.CANCEL] * 2, Does.NOTHING)
_NAMED = (*[Does.PASSWORD] * 6, Does.UPGRADE, Does.NOTHING, Does.WRONG)
_ENTERED = (
    *(*[Does.MAILBOX] * 5, *[Does.OPEN] * 2, *[Does.NOTHING] * 2, *[Does.UPGRADE] * 2),
    *(Does.LOGIN, Does.LEAVE),
)


class Pick(Interface):
    """Chooses one of several."""

    def __call__(self, among: Sequence[T], /) -> T:
        """The one chosen."""


def walked(pick: Pick, protocol: Protocol, inside: bool) -> Iterator[bytes]:
    """The lines of one walk, with their ends and the sign of their tag."""
    state = State.first(protocol, inside)
    for _ in range(pick(_LENGTHS)):
        word = _next(pick, state)
        tag = b"# " if protocol is Protocol.IMAP and not state.asked else b""
        yield tag + word.text + pick(_ENDS)
        state = state.after(word, state.right(word))
        if word.does is Does.LEAVE:
            return


def _next(pick: Pick, state: State) -> Word:
    """What to say in a state."""
    does = pick(_likely(state))
    if does is Does.ANSWER:
        return Word(state.awaited[0], does)
    if does is Does.CANCEL:
        return Word(pick(_GIVEN_UP), does)
    fit = tuple(word for word in WORDS[state.protocol] if word.does is does)
    return pick(fit or WORDS[state.protocol][:1])


def _likely(state: State) -> tuple[Does, ...]:
    if state.asked and not state.asked.by:
        # Whatever is said would be the data of a literal.
        return (Does.ANSWER,)
    if state.asked:
        return _ASKED_INSIDE if state.inside else _ASKED_IN_CLEAR
    if state.entered:
        return _ENTERED
    if state.named:
        return _NAMED
    return _INSIDE if state.inside else _IN_CLEAR
