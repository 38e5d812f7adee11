"""Which other listeners a listener's sessions are tried with: neighbours, and an outsider.

Whoever shares a cache by name with five hundred others cannot be tried with each of them: their
visits would grow with the square of the listeners. One of each kind stands for all of it.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Collection, Hashable, Sequence

from conformance.applicability import Situation
from conformance.harness.endpoint import Way
from conformance.session_claims import cache, fleeting, session_marks

# Neighbours of one listener. Those of all go all the way round.
MOST_NEIGHBOURS = 12
# What decides about a session, and whose it may be, is what makes a kind.
_OF_A_KIND = (
    *("ssl_session_cache", "ssl_session_tickets", "ssl_session_ticket_key", "ssl_session_timeout"),
    *("ssl_verify_client", "ssl_client_certificate", "ssl_trusted_certificate", "ssl_crl"),
    *("ssl_verify_depth", "ssl_protocols", "ssl_ciphers"),
)


class Company:
    """The listeners of a target, of whom those in `open_to_all` let an ordinary client in."""

    def __init__(self, situations: Sequence[Situation], open_to_all: Collection[str]) -> None:
        self._all = situations
        self._marks = [session_marks(s.listener) for s in situations]
        self._certificates = [s.listener.values("ssl_certificate") for s in situations]
        # Numbers, since each is compared with every other.
        numbers: dict[Hashable, int] = {}
        self._kinds = [numbers.setdefault(_kind(s), len(numbers)) for s in situations]
        self._sharing: dict[Hashable, list[int]] = {}
        self._outsiders: list[int] = []
        for at, one in enumerate(situations):
            if one.listener.way is Way.NONE:
                continue
            for mark in self._marks[at]:
                self._sharing.setdefault(mark, []).append(at)
            if one.listener.name in open_to_all and _has_lasting_zone(one):
                self._outsiders.append(at)

    def neighbours(self, at: int) -> tuple[Situation, ...]:
        """Of those who may know the sessions of the one at this place, one of each kind.

        That is the next behind it, in a circle, and of each kind one that has its certificate and
        one that has another. In the order of the claims, `MOST_NEIGHBOURS` at most.
        """
        sharing = sorted({x for mark in self._marks[at] for x in self._sharing.get(mark, ())})
        behind, own = bisect(sharing, at), self._certificates[at]
        chosen: dict[Hashable, int] = {}
        for other in sharing[behind:] + sharing[:behind]:
            if other != at:
                chosen.setdefault((self._kinds[other], self._certificates[other] == own), other)
        return tuple(self._all[x] for x in sorted([*chosen.values()][:MOST_NEIGHBOURS]))

    def outsider(self, at: int) -> Situation | None:
        """The first with a lasting cache by name that shares no sessions with the one there."""
        apart = (x for x in self._outsiders if self._marks[x].isdisjoint(self._marks[at]))
        return next((self._all[x] for x in apart if x != at), None)


def _kind(s: Situation) -> Hashable:
    listener = s.listener
    return listener.protocol, listener.way, tuple(map(listener.values, _OF_A_KIND))


def _has_lasting_zone(s: Situation) -> bool:
    return bool(cache(s.listener).zone) and not fleeting(s.listener)
