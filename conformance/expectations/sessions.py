"""Sessions: whether one was resumed, what its ticket shows, and what it opens.

A resumption is seen in the server's hello. Who brings a session without its secret
(a hello alone) shows it as well: up to TLSv1.2 the server takes it before anything is
proved, in TLSv1.3 it refuses a proof that is wrong, and never looks at one for a
session that it does not take.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from conformance.expectations.outcome import (
    chose_version,
    holds,
    is_accepted,
    is_refused,
    needs_control,
    no_verdict,
    same,
    seen,
)
from conformance.harness.observation import Observation
from conformance.harness.tls.tickets import ZERO_KEYS, TicketKey, opener, resealed
from conformance.premises import premises
from conformance.verdict import NotApplicable

# A ticket that its server need not remember holds the secret of the resumption (32 bytes or more),
# and what seals it: the name of a key, a nonce, a tag (RFC 5077 section 4 has 64 for these).
_SELF_CONTAINED = 32 + 16 + 12 + 16
_RESUMED = "the session is resumed, and service goes on"


def resumed(again: Observation, *, first: Observation) -> None:
    """The client that came back resumed the session of its first visit, and was served."""
    needs_control(_RESUMED, first)
    if first.session is None or not first.session.usable:
        holds(_RESUMED, False, "the server gave neither an id nor a ticket", first)
    holds(_RESUMED, is_resumed(again) and is_accepted(again), _how(again), again, first)


def resumed_in_one_of(pairs: Sequence[tuple[Observation, Observation]], chance: str) -> None:
    """At least one client that came back resumed its session; `chance` is that none does."""
    for first, again in pairs:
        if is_resumed(again):
            resumed(again, first=first)
            return
    (first, again), count = pairs[-1], len(pairs)
    needs_control(_RESUMED, first)
    holds(_RESUMED, False, f"not one of {count} ({chance}): {_how(again)}", again, first)


def not_resumed(again: Observation, *, first: Observation) -> None:
    """The client that came back was served, after a full handshake."""
    expected = "a full handshake takes the place of a resumption, and service goes on"
    needs_control(expected, first)
    holds(expected, is_accepted(again) and not is_resumed(again), _how(again), again, first)


def taken(hello: Observation, *, expected: bool, first: Observation) -> None:
    """The session that a hello brings is taken, or has a full handshake in its place."""
    text = "the session is taken" if expected else "a full handshake takes the session's place"
    needs_control(text, first)
    if not (hello.offer.ticket or hello.offer.session_id):
        no_verdict(text, f"there was no session to bring: {seen(first)}", first)
    if not chose_version(hello) and not is_refused(hello):
        no_verdict(text, f"no evidence: {seen(hello)}", hello)
    holds(text, is_taken(hello) is expected, _how(hello), hello, first)


def never_fatal(hello: Observation, what: str) -> None:
    """Whoever brings this is answered with a full handshake: no alert, and no resumption."""
    expected = f"{what} has a full handshake in its place"
    holds(expected, chose_version(hello) and not is_resumed(hello), _how(hello), hello)


def is_resumed(observation: Observation) -> bool:
    """The server's hello resumes the session."""
    return bool(observation.tls and observation.tls.resumed)


def is_taken(hello: Observation) -> bool:
    """The session is known: it is resumed, or in TLSv1.3 the proof of it is found wrong."""
    modern = hello.offer.versions == ("TLSv1.3",)
    return is_resumed(hello) or (modern and hello.alert is not None)


def _how(observation: Observation) -> str:
    if is_resumed(observation):
        return f"resumed; {seen(observation)}"
    handshake = "a full handshake; " if chose_version(observation) else ""
    return f"{handshake}{seen(observation)}"


def gives_id(observation: Observation, *, expected: bool) -> None:
    """The ServerHello names a session, or says by an empty id that there is none to resume."""
    text = "a session id is given" if expected else "the session id is empty"
    found = observation.tls.session_id if observation.tls else None
    if found is None:
        no_verdict(text, f"no ServerHello was seen: {seen(observation)}", observation)
    holds(text, bool(found) is expected, f"{len(found)} bytes", observation)


def promises_ticket(observation: Observation, *, expected: bool) -> None:
    """Up to TLSv1.2 the server announces a ticket, and sends it; or it does neither."""
    text = "a ticket is sent" if expected else "no ticket is sent"
    tls = observation.tls
    if tls is None or tls.ticket_promised is None:
        no_verdict(text, f"no ServerHello was seen: {seen(observation)}", observation)
    shown = f"{'a' if tls.ticket_promised else 'no'} promise, {len(tls.ticket)} bytes of ticket"
    complete = not observation.offer.hello_only
    right = tls.ticket_promised is expected and (bool(tls.ticket) is expected or not complete)
    holds(text, right, shown, observation)


def made_by(ticket: bytes, keys: Sequence[TicketKey], number: int, *evidence: Observation) -> None:
    """The ticket opens with the key of that number, from 0, and its name is that key's."""
    expected = f"the ticket opens with key {number + 1} of {len(keys)} ({keys[number].cipher})"
    found = _opened(ticket, keys, expected, *evidence)
    holds(expected, found == number, _which(found), *evidence)


def under_other_keys(
    ticket: bytes, keys: Sequence[TicketKey], *evidence: Observation
) -> list[bytes]:
    """The ticket as each key but the first would have made it; there is no verdict without one."""
    expected = f"a ticket of the first of {len(keys)} keys"
    needs_control(expected, evidence[0])
    name = f"ticket {hashlib.sha256(ticket).hexdigest()[:16]} under other keys"
    made: list[str] = premises().fact(
        name, lambda: [resealed(ticket, keys[0], key).hex() for key in keys[1:]]
    )
    if not all(made):
        no_verdict(expected, "the first key does not open it", *evidence)
    return [bytes.fromhex(text) for text in made]


def zero_key_unused(ticket: bytes, *evidence: Observation) -> None:
    """The ticket does not open with a key of zeros, nor is its key's name all zeros."""
    expected = "the ticket is under a key that was made at random"
    found = _opened(ticket, ZERO_KEYS, expected, *evidence)
    named = ticket[:16] == bytes(16)
    holds(expected, found is None and not named, "of zeros" if named else "it is", *evidence)


def holds_no_session(ticket: bytes, *evidence: Observation) -> None:
    """What was given out instead of a ticket is none, or too short to be more than a name."""
    expected = "no ticket that holds a session"
    needs_control(expected, evidence[0])
    holds(expected, len(ticket) < _SELF_CONTAINED, f"a ticket of {len(ticket)} bytes", *evidence)


def _opened(
    ticket: bytes, keys: Sequence[TicketKey], expected: str, *evidence: Observation
) -> int | None:
    needs_control(expected, evidence[0])
    if not ticket:
        holds(expected, False, "there was no ticket", *evidence)
    names = " ".join(f"{key.name.hex()}/{key.cipher}" for key in keys)
    name = f"key of ticket {hashlib.sha256(ticket).hexdigest()[:16]} among {names}"
    number: int | None = premises().fact(name, lambda: opener(ticket, keys))
    return number


def _which(found: int | None) -> str:
    return "no claimed key opens it" if found is None else f"key {found + 1} opens it"


def lasts(observation: Observation, seconds: int, *, needed: bool = True) -> None:
    """The ticket says so many seconds; NOT_APPLICABLE where there is none, nor one `needed`."""
    expected = f"a ticket for {seconds} s"
    needs_control(expected, observation)
    session = observation.session
    if session is None or session.lifetime is None:
        if not needed:
            raise NotApplicable("there was no ticket, and none that could be used was claimed")
        holds(expected, False, "there was no ticket", observation)
    else:
        holds(expected, session.lifetime == seconds, f"for {session.lifetime} s", observation)


def forgotten(hello: Observation, *, first: Observation) -> None:
    """The session of a client that was refused cannot be resumed, if there was one at all."""
    expected = "the session of a refused client is forgotten"
    if first.tls is None or not is_refused(first):
        no_verdict(expected, f"no client was refused: {seen(first)}", first)
    given = bool(hello.offer.session_id)
    right = not given or (chose_version(hello) and not is_resumed(hello))
    holds(expected, right, _how(hello) if given else "there was none", hello, first)


def no_more(again: Observation, *, full: Observation, first: Observation) -> None:
    """Who is to be refused at a full handshake is not served for a session either."""
    expected = f"{again.offer.shown()} is refused, as at a full handshake"
    if is_accepted(again):
        holds(expected, False, _how(again), again, first, full)
    if first.tls is None:
        no_verdict(expected, f"no session was made: {seen(first)}", first)
    if not is_refused(full):
        no_verdict(expected, f"a full handshake is not refused: {seen(full)}", full)
    if not is_refused(again):
        no_verdict(expected, f"no evidence of a refusal: {seen(again)}", again, full)
    holds(expected, True, _how(again), again, first, full)


def kept_out(hello: Observation, *, first: Observation) -> None:
    """The session is not known: all that its client has here is a full handshake."""
    expected = "a session that is not taken opens no door"
    if first.tls is None:
        no_verdict(expected, f"no session was made: {seen(first)}", first)
    if not chose_version(hello) and not is_refused(hello):
        no_verdict(expected, f"no evidence: {seen(hello)}", hello)
    holds(expected, not is_resumed(hello), _how(hello), hello, first)


def same_told(again: Observation, full: Observation, names: Sequence[str]) -> None:
    """The auth server is told the same of the client, resumed or not."""
    needs_control("the login arrives", full)
    for name in names:
        told = [[x.get(name) for x in o.auth[-1:]] for o in (full, again)]
        same(name, told[0], told[1], again, full)
