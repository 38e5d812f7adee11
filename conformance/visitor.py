"""The `visit` of scenarios: calls at one listener with sensible defaults, and remembers what it saw."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from conformance.applicability import Situation
from conformance.harness.endpoint import Way
from conformance.harness.observation import Login, Observation, Offer
from conformance.harness.pki.person import Person
from conformance.harness.pki.standing import Standing
from conformance.listener import Listener

# "Bring no certificate", where leaving it out would mean "bring what gets you in".
NOBODY = Person("nobody", Path("/nonexistent"), Path("/nonexistent"))
EVERY_VERSION = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")


class Caller(Protocol):
    """What makes visits and hands out logins: the suite, or a stored report."""

    def visit(self, listener: Listener, offer: Offer) -> Observation:
        """Visit the listener."""

    def login(self) -> Login:
        """A login that the target lets in (a fresh name, where the doubles are behind it)."""


class Visitor:
    """Visits one listener: `visit(person, versions=…, inside=…)` takes the fields of `Offer`.

    Without a person it brings what the listener demands: the trusted client
    where `ssl_verify_client on` is claimed, nobody elsewhere. Without versions
    it offers all of TLSv1 to TLSv1.3, so that it gets in wherever TLS works.
    """

    def __init__(self, caller: Caller, situation: Situation) -> None:
        self._caller = caller
        self._situation = situation
        self.seen: list[Observation] = []

    def __call__(self, person: Person | None = None, *, login: bool = False, **fields: Any) -> Observation:
        """One visit; `login=True` logs in with a name of its own."""
        return self._call(self._situation.listener, person, login, fields)

    def by(self, way: Way, person: Person | None = None, **fields: Any) -> Observation:
        """One visit by another way into TLS than the claimed one."""
        listener = self._situation.listener
        endpoint = replace(listener.endpoint, way=way)
        return self._call(listener.at(endpoint), person, False, fields)

    def _call(self, listener: Listener, person: Person | None, login: bool, fields: dict[str, Any]) -> Observation:
        if person is None and self._situation.listener.value("ssl_verify_client") == "on":
            person = self._situation.cast.get(Standing.TRUSTED)
        offer = Offer(
            person=None if person is NOBODY else person,
            login=self._caller.login() if login else None,
            **{"versions": EVERY_VERSION, **fields},
        )
        observation = self._caller.visit(listener, offer)
        self.seen.append(observation)
        return observation
