"""The three ways to resume a session, where each can be had, and the visits that try them.

A client without support for tickets comes back with a session id, one of TLSv1.2
with a ticket, one of TLSv1.3 with a PSK, which is a ticket or an id.
"""

from __future__ import annotations

import contextlib
from enum import StrEnum
from typing import Any

from conformance.claimed import workable_versions
from conformance.harness.endpoint import Way
from conformance.harness.observation import Observation
from conformance.harness.pki.person import Person
from conformance.listener import Listener
from conformance.session_claims import (
    cache,
    tickets,
)
from conformance.verdict import NotApplicable, NoVerdict
from conformance.visitor import NOBODY, Visitor

# Times are counted in whole seconds, and a clock of whole seconds may be a tick behind.
GRACE = 1.05
# What a client makes up: RFC 5077 lets it name a session id beside its ticket.
SESSION_ID = b"\x2a" * 32
MADE_UP = b"\x2a" * 192


# OpenSSL's client of TLSv1.3 does not come back once a session's time is over; this one does.
KEEPS: dict[str, Any] = {"request_details": True}


class Means(StrEnum):
    """By what a session is resumed."""

    ID = "session id"
    TICKET = "ticket"
    PSK = "PSK"


_FIELDS: dict[Means, dict[str, Any]] = {
    Means.ID: {"versions": ("TLSv1.2",), "tickets": False},
    Means.TICKET: {"versions": ("TLSv1.2",)},
    Means.PSK: {"versions": ("TLSv1.3",)},
}


def means_of(listener: Listener) -> tuple[Means, ...]:
    """By what sessions can be resumed there, as the claims have it."""
    if listener.way is Way.NONE:
        return ()
    versions = workable_versions(listener)
    remembers, sends = cache(listener).remembers, tickets(listener)
    can = {
        Means.ID: "TLSv1.2" in versions and remembers,
        Means.TICKET: "TLSv1.2" in versions and sends,
        Means.PSK: "TLSv1.3" in versions and (sends or remembers),
    }
    return tuple(means for means, possible in can.items() if possible)


def by_cache(listener: Listener) -> Means:
    """What brings back a session that is kept in the server's cache.

    Raises `NotApplicable` where nothing does.
    """
    found = means_of(listener)
    if Means.ID in found:
        return Means.ID
    if Means.PSK in found and not tickets(listener):
        return Means.PSK
    raise NotApplicable("no session is resumed from the cache")


def come_early(visit: Visitor) -> None:
    """Get the sessions whose end is to be seen, if the target answers."""
    with contextlib.suppress(NoVerdict, NotApplicable):
        for means in means_of(visit.situation.listener):
            fresh(visit, means, **(KEEPS if means is Means.PSK else {}))


def fresh(visit: Visitor, means: Means, person: Person | None = None, **more: Any) -> Observation:
    """A visit that ends with a session to be resumed by these means."""
    return visit(person, keep_session=True, **_FIELDS[means], **more)


def back(visit: Visitor, means: Means, first: Observation, **more: Any) -> Observation:
    """The same client comes back, here or at another listener, with the session of that visit."""
    person = first.offer.person or NOBODY
    return visit(person, session=first.session, keep_session=True, **_FIELDS[means], **more)


def twice(visit: Visitor, means: Means) -> tuple[Observation, Observation]:
    """A visit, and the same client's return with its session."""
    first = fresh(visit, means)
    return first, back(visit, means, first)


def proof_of(visit: Visitor, means: Means, first: Observation) -> dict[str, bytes]:
    """What a client brings who comes back to that session: the fields of a hello's offer.

    Empty values where the server gave nothing. In TLSv1.3 a ticket arrives encrypted,
    and its client brings it back in clear.
    """
    if means is Means.ID:
        return {"session_id": (first.tls.session_id if first.tls else None) or b""}
    return {"ticket": ticket_of(visit, means, first), "session_id": SESSION_ID}


def ticket_of(visit: Visitor, means: Means, first: Observation) -> bytes:
    """The ticket of a visit, or the PSK identity that its client comes back with; b"" for none."""
    if means is Means.TICKET:
        return first.tls.ticket if first.tls else b""
    again = back(visit, means, first)
    return again.tls.brought if again.tls else b""


def bring(visit: Visitor, means: Means, proof: dict[str, bytes], **more: Any) -> Observation:
    """The hello of somebody who has the session's proof and not its secret."""
    fields: dict[str, Any] = {**proof, **more}
    return visit(NOBODY, versions=_FIELDS[means]["versions"], hello_only=True, **fields)
