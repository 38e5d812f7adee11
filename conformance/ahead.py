"""Scenarios run a little ahead of pytest's own pace, so that their waits overlap.

Most of a visit is waiting for the target. pytest runs one test after the other;
here the next few scenarios are already under way in threads while it reports on
one. Verdicts do not depend on it: a scenario is a function of its listener.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from itertools import islice
from typing import Any

from conformance.harness.observation import Observation
from conformance.verdict import Judgement, begin

WORKERS = 3
WINDOW = 16
# A thread that wakes because the target answered waits so long for Python's lock
# at the most; with the usual 5 ms a visit would cost ten times its own length.
SWITCH_SECONDS = 0.0002


@dataclass(frozen=True)
class Outcome:
    """How a scenario ended: what it judged, what it raised, what it saw, in how many seconds."""

    judgements: list[Judgement]
    error: BaseException | None
    seen: list[Observation]
    seconds: float


@dataclass(frozen=True)
class Errand:
    """A scenario and its arguments; `seen` is the list that its visitor fills."""

    scenario: Callable[..., None]
    arguments: Mapping[str, Any]
    seen: list[Observation]

    def run(self) -> Outcome:
        """Run the scenario now. What it raises is part of the outcome."""
        judgements, started = begin(), time.perf_counter()
        error: BaseException | None = None
        try:
            self.scenario(**self.arguments)
        except BaseException as raised:  # noqa: BLE001 - whatever it is, it becomes the check's verdict
            error = raised
        return Outcome(judgements, error, self.seen, time.perf_counter() - started)


class Ahead:
    """Keeps up to `WINDOW` of the coming errands under way; keys are asked for in their order."""

    def __init__(self, errands: Iterable[tuple[str, Errand]]) -> None:
        coming = list(errands)
        self._keys = {key for key, _ in coming}
        self._coming: Iterator[tuple[str, Errand]] = iter(coming)
        self._under_way: dict[str, Future[Outcome]] = {}
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="scenario")
        self._switch = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_SECONDS)

    def outcome(self, key: str) -> Outcome | None:
        """The outcome of that errand, waiting for it where need be; None for an unknown key."""
        if key not in self._keys:
            return None
        self._send()
        while key not in self._under_way:
            # Tests were left out: catch up with him who left them out.
            self._send(1)
        return self._under_way.pop(key).result()

    def stop(self) -> None:
        """Start nothing more; what is under way ends by its own deadlines."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        sys.setswitchinterval(self._switch)

    def _send(self, more: int = 0) -> None:
        """Fill the window, or send so many more."""
        for key, errand in islice(self._coming, more or max(0, WINDOW - len(self._under_way))):
            self._under_way[key] = self._pool.submit(copy_context().run, errand.run)
