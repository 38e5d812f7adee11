"""Visits to one address, one at a time: counted, bounded, and given up where nobody answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.harness.endpoint import Endpoint
from conformance.harness.observation import Ending, Observation, Offer, Stage
from conformance.harness.patience import Patience
from conformance.harness.visit import visit

# A server with every cipher there is takes some 300 visits.
LIMIT = 600
# So many visits in a row without an answer, and it is taken to have gone.
SILENT = 4
_NO_ANSWER = (Ending.UNREACHABLE, Ending.TIMEOUT, Ending.FLOOD)


class GivenUp(Exception):
    """The address is asked no more. One line that says why."""


@dataclass
class Asker:
    """Visits `endpoint`; the same offer is made once. `made` counts the visits."""

    endpoint: Endpoint
    patience: Patience = field(default_factory=Patience)
    limit: int = LIMIT
    tell: Callable[[int], None] = lambda made: None
    made: int = 0
    _silent: int = 0
    _seen: dict[tuple[Endpoint, Offer], Observation] = field(default_factory=dict)

    def __call__(self, **fields: Any) -> Observation:
        """One visit with an `Offer` of these fields; raises `GivenUp`."""
        return self._ask(self.endpoint, Offer(**fields))

    def elsewise(self, **fields: Any) -> Callable[..., Observation]:
        """Visits to the same address as another kind of endpoint: `way=Way.STARTTLS`."""
        endpoint = replace(self.endpoint, **fields)
        return lambda **offer: self._ask(endpoint, Offer(**offer))

    def _ask(self, endpoint: Endpoint, offer: Offer) -> Observation:
        if (endpoint, offer) not in self._seen:
            self._seen[endpoint, offer] = self._visit(endpoint, offer)
        return self._seen[endpoint, offer]

    def _visit(self, endpoint: Endpoint, offer: Offer) -> Observation:
        """Once more where nothing at all came back: a busy server may lose a connection."""
        seen = self._once(endpoint, offer)
        mute = seen.ending in _NO_ANSWER or (
            seen.stage is Stage.CONNECT and seen.ending is Ending.RESET and seen.tls is None
        )
        return self._once(endpoint, offer) if mute else seen

    def _once(self, endpoint: Endpoint, offer: Offer) -> Observation:
        if self.made >= self.limit:
            raise GivenUp(f"{endpoint.address} would take more than {self.limit} visits")
        if self._silent >= SILENT:
            raise GivenUp(f"{endpoint.address} has stopped answering")
        self.made += 1
        self.tell(self.made)
        seen = visit(endpoint, offer, self.patience)
        self._silent = self._silent + 1 if seen.ending in _NO_ANSWER else 0
        return seen
