"""Between claims and an adapter: what it is told, and what it leaves of them by its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from conformance.harness.doubles.apart import DoublesApart
from conformance.harness.doubles.doubles import Doubles
from conformance.harness.doubles.policy import DENIED_PREFIX
from conformance.harness.targets.adapter import Answer, Brief, Wanted
from conformance.listener import Listener


def brief_of(listeners: Sequence[Listener], doubles: Doubles | DoublesApart) -> Brief:
    """What an adapter is told of these listeners, and of the doubles."""
    return Brief(
        tuple(Wanted(x.name, x.endpoint, x.claims) for x in listeners),
        (doubles.auth_host, doubles.auth_port),
        doubles.places,
        doubles.password,
        DENIED_PREFIX,
    )


def agreed(listeners: Sequence[Listener], answers: Mapping[str, Answer]) -> list[Listener]:
    """The listeners, each with what its answer leaves of the claims, in their order."""
    return [_agreed(listener, answers[listener.name]) for listener in listeners]


def _agreed(listener: Listener, answer: Answer) -> Listener:
    if not answer.ready:
        return replace(listener, declined=f"declined: {answer.reason}")
    withdrawn = {
        name: f"the adapter leaves it out: {why or 'it gives no reason'}"
        for name, why in answer.unsupported.items()
    }
    return listener.without(withdrawn, answer.instead)
