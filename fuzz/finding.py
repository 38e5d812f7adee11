"""A violation that was confirmed, made small, and can be shown again."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from conformance.harness.endpoint import Endpoint

from .oracles import Oracle
from .reproducer import reproducer
from .stream import Stream
from .trace import Trace


@dataclass(frozen=True)
class Finding:
    """What an oracle found at a listener, the smallest stream that shows it, and how often it did.

    `seen` of `tried` repetitions of the shrunk stream showed it. `note` says
    why a smaller one may exist; "" if the search for it ended.
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
        """Write the stream and its reproducer into a directory of their own below; return that.

        The same stream at the same listener gets the same directory.
        """
        name = re.sub(r"[^\w.-]+", "-", self.listener)
        digest = hashlib.sha256(str(self.stream).encode()).hexdigest()[:8]
        place = directory / f"{name}-{self.oracle.name}-{digest}"
        place.mkdir(parents=True, exist_ok=True)
        notes = [f"{self.oracle.name}: {self.evidence}", f"seen {self.rate} at {self.endpoint}"]
        notes += [self.note] if self.note else []
        text = "".join(f"; {note}\n" for note in notes) + str(self.stream)
        (place / "finding.stream").write_text(text, encoding="ascii")
        shown = (" ".join(row) + "\n" for row in self.trace.transcript.shown())
        (place / "transcript.txt").write_text("".join(shown), encoding="utf-8")
        (place / "repro.py").write_text(self.reproducer, encoding="utf-8")
        return place

    def __str__(self) -> str:
        told = f"{self.oracle.name} at {self.listener}, {self.rate}: {self.evidence}"
        return "\n".join(filter(None, (told, self.note, str(self.stream))))
