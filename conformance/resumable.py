"""When a requirement about sessions arises: on a listener, and between it and its neighbours."""

from __future__ import annotations

from collections.abc import Callable

from conformance.applicability import Condition, Situation, admitted, reasoned
from conformance.claimed import workable_versions
from conformance.harness.endpoint import Way
from conformance.harness.pki.person import Person
from conformance.harness.pki.standing import Standing
from conformance.listener import Listener
from conformance.resumption import Means, by_cache, means_of
from conformance.session_claims import (
    brief,
    cache,
    fleeting,
    share_sessions,
    ticket_keys,
    tickets,
    timeout,
)
from conformance.verdict import NotApplicable
from conformance.visitor import NOBODY


def by(*means: Means) -> Condition:
    """Sessions can be resumed by all of these, and we get in."""

    def condition(s: Situation) -> str | None:
        if why := _claimed(s) or admitted(s):
            return why
        for one in means:
            if one not in means_of(s.listener):
                return f"no session can be resumed by {one}"
        return None

    return condition


def speaks(version: str) -> Condition:
    """The version is claimed and can be had, and we get in."""
    return lambda s: (
        _claimed(s)
        or admitted(s)
        or (None if version in workable_versions(s.listener) else f"{version} cannot be had")
    )


def cached(*modes: str) -> Condition:
    """`ssl_session_cache` is of one of these modes."""
    return lambda s: (
        _claimed(s)
        or (
            None
            if cache(s.listener).mode in modes
            else f"ssl_session_cache is {cache(s.listener).mode}"
        )
    )


def tickets_are(value: str) -> Condition:
    """`ssl_session_tickets` is on, or off."""

    def condition(s: Situation) -> str | None:
        claimed = s.listener.value("ssl_session_tickets")
        return _claimed(s) or (None if claimed == value else f"ssl_session_tickets is {claimed}")

    return condition


def _claimed(s: Situation) -> str | None:
    if s.listener.way is Way.NONE:
        return "there is no TLS"
    known = s.listener.knows("ssl_session_cache") and s.listener.knows("ssl_protocols")
    return None if known else "nothing is claimed about sessions"


def own_sessions(s: Situation) -> str | None:
    """No earlier listener of the endpoint claims the same of sessions: one of each is enough."""
    return f"{s.session_twin} claims the same of sessions" if s.session_twin else None


def lasting(s: Situation) -> str | None:
    """Whoever comes back at once comes before a session's time is over."""
    return "its sessions may be gone too soon" if fleeting(s.listener) else _claimed(s)


def ends_soon(s: Situation) -> str | None:
    """The end of a session can be waited for."""
    if why := _claimed(s):
        return why
    if brief(s.listener):
        return None
    return f"a session lasts {timeout(s.listener)} s, which is too long to wait for its end"


def named_alike(one: Listener, other: Listener) -> bool:
    """Both have the same certificates, and name the same CAs to clients."""
    names = ("ssl_certificate",) + (("ssl_client_certificate",) if one.verifies else ())
    return one.verifies == other.verifies and _same(one, other, names)


def alike(one: Listener, other: Listener) -> bool:
    """Both look at the same things: a session that is good for one should be for the other."""
    checks = ("ssl_trusted_certificate", "ssl_crl", "ssl_verify_depth") if one.verifies else ()
    return named_alike(one, other) and _same(one, other, checks)


def _same(one: Listener, other: Listener, directives: tuple[str, ...]) -> bool:
    return all(one.values(name) == other.values(name) for name in directives)


def kin(s: Situation, means: Means) -> tuple[Situation, ...]:
    """The neighbours whose sessions, of these means, should be resumed here."""
    here = s.listener
    shared_zone, shared_key = cache(here).zone, set(here.values("ssl_session_ticket_key"))
    by_ticket = means is Means.TICKET or (means is Means.PSK and tickets(here))

    def known(other: Listener) -> bool:
        if means not in means_of(other) or not alike(here, other) or fleeting(other):
            return False
        if by_ticket:
            first = other.values("ssl_session_ticket_key")[:1]
            return tickets(other) and bool(shared_key & set(first))
        return cache(other).zone == shared_zone != "" and share_sessions(here, other)

    mine = means in means_of(here) and not fleeting(here)
    return tuple(x for x in s.neighbours if mine and known(x.listener) and guest(s, x))


def guest(s: Situation, other: Situation) -> Person | None:
    """Somebody who is let in at both; None where there is nobody."""
    people = (NOBODY, *s.cast.all(Standing.TRUSTED))
    return next((p for p in people if lets_in(s, p) and lets_in(other, p)), None)


def lets_in(s: Situation, person: Person) -> bool:
    """The listener serves this person at a full handshake."""
    mode = s.listener.value("ssl_verify_client")
    if person is NOBODY or mode in ("", "off"):
        return mode != "on"
    lenient = (Standing.UNKNOWN_ISSUER, Standing.SELF_SIGNED) if mode == "optional_no_ca" else ()
    return any(person in s.cast.all(part) for part in (Standing.TRUSTED, *lenient))


def has_kin(means: Means) -> Condition:
    """Some neighbour's sessions should be resumed here."""
    return lambda s: (
        by(means)(s)
        or (None if kin(s, means) else f"no listener shares sessions by {means} with this one")
    )


def has_neighbours(s: Situation) -> str | None:
    """Another listener shares a zone or a ticket key with this one."""
    return _claimed(s) or (None if s.neighbours else "no listener shares sessions with this one")


def has_outsider(s: Situation) -> str | None:
    """Another listener has a shared cache of its own."""
    return _claimed(s) or (
        None if s.outsider else "no other listener has a shared cache of its own"
    )


def first_key(cipher: str) -> Condition:
    """The key that encrypts is one for this cipher."""

    def condition(s: Situation) -> str | None:
        try:
            keys = ticket_keys(s.listener)
        except NotApplicable as why:
            return str(why)
        found = keys[0].cipher if keys else "random"
        return None if found == cipher else f"the first key is {found}"

    return condition


@reasoned
def has_cached(s: Situation) -> str | None:
    """A session can be resumed that the server has in its cache, rather than in a ticket."""
    if why := _claimed(s) or admitted(s):
        return why
    by_cache(s.listener)  # which raises where there is none
    return None


def several_keys(s: Situation) -> str | None:
    """Some key of tickets is there to decrypt alone."""
    return None if len(_keys(s)) > 1 else "it has no key of tickets but the first"


def has_tickets(s: Situation) -> str | None:
    """A session can be resumed with a ticket of either kind."""
    return None if by(Means.TICKET)(s) is None else by(Means.PSK)(s)


def _keys(s: Situation) -> tuple[str, ...]:
    return s.listener.values("ssl_session_ticket_key")


def _with_first_key(s: Situation, wanted: Callable[[str], bool]) -> list[Situation]:
    """The neighbours, of the same certificates, that make tickets under such a key."""
    return [
        other
        for other in s.neighbours
        if {Means.TICKET, Means.PSK} <= set(means_of(other.listener))
        and any(map(wanted, _keys(other)[:1]))
        and not fleeting(s.listener)
        and not fleeting(other.listener)
        and alike(s.listener, other.listener)
    ]


def previous(s: Situation) -> list[Situation]:
    """The neighbours whose first key is here, but not first."""
    return _with_first_key(s, lambda key: key in _keys(s)[1:])


def with_foreign_key(s: Situation) -> list[Situation]:
    """The neighbours whose first key is not here."""
    return _with_first_key(s, lambda key: key not in _keys(s))


def with_known_key(s: Situation) -> list[Situation]:
    """The neighbours whose first key is here."""
    return _with_first_key(s, lambda key: key in _keys(s))


def has_previous(s: Situation) -> str | None:
    """A neighbour makes tickets under a key that is here for decryption only."""
    if previous(s):
        return by(Means.TICKET)(s)
    return "no other listener makes tickets under a key that is not the first here"


def has_foreign_key(s: Situation) -> str | None:
    """A neighbour makes tickets under a key that is not here."""
    if with_foreign_key(s):
        return by(Means.TICKET)(s)
    return "no listener with a key in common makes tickets under one that is not here"


def has_known_key(s: Situation) -> str | None:
    """A neighbour makes tickets under a key that is here."""
    if with_known_key(s):
        return speaks("TLSv1.2")(s)
    return "no other listener makes tickets under a key of this one"


def by_any(s: Situation) -> str | None:
    """Sessions can be resumed by some means, and we get in."""
    return by()(s) or (None if means_of(s.listener) else "no session can be resumed")
