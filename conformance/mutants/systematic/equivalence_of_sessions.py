"""Rules for what no client can come to see of sessions, tickets and their keys."""

from __future__ import annotations

from conformance.harness.endpoint import Way
from conformance.listener import Listener
from conformance.mutants.systematic.altered import Altered, Rule
from conformance.resumable import named_alike
from conformance.session_claims import cache, share_sessions, tickets

_OLD = ("TLSv1", "TLSv1.1", "TLSv1.2")


def _idle_ticket_key(a: Altered) -> str | None:
    if a.directive == "ssl_session_ticket_key" and a.both("ssl_session_tickets", "off"):
        return "tickets are off, so none is made or opened with a key"
    return None


def _nothing_kept(a: Altered) -> str | None:
    """In TLSv1.3 a server may say how long a session lasts that it will not know again."""
    if a.directive != "ssl_session_timeout" or a.alive("TLSv1.3"):
        return None
    if cache(a.before).remembers or tickets(a.before):
        return None
    return "no session can be resumed there, however soon"


def _same_cache(a: Altered) -> str | None:
    """A shared cache does what it does whether a built-in one stands before it or not."""
    if a.directive != "ssl_session_cache" or a.before.way is Way.NONE:
        return None
    old, new = _remembering(a.before), _remembering(a.after)
    if old == new and _sharers(a.before, a) == _sharers(a.after, a):
        return "as many sessions are remembered, for the same listeners"
    return None


def _remembering(listener: Listener) -> tuple[str, str]:
    """The mode, and for how much there is room; the name of a zone does not matter by itself."""
    mode, words = cache(listener).mode, listener.values("ssl_session_cache")
    if mode == "both":
        words = tuple(word for word in words if word.startswith("shared:"))
    return "shared" if mode == "both" else mode, words[-1].rpartition(":")[2]


def _sharers(listener: Listener, a: Altered) -> set[str]:
    zone = cache(listener).zone
    others = (x for x in a.company if zone and cache(x).zone == zone)
    return {x.name for x in others if share_sessions(listener, x) and named_alike(listener, x)}


def _idle_cache(a: Altered) -> str | None:
    """In TLSv1.3 a ticket holds its session, and no hello tells whether ids are kept."""
    if a.directive != "ssl_session_cache" or any(map(a.alive, _OLD)) or not a.alive():
        return None
    if a.both("ssl_session_tickets", "on"):
        return "the tickets of TLSv1.3 hold their sessions, whatever the cache"
    if not cache(a.before).remembers and not cache(a.after).remembers:
        return "no session of TLSv1.3 is resumed, and nothing else tells off from none"
    return None


RULES: tuple[Rule, ...] = (_idle_ticket_key, _nothing_kept, _same_cache, _idle_cache)
"""In this order: the first that has a reason is taken."""
