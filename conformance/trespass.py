"""Who might get in with a session who would not get in without: resumption as an authorisation.

A session holds what its server found of the client's certificate. Brought to another
listener that shares it, it must not stand for what that one would have found.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.applicability import Condition, Situation, asks
from conformance.claimed import workable_versions
from conformance.harness.endpoint import Way as IntoTls
from conformance.harness.pki.person import Person
from conformance.harness.pki.standing import Standing
from conformance.resumable import (
    by_any,
    lets_in,
    named_alike,
)
from conformance.resumption import (
    Means,
    means_of,
)
from conformance.verdict import NotApplicable
from conformance.visitor import NOBODY

# Why a certificate of a known CA may be refused, what few listeners look at before the rest.
JUDGED = (
    *(Standing.REVOKED, Standing.TOO_DEEP),
    *(Standing.ISSUER_REVOKED, Standing.EXPIRED),
)
# Another listener, the means of resumption, and the person who comes from there.
Way = tuple[Situation, Means, Person]


def turned_away(s: Situation) -> tuple[Person, ...]:
    """Whom the listener refuses: nobody's certificate, a stranger's, one that it looks into."""
    mode = s.listener.value("ssl_verify_client")
    if mode not in ("on", "optional"):
        return ()
    unknown = s.cast.all(Standing.UNKNOWN_ISSUER)[:1]
    own = [person for kind in JUDGED for person in s.cast.all(kind)][:1]
    return (*((NOBODY,) if mode == "on" else ()), *unknown, *own)


def ways_in(s: Situation, *standings: Standing) -> Iterator[Way]:
    """Who is refused here, with the sessions of each neighbour.

    Of these standings, and trusted by the neighbour, which names the same CAs. Without
    standings: everybody else who is let in there, and one who is refused there too.
    """
    for other in s.neighbours:
        same_names = named_alike(s.listener, other.listener)
        refused_there_too = 0
        for person in turned_away(s):
            let_in = lets_in(other, person)
            excused = let_in and same_names and person in other.cast.all(Standing.TRUSTED)
            refused_there_too += not let_in
            if excused and standing_of(s, person) not in standings:
                continue
            if not excused and (standings or not (let_in or refused_there_too == 1)):
                continue
            for means in _common(s, other):
                yield other, means, person


def standing_of(s: Situation, person: Person) -> Standing | None:
    """What a person is to the listener; None for who has no certificate."""
    return next((k for k in Standing if person in s.cast.all(k)), None)


def common_ways(s: Situation) -> Iterator[Way]:
    """Who is let in here and at a neighbour, with and without a certificate."""
    for other in s.neighbours:
        for person in (NOBODY, *s.cast.all(Standing.TRUSTED)[:1]):
            if lets_in(s, person) and lets_in(other, person):
                for means in _common(s, other)[-1:]:
                    yield other, means, person


def _common(s: Situation, other: Situation) -> list[Means]:
    """The means that the other gives sessions for, in a version that is spoken here."""
    here = workable_versions(s.listener) if s.listener.way is not IntoTls.NONE else ()
    spoken = {
        Means.ID: "TLSv1.2" in here, Means.TICKET: "TLSv1.2" in here, Means.PSK: "TLSv1.3" in here,
    }  # fmt: skip
    return [means for means in means_of(other.listener) if spoken[means]]


# --- when a requirement arises ---


def turns_away(s: Situation) -> str | None:
    """The listener refuses somebody, and sessions can be resumed there."""
    return by_any(s) or (None if turned_away(s) else s.cast.why_empty or "nobody is refused there")


def meets_trusted(s: Situation) -> str | None:
    """The listener asks for certificates and trusts somebody, and sessions can be resumed there."""
    trusted = s.cast.get(Standing.TRUSTED)
    return (
        asks(s)
        or by_any(s)
        or (None if trusted else s.cast.why_empty or "no certificate at hand is trusted")
    )


def has_ways_in(*standings: Standing) -> Condition:
    """Somebody may try it with the session of a neighbour; see `ways_in`."""

    def condition(s: Situation) -> str | None:
        try:
            found = any(True for _ in ways_in(s, *standings))
        except NotApplicable as why:
            return str(why)
        return None if found else "nobody is to be kept out who could have a session of another's"

    return condition


def has_common_ways(s: Situation) -> str | None:
    """Somebody is let in at a neighbour and here, where certificates are asked for."""
    try:
        found = any(True for _ in common_ways(s))
    except NotApplicable as why:
        return str(why)
    return asks(s) or (None if found else "nobody is let in both here and at a neighbour")
