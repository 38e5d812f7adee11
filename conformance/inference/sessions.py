"""Sessions: the cache, tickets, for how long, and under which key."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from conformance.expectations.outcome import is_accepted
from conformance.harness.observation import Observation, Session
from conformance.harness.pki.person import Person
from conformance.harness.tls.tickets import opener, ticket_key
from conformance.harness.tls.versions import TLSV1_3
from conformance.inference.asker import Asker
from conformance.inference.finding import Finding, Found, Surety, known, one_of, unknown

_CACHE, _TICKETS = "ssl_session_cache", "ssl_session_tickets"
_KEY, _TIMEOUT = "ssl_session_ticket_key", "ssl_session_timeout"
# What stands in the place of a session's contents where they are in a cache (OpenSSL's length).
_REFERENCE = 32
# RFC 8446, section 4.6.1: no hint of TLSv1.3 is longer; OpenSSL says so of a timeout of 0.
_LONGEST, _FOR_ZERO = 604_800, 7_200
_TRIES = 3
# Each of several processes may have a cache of its own, and one of them answers.
_GLANCES = 9
_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60))


@dataclass(frozen=True)
class Resumption:
    """A visit, and those that came back with what it was given."""

    first: Observation
    again: tuple[Observation, ...] = ()

    @property
    def resumed(self) -> bool:
        """At least one of them resumed: several processes may have a cache each."""
        return any(one.tls and one.tls.resumed for one in self.again)


@dataclass(frozen=True)
class Sessions:
    """By session id and by ticket up to TLSv1.2, and in TLSv1.3; `lasted` where it was timed.

    `lasted` are two ages in seconds between which a session was forgotten, or the one
    at which it was still known, and None.
    """

    by_id: Resumption | None = None
    by_ticket: Resumption | None = None
    modern: Resumption | None = None
    lasted: tuple[float, float | None] | None = None


def look(
    ask: Asker, version: str, spoken: tuple[str, ...], person: Person | None, wait: float
) -> Sessions:
    """Six visits, or a few more; with `wait` for so many seconds to see a session end."""
    classic = version if version not in ("", "SSLv3") else ""
    by_id = _by_id(ask, classic, person) if classic else None
    by_ticket = _resume(ask, versions=(classic,), person=person) if classic else None
    modern = _resume(ask, versions=(TLSV1_3,), person=person) if TLSV1_3 in spoken else None
    facts = Sessions(by_id, by_ticket, modern)
    timed = next((one for one in (by_id, by_ticket, modern) if one and one.resumed), None)
    if wait and timed:
        return Sessions(by_id, by_ticket, modern, _lasting(ask, timed, wait))
    return facts


def _resume(ask: Asker, **offer: object) -> Resumption:
    first = ask(**offer, keep_session=True)
    session, again = first.session, list[Observation]()
    while session and session.usable and len(again) < _TRIES:
        again.append(ask(**offer, session=session, attempt=len(again)))
        if again[-1].tls and again[-1].tls.resumed:
            break
    return Resumption(first, tuple(again))


def _by_id(ask: Asker, version: str, person: Person | None) -> Resumption:
    """With a first flight alone where whole visits did not resume: that shows it, too."""
    one = _resume(ask, versions=(version,), person=person, tickets=False)
    tls = one.first.tls
    again = list(one.again)
    if tls is None or not tls.session_id or not is_accepted(one.first):
        return one
    while not Resumption(one.first, tuple(again)).resumed and len(again) < _TRIES + _GLANCES:
        offer = {"versions": (version,), "session_id": tls.session_id, "hello_only": True}
        again.append(ask(**offer, attempt=len(again)))
    return Resumption(one.first, tuple(again))


def _lasting(ask: Asker, timed: Resumption, wait: float) -> tuple[float, float | None]:
    """Come back at growing ages, with a session of one's own each time: none is made younger."""
    known_at, age = 0.0, 1.0
    clock = threading.Event()
    while age <= wait:
        first = ask(**_offer(timed.first), keep_session=True, attempt=int(age) + _TRIES)
        if first.session is None:
            break
        clock.wait(age - (time.monotonic() - first.session.made))
        again = ask(**_offer(timed.first), session=first.session, attempt=int(age) + _TRIES)
        if not (again.tls and again.tls.resumed):
            return known_at, time.monotonic() - first.session.begun
        known_at, age = age, 2 * age
    return known_at, None


def _offer(first: Observation) -> dict[str, object]:
    offer = first.offer
    return {"versions": offer.versions, "person": offer.person, "tickets": offer.tickets}


def findings(facts: Sessions, keys: Mapping[str, bytes], zone: str) -> Found:
    """The four directives; `keys` are those of a kit that may have made the tickets, by path.

    Where a session is remembered, it is written as in a shared cache, in this zone.
    """
    cache = _cache(facts)
    if cache.surety is Surety.ONE_OF:
        cache = replace(cache, values=(f"shared:{zone}:1m",))
    return Found((cache, _tickets(facts), _timeout(facts), _key(facts, keys)))


def _tickets(facts: Sessions) -> Finding:
    tls = facts.by_ticket.first.tls if facts.by_ticket else None
    if tls and tls.ticket_promised is not None:
        if tls.ticket_promised:
            return known(_TICKETS, ("on",), f"{tls.version}: the ServerHello promises a ticket")
        return known(_TICKETS, ("off",), f"{tls.version}: a client that takes tickets gets none")
    brought = _brought(facts)
    if not brought:
        return unknown(_TICKETS, "TLSv1.3 gave nothing to resume with", "on", "off")
    size = f"TLSv1.3: what a client comes back with has {len(brought)} bytes"
    if len(brought) == _REFERENCE:
        return known(_TICKETS, ("off",), f"{size}, which are a reference to a cache")
    return known(_TICKETS, ("on",), f"{size}, which hold the session")


def _brought(facts: Sessions) -> bytes:
    again = facts.modern.again if facts.modern else ()
    return next((one.tls.brought for one in again if one.tls and one.tls.brought), b"")


def _cache(facts: Sessions) -> Finding:
    one = facts.by_id
    if one is None or one.first.tls is None or one.first.tls.session_id is None:
        return _modern_cache(facts)
    tls = one.first.tls
    if not tls.session_id:
        return known(_CACHE, ("off",), f"{tls.version}: the session id is empty")
    given = f"{tls.version}: a session id of {len(tls.session_id)} bytes"
    if one.resumed:
        return _remembers(f"{given}, by which the session is resumed")
    if not is_accepted(one.first):
        return unknown(
            _CACHE, f"{given}; but the session of a client that is refused is forgotten",
            "none", "builtin", "shared:NAME:SIZE",
        )  # fmt: skip
    tries = f"nothing is resumed in {len(one.again)} visits"
    return known(_CACHE, ("none",), f"{given}, by which {tries}")


def _modern_cache(facts: Sessions) -> Finding:
    if _tickets(facts).values != ("off",):
        return unknown(_CACHE, "sessions by id are of TLS up to 1.2, and tickets hold the others")
    if facts.modern and facts.modern.resumed:
        return _remembers("TLSv1.3: a session is resumed by a reference")
    if not (facts.modern and is_accepted(facts.modern.first)):
        return unknown(_CACHE, "nobody was served, so nothing is remembered")
    return unknown(_CACHE, "TLSv1.3: nothing is resumed by reference", "none", "off")


def _remembers(evidence: str) -> Finding:
    return one_of(
        _CACHE, (), ("builtin", "shared:NAME:SIZE", "builtin shared:NAME:SIZE"),
        f"{evidence}; in which cache, and of what size, does not show",
    )  # fmt: skip


def _timeout(facts: Sessions) -> Finding:
    hints = [
        (version, hint)
        for version, hint in (
            ("TLSv1.2", _hint(facts.by_ticket)), ("TLSv1.3", _session_hint(facts.modern)),
        )
        if hint
    ]  # fmt: skip
    if not hints:
        return _timed(facts)
    version, hint = hints[0]
    evidence = f"{version}: the lifetime hint of a ticket is {hint} s"
    if len({value for _, value in hints}) > 1:
        evidence += f", in TLSv1.3 {hints[1][1]} s"
    if hint == _FOR_ZERO:
        return one_of(_TIMEOUT, (_time(hint),), (_time(hint), "0"), f"{evidence}, as it is for 0")
    if version == TLSV1_3 and hint == _LONGEST:
        return one_of(_TIMEOUT, (_time(hint),), (f">= {_time(hint)}",), f"{evidence}, the longest")
    return known(_TIMEOUT, (_time(hint),), evidence)


def _hint(one: Resumption | None) -> int | None:
    return one.first.tls.ticket_lifetime if one and one.first.tls else None


def _session_hint(one: Resumption | None) -> int | None:
    session: Session | None = one.first.session if one else None
    return session.lifetime if session else None


def _timed(facts: Sessions) -> Finding:
    if facts.lasted is None:
        return unknown(
            _TIMEOUT, "no ticket tells it; --wait SECONDS looks for the end of a session"
        )
    known_at, gone_at = facts.lasted
    if gone_at is None:
        return unknown(
            _TIMEOUT, f"a session is still known after {known_at:.0f} s", f"> {known_at:.0f}s"
        )
    seen = f"a session is known after {known_at:.0f} s, and not after {gone_at:.1f} s"
    candidates = tuple(f"{n}s" for n in range(max(1, int(known_at)), int(gone_at) + 1))
    if len(candidates) == 1:
        return known(_TIMEOUT, candidates, seen)
    return one_of(_TIMEOUT, candidates[:1], candidates, seen)


def _time(seconds: int) -> str:
    """In nginx's words, and its largest unit that has no rest: `5m`."""
    unit, size = next(((u, n) for u, n in _UNITS if seconds % n == 0), ("s", 1))
    return f"{seconds // size}{unit}"


def _key(facts: Sessions, keys: Mapping[str, bytes]) -> Finding:
    if _tickets(facts).values == ("off",):
        return unknown(_KEY, "tickets are off, so none is made or opened with a key")
    ticket = _ticket(facts)
    if not ticket:
        return unknown(_KEY, "no ticket was seen")
    name = f"a ticket's first 16 bytes, the name of its key, are {ticket[:16].hex()}"
    able = list(keys)
    number = opener(ticket, [ticket_key(keys[path]) for path in able])
    if number is not None:
        what = f"{name}; the kit's key opens it; others that only open tickets would not show"
        return known(_KEY, (able[number],), what)
    return unknown(
        _KEY, f"{name}; whether that is in a file or was made at the start does not show"
    )


def _ticket(facts: Sessions) -> bytes:
    tls = facts.by_ticket.first.tls if facts.by_ticket else None
    return (tls.ticket if tls else b"") or _brought(facts)
