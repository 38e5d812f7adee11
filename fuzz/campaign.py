"""A campaign: many streams at one listener, until the budget is spent.

Hypothesis draws the streams and shrinks towards the front of the alphabet, each
kind of violation for itself; `shrink` then makes what is left canonical. The
verdict on a stream is taken once and remembered: a target that changes its mind
cannot confuse the search, and shows in the rate of the finding instead.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings

from conformance.harness.endpoint import Endpoint, Way
from conformance.harness.patience import Patience
from conformance.harness.wire import Unreachable

from .executor import GRACE_FLOOR_SECONDS, aftermath, run, upgrade_alone
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
# Seconds that an answer may take when it matters: a busy machine is no violation.
UNHURRIED = 0.5
# Hypothesis goes on from what it drew last; many short rounds differ more than one long one.
_ROUND = 10


_ALIVE = next(oracle for oracle in ORACLES if oracle.name == "still_alive")


class Unfit(Exception):
    """Nothing can be learnt here: an ordinary session, or the upgrade alone, does not work."""

    inconclusive = True


class Judge:
    """Runs streams at one listener and judges them against a control, which it takes first.

    `unfit` tells why the control does not work; "" if it does. Raises `Unfit`
    when nobody listens there.
    """

    def __init__(self, endpoint: Endpoint, patience: Patience) -> None:
        self.endpoint = endpoint
        began = time.monotonic()
        plain, alone = Stream(endpoint.protocol), upgrade_alone(endpoint.protocol)
        try:
            self.control = run(alone, endpoint, patience, UNHURRIED)
            self.controls = [
                (plain, run(plain, endpoint, patience, UNHURRIED)),
                (alone, self.control),
            ]
        except Unreachable as error:
            raise Unfit(str(error)) from error
        wanted = Upgrade.NONE if endpoint.way is Way.NONE else Upgrade.DONE
        works = self.control.upgrade is wanted and self.control.finished
        how = f"{self.control.upgrade}, {self.control.ending}"
        self.unfit = "" if works else f"{endpoint}: the upgrade alone: {how}"
        self.patience = patience.measured(time.monotonic() - began)

    def violations(self, stream: Stream, floor: float = UNHURRIED) -> tuple[Trace, list[Violation]]:
        """The stream's trace and what the oracles see in it, the worst first."""
        try:
            trace = run(stream, self.endpoint, self.patience, floor)
            whole = self._whole(stream, floor)
        except Unreachable as error:
            trace = Trace(aftermath=f"no session came about: {error}")
            return trace, [Violation(_ALIVE, trace.aftermath)]
        if not trace.finished and not self.unfit:
            trace = replace(trace, aftermath=aftermath(self.endpoint, self.patience, self.controls))
        seen = [oracle(stream, trace, self.control) for oracle in ORACLES]
        seen += [SEGMENTATION(stream, trace, whole)] if whole else []
        return trace, [violation for violation in seen if violation]

    def _whole(self, stream: Stream, floor: float) -> Trace | None:
        whole = stream.whole()
        return None if whole == stream else run(whole, self.endpoint, self.patience, floor)

    def worst(self, stream: Stream) -> Oracle | None:
        """The oracle whose violation stands for the stream; it must show again without hurry."""
        seen = [x.oracle for x in self.violations(stream, GRACE_FLOOR_SECONDS)[1]]
        if not seen:
            return None
        again = [x.oracle for x in self.violations(stream)[1]]
        return next((oracle for oracle in seen if oracle in again), None)


class _Violated(Exception):
    """Tells Hypothesis that a stream fails; each kind is a class of its own, which it shrinks."""


_KINDS = {oracle.name: type(oracle.name, (_Violated,), {}) for oracle in (*ORACLES, SEGMENTATION)}


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
    kind found. Where the upgrade alone does not work, nothing but
    that is tried, and raises `Unfit` if no oracle can say what is wrong with it.
    """
    judge = Judge(endpoint, patience or Patience())
    search = _Search(judge, time.monotonic() + seconds)
    if judge.unfit:
        plainest = (Stream(endpoint.protocol), upgrade_alone(endpoint.protocol))
        if not any(search.verdict(stream) for stream in plainest):
            raise Unfit(judge.unfit)
    for number in range(0, 0 if judge.unfit else examples, _ROUND):
        if search.time_is_up():
            break
        search.round(min(_ROUND, examples - number), seed + number)
    found = (search.finding(oracle, listener or str(endpoint)) for oracle in search.found)
    return [finding for finding in found if finding.seen]


def replay(
    endpoint: Endpoint,
    streams: Iterable[Stream],
    *,
    listener: str = "",
    patience: Patience | None = None,
) -> list[Finding]:
    """What known streams bring at a listener: a finding for each that is wrong, as it stands.

    Raises `Unfit` where the upgrade alone does not work.
    """
    judge = Judge(endpoint, patience or Patience())
    if judge.unfit:
        raise Unfit(judge.unfit)
    wrong = ((stream, judge.worst(stream)) for stream in streams)
    name = listener or str(endpoint)
    return [_finding(judge, oracle, name, stream) for stream, oracle in wrong if oracle]


def _finding(judge: Judge, oracle: Oracle, listener: str, stream: Stream) -> Finding:
    """The finding that a stream is, with the rate at which repetitions show it."""
    shown = [judge.violations(stream) for _ in range(REPETITIONS)]
    seen = [(trace, x) for trace, found in shown for x in found if x.oracle is oracle]
    return Finding(
        oracle=oracle,
        endpoint=judge.endpoint,
        listener=listener,
        stream=stream,
        evidence=seen[0][1].evidence if seen else "",
        trace=seen[0][0] if seen else shown[0][0],
        seen=len(seen),
        tried=REPETITIONS,
    )


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
        stream = min(failing, key=size)
        if not self.judge.unfit:
            stream = smallest(stream, lambda simpler: self.verdict(simpler) is oracle)
        return _finding(self.judge, oracle, listener, stream)
