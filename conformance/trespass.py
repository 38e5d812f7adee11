"""Who might get in with a session who would not get in without: resumption as an authorisation.

A session holds what its server found of the client's certificate. Brought to another
listener that shares it, it must not stand for what that one would have found.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.applicability import Condition, Situation, asks
from conformance.claimed import workable_versions
from conformance.harness.pki.person import Person
from conformance.harness.pki.standing import Standing
from conformance.resumption import Means, alike, by_any, lets_in, means_of
from conformance.verdict import NotApplicable
from conformance.visitor import NOBODY

# Another listener, the means of resumption, and the person who comes from there.
Way = tuple[Situation, Means, Person]


def turned_away(s: Situation) -> tuple[Person, ...]:
    """Whom the listener refuses at a full handshake: one of each kind, with and without reason."""
    mode = s.listener.value("ssl_verify_client")
    nobody = (NOBODY,) if mode == "on" else ()
    if mode not in ("on", "optional"):
        return ()
    kinds = (Standing.UNKNOWN_ISSUER, Standing.EXPIRED, *JUDGED_BY_SERVER)
    return nobody + tuple(p for kind in kinds for p in s.cast.all(kind)[:1])


# What the session's own server cannot have found, if it looks for other things.
JUDGED_BY_SERVER = (Standing.REVOKED, Standing.ISSUER_REVOKED, Standing.TOO_DEEP)


def ways_in(s: Situation, *standings: Standing) -> Iterator[Way]:
    """Everybody who is refused here, with the sessions of every neighbour.

    Of these standings, and trusted by the neighbour, which names the same CAs;
    without any: everybody else.
    """
    for other in s.neighbours:
        good_there = other.cast.all(Standing.TRUSTED)
        same_names = alike(s.listener, other.listener)
        for person in turned_away(s):
            standing = next((k for k in Standing if person in s.cast.all(k)), None)
            excused = same_names and person in good_there
            if (standing in standings) if excused else not standings:
                for means in _common(s, other):
                    yield other, means, person


def common_ways(s: Situation) -> Iterator[Way]:
    """Who is let in here and at a neighbour, with and without a certificate."""
    for other in s.neighbours:
        for person in (NOBODY, *s.cast.all(Standing.TRUSTED)[:1]):
            if lets_in(s, person) and lets_in(other, person):
                for means in _common(s, other)[-1:]:
                    yield other, means, person


def _common(s: Situation, other: Situation) -> list[Means]:
    """The means that the other gives sessions for, in a version that is spoken here."""
    here = workable_versions(s.listener)
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
