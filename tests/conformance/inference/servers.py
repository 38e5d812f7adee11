"""Servers made by hand, as functions from what is offered to what is seen of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.harness.observation import Alert, Ending, Observation, Offer, Stage, TlsFacts
from conformance.inference.elimination import Elimination, eliminate
from tests.conformance.observations import failed, served

NOTHING_SHARED = Alert(40, "handshake_failure")


def chose(**facts: object) -> Observation:
    """A first flight of TLSv1.2 with these facts."""
    return served(tls=TlsFacts(**{"version": "TLSv1.2", **facts}), offer=Offer(hello_only=True))


def refused(alert: Alert = NOTHING_SHARED) -> Observation:
    return failed(Ending.ALERT, Stage.UPGRADE, alert=alert, offer=Offer(hello_only=True))


def hung_up() -> Observation:
    return failed(Ending.CLOSED, Stage.UPGRADE, offer=Offer(hello_only=True))


def preferring(listed: Sequence[str]) -> Callable[[tuple[str, ...]], Observation]:
    """Chooses the first of its own list."""
    return lambda offered: next((chose(cipher=c) for c in listed if c in offered), refused())


def obliging(listed: Sequence[str]) -> Callable[[tuple[str, ...]], Observation]:
    """Chooses the first of its client's list."""
    return lambda offered: next((chose(cipher=c) for c in offered if c in listed), refused())


def both(
    server: Callable[[tuple[str, ...]], Observation], offered: Sequence[str]
) -> tuple[Elimination, Elimination]:
    """The two eliminations."""

    def cipher(observation: Observation) -> str:
        return observation.tls.cipher if observation.tls else ""

    forth = eliminate(offered, server, cipher)
    return forth, eliminate(forth.chosen[::-1], server, cipher)
