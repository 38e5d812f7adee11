"""Which listeners have to do with each other: what one remembers may be known at another."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

from conformance.applicability import Situation, modern_stranger
from conformance.harness.endpoint import Way
from conformance.session_claims import brief, cache, share_sessions

_OF_SESSIONS = (
    "ssl_session_cache",
    "ssl_session_tickets",
    "ssl_session_ticket_key",
    "ssl_session_timeout",
)


def related(situations: Sequence[Situation]) -> list[Situation]:
    """The same situations, each knowing its neighbours, an outsider, and who stands for it."""
    secured = [s for s in situations if s.listener.way is not Way.NONE]
    return [
        replace(
            one,
            neighbours=tuple(
                x for x in secured if x is not one and share_sessions(one.listener, x.listener)
            ),
            outsider=_outsider(one, secured),
            twin=_twin(one, situations, _endpoint),
            session_twin=_twin(one, situations, lambda s: (*_endpoint(s)[:2], _sessions(s))),
            cache_twin=_twin(one, situations, lambda s: cache(s.listener).mode),
            stand_in=_stand_in(one, situations),
        )
        for one in situations
    ]


def _outsider(one: Situation, others: Sequence[Situation]) -> Situation | None:
    """The first other listener with a zone of its own that lets anybody in."""
    for other in others:
        if (
            other is not one
            and cache(other.listener).zone
            and not brief(other.listener)
            and not share_sessions(one.listener, other.listener)
            and not modern_stranger(other)
        ):
            return other
    return None


def _twin(
    one: Situation, situations: Sequence[Situation], like: Callable[[Situation], Hashable]
) -> str:
    """The first earlier listener that is like it and lets anybody in."""
    wanted = like(one)
    for other in situations:
        if other is one:
            break
        if like(other) == wanted and not modern_stranger(other):
            return other.listener.name
    return ""


def _stand_in(one: Situation, situations: Sequence[Situation]) -> str:
    """The first earlier listener that claims all the same but where it is, and of sessions."""
    wanted, sessions = _without_sessions(one), _sessions(one)
    for other in itertools.takewhile(lambda s: s is not one, situations):
        if _without_sessions(other) == wanted and _sessions(other) != sessions:
            return other.listener.name
    return ""


def _without_sessions(s: Situation) -> Hashable:
    apart = {*_OF_SESSIONS, "listen", "server_name"}
    claims = frozenset(item for item in s.listener.claims.items() if item[0] not in apart)
    return s.listener.protocol, s.listener.way, claims


def _endpoint(s: Situation) -> tuple[Hashable, ...]:
    """Protocol, way into TLS and, where that is a matter of it, the STARTTLS mode."""
    listener = s.listener
    mode = "" if listener.way is Way.IMPLICIT else listener.value("starttls")
    return listener.protocol, listener.way, mode


def _sessions(s: Situation) -> Hashable:
    """All that is claimed of sessions."""
    return tuple(map(s.listener.values, _OF_SESSIONS))
