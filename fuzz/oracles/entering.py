"""Logging in, and what comes behind it: judged by walking through the model of a session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.harness.endpoint import Protocol
from conformance.harness.mail.words import Kind, Reply
from conformance.harness.transcript import Layer, escaped

from ..control import welcome
from ..session import WORDS, Does, State, Word
from ..stream import TAG, Stream
from ..trace import Trace
from .dialogue import capabilities, exchanges, granted, hung_up, mechanisms, wants_tls
from .oracle import LAYERS, answers_in, once, shown

# How often a client is refused before a server may be tired of him.
_PATIENCE = 2
_OF_A_DIGEST = {b"CRAM-MD5"}
_HALVES = {Does.PASSWORD, Does.ANSWER}
_WHOLE = {Does.LOGIN, *_HALVES}
_FOR_THE_ADMITTED = {Does.OPEN, Does.MAILBOX}


@dataclass(frozen=True)
class At:
    """One line of which the model knows what it does, the state before it, and the reply."""

    layer: Layer
    state: State
    word: Word
    reply: Reply

    @property
    def enters(self) -> bool:
        """Whether somebody is logged in behind it."""
        return self.state.after(self.word, self.reply.kind).entered

    @property
    def told(self) -> str:
        """What was said and answered."""
        return f"{escaped(self.word.text[:60])} is answered {shown((self.reply,))}"


@once
def walk(stream: Stream, trace: Trace) -> tuple[At, ...]:
    """The lines of both layers, up to the first in each of which the model knows nothing."""
    return tuple(_walk(stream, trace))


def _walk(stream: Stream, trace: Trace) -> Iterator[At]:
    for layer in LAYERS:
        state = State.first(stream.protocol, inside=layer is Layer.TLS)
        for line, reply in exchanges(stream, trace, layer):
            word = state.word(line)
            if word is None:
                break
            yield At(layer, state, word, reply)
            if word.does is Does.UPGRADE and granted(reply):
                break
            state = state.after(word, reply.kind)


def let_in(stream: Stream, trace: Trace) -> bool:
    """Whether somebody was let in."""
    return any(at.enters for at in walk(stream, trace))


def nobody_gets_in(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Who has shown no right password is let into no mailbox."""
    for at in walk(stream, trace):
        if at.state.entered or not granted(at.reply):
            continue
        stranger = at.word.does is Does.WRONG
        stranger |= at.word.does in _WHOLE and control.welcome is None
        stranger |= at.word.does is Does.PASSWORD and not at.state.named
        if stranger or (at.word.does in _FOR_THE_ADMITTED and not _open_to_all(stream, at)):
            return f"{at.layer}: without a login, {at.told}"
    return None


def _open_to_all(stream: Stream, at: At) -> bool:
    """Some take mail from anybody, and many POP3's NOOP, which does no harm."""
    return stream.protocol is Protocol.SMTP or at.word.text == b"NOOP"


def leads_on(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """A right login is taken, and what comes behind it is answered as it is where nothing odd was.

    STARTTLS is legal for who has not logged in yet, and refused then.
    """
    if control.welcome is None or control.deliberate:
        return None
    usual = _usual(stream.protocol, control.welcome)
    for at in walk(stream, trace):
        if _out_of_turn(at) and granted(at.reply):
            return f"{at.layer}: behind a login, {at.told}"
        expected = None if wants_tls(at.layer, at.reply) else _expected(stream, at, control, usual)
        if expected and expected is not at.reply.kind and not hung_up(trace, at.layer, at.reply):
            return f"{at.layer}: {at.told}"
    return _unanswered(stream, trace)


def _usual(protocol: Protocol, trace: Trace) -> dict[bytes, Kind]:
    """What was said behind the login of an ordinary session, and how it was answered."""
    asked = welcome(protocol, trace.implicit)
    return {x.word.text: x.reply.kind for x in walk(asked, trace) if x.state.entered}


def _out_of_turn(at: At) -> bool:
    # RFC 3207 does not forbid it behind a login, if that is forgotten.
    pop_or_imap = at.state.protocol is not Protocol.SMTP
    return at.word.does is Does.UPGRADE and at.state.entered and pop_or_imap


def _expected(stream: Stream, at: At, control: Trace, usual: dict[bytes, Kind]) -> Kind | None:
    """The one right kind of answer, None where there are several."""
    state, word = at.state, at.word
    if state.entered:
        again = word.does is Does.OPEN and state.opened
        early = word.needs and not state.opened
        return None if again or early else usual.get(word.text)
    able = state.introduced and not state.guessed and state.refused <= _PATIENCE
    if not able or not (word.does in _WHOLE or word.does is Does.ASK):
        return None
    second = word.does is Does.PASSWORD
    if second is not state.named or second is not state.just_named:
        # RFC 1939 4: behind a name come PASS or QUIT, and all else is as the server likes.
        return None
    # Of an answer, too: who bars logins may ask for a literal before he knows whose it is.
    if not _offered(stream.protocol, word, at.layer, control):
        return None
    # Where passwords are kept as hashes, no digest of one can be told right from wrong.
    if word.does is Does.ANSWER and word.by in _OF_A_DIGEST:
        return None
    return state.right(word)


def _offered(protocol: Protocol, word: Word, layer: Layer, control: Trace) -> bool:
    """Whether the capabilities that were told in that layer name this way to log in."""
    listed = capabilities(protocol, control, layer)
    if listed is None or not word.by:
        return protocol is Protocol.IMAP and listed is not None and b"LOGINDISABLED" not in listed
    return word.by in mechanisms(listed)


def _unanswered(stream: Stream, trace: Trace) -> str | None:
    """Lines behind a login that have no reply, though the goodbye has: by their tags (IMAP)."""
    walked = walk(stream, trace)
    entered = [at.layer for at in walked if at.enters]
    if stream.protocol is not Protocol.IMAP or not trace.finished or not entered:
        return None
    # What is asked for there takes the next line for its answer.
    if any(at.state.entered and at.reply.kind is Kind.CONTINUE for at in walked):
        return None
    layer = entered[-1]
    said = [x for x in trace.said if x.layer is layer and x.position is not None]
    texts = [stream.steps[x.position].text for x in said if x.position is not None]
    known = {TAG + b" " + word.text + b"\r\n" for word in WORDS[stream.protocol]}
    if not known.issuperset(texts):
        return None
    answered = {reply.tag for reply in answers_in(trace, layer)}
    for x in said:
        if x.octets.partition(b" ")[0].decode("latin-1") not in answered:
            return f"{layer}: behind a login, {escaped(x.octets[:60])} is not answered"
    return None
