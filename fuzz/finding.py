"""A violation that was confirmed, made small, and can be shown again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from conformance.harness.capture import Capture
from conformance.harness.endpoint import Endpoint

from .keeping import keep
from .oracles import Oracle
from .reproducer import reproducer
from .stream import Stream
from .trace import Trace


@dataclass(frozen=True)
class Finding:
    """What an oracle found at a listener, the smallest stream that shows it, and how often it did.

    `seen` of `tried` repetitions of the shrunk stream showed it. `note` says
    why a smaller one may exist; "" if the search for it ended. `against` is
    the other listener of a difference. `capture` is what was on the wire when it was seen.
    `known` is why it is no find: what an excuse says of it (see `excusing`); "" if none does.
    """

    oracle: Oracle
    endpoint: Endpoint
    listener: str
    stream: Stream
    evidence: str
    trace: Trace
    seen: int
    tried: int
    note: str = ""
    against: Endpoint | None = None
    known: str = ""
    capture: Capture | None = field(default=None, compare=False, repr=False)

    @property
    def requirement(self) -> str:
        """The id of the requirement it breaks."""
        return self.oracle.requirement

    @property
    def rate(self) -> str:
        """How often repetitions showed it: `5/5`."""
        return f"{self.seen}/{self.tried}"

    @property
    def steady(self) -> bool:
        """Whether at least two of three repetitions show it: less is no verdict."""
        return 3 * self.seen >= 2 * self.tried

    @property
    def reproducer(self) -> str:
        """A program that shows it again, as text: exit status 1 reproduced, 0 not, 2 no session."""
        return reproducer(
            self.trace,
            (self.endpoint.host, self.endpoint.port),
            f"{self.oracle.name} at {self.listener} ({self.endpoint})",
            self.evidence,
            self.oracle.clause,
            self.rate,
        )

    def save(self, directory: Path) -> Path:
        """Write it into a directory of its own below (see `keeping`); return that."""
        return keep(self, directory)

    def __str__(self) -> str:
        told = f"{self.oracle.name} at {self.listener}, {self.rate}: {self.evidence}"
        return "\n".join(filter(None, (told, self.note, str(self.stream))))
