"""A campaign: many streams at one listener, until the budget is spent.

Hypothesis draws the streams and shrinks towards the front of the alphabet, each
kind of violation for itself; `shrink` then makes what is left canonical. The
verdict on a stream is taken once and remembered: a target that changes its mind
cannot confuse the search, and shows in the rate of the finding instead.
"""

from __future__ import annotations

import time
from dataclasses import replace

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings

from conformance.harness.endpoint import Endpoint, Way
from conformance.harness.patience import Patience
from conformance.harness.wire import Unreachable

from .executor import aftermath, run, upgrade_alone
from .finding import Finding
from .oracles import ORACLES, SEGMENTATION, Oracle, Violation
from .shrink import size, smallest
from .strategies import streams
from .stream import Stream
from .trace import Trace, Upgrade

EXAMPLES = 60
SECONDS = 1.5
SHRINKING_SECONDS = 2.0
REPETITIONS = 5
_ROUND = 250


_ALIVE = next(oracle for oracle in ORACLES if oracle.name == "still_alive")


class Unfit(Exception):
    """Nothing can be learnt here: an ordinary session, or the upgrade alone, does not work."""


class Judge:
    """Runs streams at one listener and judges them against a control, which it takes first.

    Raises `Unfit` when the control does not work.
    """

    def __init__(self, endpoint: Endpoint, patience: Patience) -> None:
        self.endpoint = endpoint
        began = time.monotonic()
        try:
            self.control = run(upgrade_alone(endpoint.protocol), endpoint, patience)
        except Unreachable as error:
            raise Unfit(str(error)) from error
        wanted = Upgrade.NONE if endpoint.way is Way.NONE else Upgrade.DONE
        if self.control.upgrade is not wanted or not self.control.finished:
            how = f"{self.control.upgrade}, {self.control.ending}"
            raise Unfit(f"{endpoint}: the upgrade alone: {how}")
        self.patience = patience.measured(time.monotonic() - began)

    def violations(self, stream: Stream) -> tuple[Trace, list[Violation]]:
        """The stream's trace and what the oracles see in it, the worst first."""
        try:
            trace = run(stream, self.endpoint, self.patience)
        except Unreachable as error:
            trace = Trace(aftermath=f"no session came about: {error}")
            return trace, [Violation(_ALIVE, trace.aftermath)]
        if not trace.finished:
            trace = replace(trace, aftermath=aftermath(self.endpoint, self.patience, self.control))
        seen = [oracle(stream, trace, self.control) for oracle in ORACLES]
        if not trace.aftermath and stream != stream.whole():
            whole = run(stream.whole(), self.endpoint, self.patience)
            seen.append(SEGMENTATION(stream, trace, whole))
        return trace, [violation for violation in seen if violation]

    def worst(self, stream: Stream) -> Oracle | None:
        """The oracle whose violation stands for the stream; only what shows twice counts."""
        seen = self._kinds(stream)
        return next((x for x in seen if x in self._kinds(stream)), None) if seen else None

    def _kinds(self, stream: Stream) -> list[Oracle]:
        return [violation.oracle for violation in self.violations(stream)[1]]


class _Violated(Exception):
    """Tells Hypothesis that a stream fails. Each kind is a class of its own: it shrinks by class."""


_KINDS = {
    oracle.name: type(oracle.name, (_Violated,), {}) for oracle in (*ORACLES, SEGMENTATION)
}


def campaign(
    endpoint: Endpoint,
    examples: int = EXAMPLES,
    seconds: float = SECONDS,
    seed: int = 1,
    *,
    listener: str = "",
    patience: Patience | None = None,
) -> list[Finding]:
    """At most one finding of each kind, the worst first; the same seed says the same streams.

    Spends at most about `seconds` on streams, and `SHRINKING_SECONDS` on each
    kind found. Raises `Unfit`.
    """
    search = _Search(Judge(endpoint, patience or Patience()), time.monotonic() + seconds)
    for number in range(0, examples, _ROUND):
        if search.time_is_up():
            break
        search.round(min(_ROUND, examples - number), seed + number)
    return [search.finding(oracle, listener or str(endpoint)) for oracle in search.found]


class _Search:
    """The verdicts so far, and how they are reached in time."""

    def __init__(self, judge: Judge, until: float) -> None:
        self.judge = judge
        self.until = until
        self.verdicts: dict[Stream, Oracle | None] = {}
        self.settled: set[str] = set()

    @property
    def found(self) -> list[Oracle]:
        """The kinds found, the worst first."""
        kinds = {oracle.name for oracle in self.verdicts.values() if oracle}
        return [oracle for oracle in (*ORACLES, SEGMENTATION) if oracle.name in kinds]

    def time_is_up(self) -> bool:
        """Whether no more streams may be said."""
        return time.monotonic() >= self.until

    def verdict(self, stream: Stream) -> Oracle | None:
        """What a stream shows; what is not known when time is up shows nothing."""
        if stream not in self.verdicts:
            if self.time_is_up():
                return None
            self.verdicts[stream] = self.judge.worst(stream)
            self._allow_shrinking()
        return self.verdicts[stream]

    def _allow_shrinking(self) -> None:
        fresh = {oracle.name for oracle in self.found} - self.settled
        self.settled |= fresh
        self.until += SHRINKING_SECONDS * len(fresh)

    def round(self, examples: int, seed: int) -> None:
        """Draw streams; kinds that an earlier round found are not looked for again."""
        known = set(self.settled)

        @hypothesis.seed(seed)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=False,
            report_multiple_bugs=True,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(streams(self.judge.endpoint.protocol))
        def holds(stream: Stream) -> None:
            oracle = self.verdict(stream)
            if oracle and oracle.name not in known:
                raise _KINDS[oracle.name]

        try:
            holds()
        except* _Violated:
            pass  # `verdicts` has it, with the stream.

    def finding(self, oracle: Oracle, listener: str) -> Finding:
        """The smallest stream of a kind, made canonical and repeated."""
        self.until = time.monotonic() + SHRINKING_SECONDS
        failing = [stream for stream, seen in self.verdicts.items() if seen is oracle]
        stream = smallest(min(failing, key=size), lambda x: self.verdict(x) is oracle)
        shown = [self.judge.violations(stream) for _ in range(REPETITIONS)]
        seen = [(t, v) for t, found in shown for v in found if v.oracle is oracle]
        trace, evidence = (seen[0][0], seen[0][1].evidence) if seen else (shown[0][0], "")
        return Finding(
            oracle=oracle,
            endpoint=self.judge.endpoint,
            listener=listener,
            stream=stream,
            evidence=evidence,
            trace=trace,
            seen=len(seen),
            tried=REPETITIONS,
        )
