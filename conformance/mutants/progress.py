"""How far a long run has come, on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable

from conformance.mutants.matrix import Fate, Row

_MINUTE = 60.0


class Progress:
    """Says, as mutants out of `total` are tried, what became of them and what is left."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._tried = self._killed = 0
        self._started = time.monotonic()

    def tell(self, rows: Iterable[Row]) -> None:
        """Some more have been tried."""
        for row in rows:
            self._tried += 1
            self._killed += row.fate is Fate.KILLED
            if row.fate is not Fate.KILLED:
                print(f"{row.fate}: {row.name}", file=sys.stderr)
        left = (time.monotonic() - self._started) / self._tried * (self._total - self._tried)
        print(
            f"{self._tried} of {self._total} mutants tried, {self._killed} noticed, "
            f"{self._tried - self._killed} not; about {_shown(left)} left",
            file=sys.stderr,
            flush=True,
        )


def _shown(seconds: float) -> str:
    return f"{seconds / _MINUTE:.0f} min" if seconds > _MINUTE else f"{seconds:.0f} s"
