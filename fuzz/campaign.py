"""A campaign: many streams at one listener, each kind of violation found made small.

What is said depends on the protocol and the seed alone, never on the clock, nor
on what was answered. The verdict on a stream is taken once and remembered: a
target that changes its mind cannot confuse the search, and shows in the rate of
the finding instead. Where an earlier stream showed the same kind, a further one
is not confirmed: it costs time and tells nothing new.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice

from conformance.harness.capture import Capture, capturing
from conformance.harness.endpoint import Endpoint
from conformance.harness.patience import Patience

from .account import NOBODY, Account
from .control import alone
from .excusing import Excuse, Excuses
from .finding import Finding
from .judge import Judge, Unfit
from .oracles import ALIVE, ORACLES, SEGMENTATION, Oracle, Violation
from .pace import CERTAIN, HURRIED
from .shrink import size, smallest, trimmed
from .strategies import drawn
from .stream import Stream
from .trace import Trace
from .twins import Twins

EXAMPLES = 60
# Hardly a target that answers needs so long for a stream, on the average.
SECONDS_A_STREAM = 1.0
# ... but who keeps back what guesses are answered with, where half of them took no longer.
PATIENCE_WITH_PROGRESS = 4.0
LEAST_SECONDS = 20.0
SHRINKING_TRIES = 150
SHRINKING_SECONDS = 20.0
REPETITIONS = 5
# A repetition that takes longer waits for something, and the next may wait beside it.
SLOW_SECONDS = 1.0
# Failing streams of a kind that are tried for a steady one to make small.
CANDIDATES = 8


class CutShort(Exception):
    """The target took so long that the campaign was not ended; `found` is what it had found."""

    inconclusive = True

    def __init__(self, reason: str, found: list[Finding]) -> None:
        super().__init__(reason)
        self.found = found


def campaign(
    endpoint: Endpoint,
    examples: int = EXAMPLES,
    seconds: float | None = None,
    seed: int = 1,
    *,
    listener: str = "",
    patience: Patience | None = None,
    account: Account = NOBODY,
    excuses: Sequence[Excuse] = (),
    judged_by: Callable[[Judge], object] = bool,
) -> list[Finding]:
    """What random streams bring: see `search`. The same seed says the same streams."""
    said = drawn(endpoint.protocol, seed, endpoint.way)
    return search(
        endpoint,
        said,
        examples,
        seconds,
        listener=listener,
        patience=patience,
        account=account,
        excuses=excuses,
        judged_by=judged_by,
    )


def search(
    endpoint: Endpoint,
    streams: Iterable[Stream],
    examples: int,
    seconds: float | None = None,
    *,
    listener: str = "",
    patience: Patience | None = None,
    account: Account = NOBODY,
    excuses: Sequence[Excuse] = (),
    judged_by: Callable[[Judge], object] = bool,
) -> list[Finding]:
    """At most one finding of each kind, the worst first; those that `excuses` explain behind them.

    Ends after `examples` streams, or when `seconds` have passed if they are
    given. Raises `CutShort` if they are not and the target takes far longer than
    any that answers. Where the upgrade alone does not work, nothing but that is
    tried; raises `Unfit` if no oracle can say what is wrong with it, and when
    nobody listens. `judged_by` is told who judges, before any stream is said.
    """
    judge = Judge(endpoint, patience or Patience(), account)
    judged_by(judge)
    tried = _Search(judge, listener or str(endpoint), excuses)
    if tried.judge.unfit:
        tried.say(iter(dict.fromkeys((Stream(endpoint.protocol), alone(endpoint)))))
        if not tried.failing:
            raise Unfit(tried.judge.unfit)
        return tried.findings()
    limit = max(LEAST_SECONDS, SECONDS_A_STREAM * examples) if seconds is None else seconds
    said = islice(streams, examples)
    in_time = tried.say(said, limit)
    if seconds is None and not in_time and 2 * tried.said >= examples:
        limit *= PATIENCE_WITH_PROGRESS
        in_time = tried.say(said, limit - limit / PATIENCE_WITH_PROGRESS)
    found = tried.findings()
    if seconds is None and not in_time:
        raise CutShort(f"only {tried.said} of {examples} streams in {limit:.0f} s", found)
    return found


def replay(
    endpoint: Endpoint,
    streams: Iterable[Stream],
    *,
    listener: str = "",
    patience: Patience | None = None,
    account: Account = NOBODY,
    excuses: Sequence[Excuse] = (),
    judged_by: Callable[[Judge], object] = bool,
) -> Iterator[Finding]:
    """What known streams bring at a listener: a finding for each that is wrong, as it stands.

    One at a time, so that who knows enough can stop. Where an earlier one showed the same, a
    further one is said once more and not five times: a target that lets us wait does so each
    time. Raises `Unfit` where the upgrade alone does not work.
    """
    judge = Judge(endpoint, patience or Patience(), account)
    judged_by(judge)
    if judge.unfit:
        raise Unfit(judge.unfit)
    known = set[Oracle]()
    name = listener or str(endpoint)
    tried = _Search(judge, name, excuses)
    for stream in streams:
        oracle = judge.worst(stream, CERTAIN, known)
        left = tried.excuses.left(oracle, stream) if oracle else None
        if left:
            tries = 1 if left[0] in known else REPETITIONS
            yield confirmed(judge, left[0], name, left[1], tries=tries)
            known.add(left[0])
    yield from tried.known()


def confirmed(
    judge: Judge,
    oracle: Oracle,
    listener: str,
    stream: Stream,
    note: str = "",
    tries: int = REPETITIONS,
) -> Finding:
    """The finding that a stream is, with the rate at which so many repetitions show it."""
    shown = _repeated(judge, stream, oracle, tries)
    # Packets would tell who reads them the password.
    told = [(trace, found, None if trace.entering else made) for trace, found, made in shown]
    seen = [(trace, x, made) for trace, found, made in told for x in found if x.oracle is oracle]
    if oracle is ALIVE and stream in judge.deadly and not judge.revival:
        trace = judge.deadly[stream]
        seen[:1] = [(trace, Violation(ALIVE, trace.aftermath), None)]
    return Finding(
        oracle=oracle,
        endpoint=judge.endpoint,
        listener=listener,
        stream=stream,
        evidence=seen[0][1].evidence if seen else "",
        trace=seen[0][0] if seen else shown[0][0],
        seen=len(seen),
        tried=tries,
        note=note,
        against=judge.other.endpoint if isinstance(judge, Twins) else None,
        capture=(seen or told)[0][2] or None,
    )


def ended(judge: Judge, stream: Stream) -> tuple[Stream, str]:
    """A stream after which nothing works, without what was not said any more, and a note."""
    if stream in judge.deadly:
        trace = judge.deadly[stream]
        stream = trimmed(stream, trace)
        judge.deadly.setdefault(stream, trace)
    return stream, "not made smaller: new sessions do not work any more"


_Shown = tuple[Trace, list[Violation], Capture]


def _repeated(judge: Judge, stream: Stream, oracle: Oracle, tries: int) -> list[_Shown]:
    """What so many repetitions bring: one by one, or, where the first one waits, the rest at once.

    Never at once where each ends the target, or what it leaves behind is looked at.
    """
    began = time.monotonic()
    first = _captured(judge, stream, oracle)
    slow = time.monotonic() - began > SLOW_SECONDS and not judge.one_at_a_time
    at_once = tries - 1 if slow and oracle is not ALIVE else 1
    with ThreadPoolExecutor(max(at_once, 1)) as pool:
        others = [pool.submit(_captured, judge, stream, oracle) for _ in range(tries - 1)]
        return [first, *(other.result() for other in others)]


def _captured(judge: Judge, stream: Stream, oracle: Oracle) -> _Shown:
    if oracle is ALIVE and judge.revival:
        judge.revival.again()
    with capturing() as capture:
        trace, violations = judge.violations(stream)
    return trace, violations, capture


class _Search:
    """The streams said so far, and those that failed, by the way they did."""

    def __init__(self, judge: Judge, listener: str, excuses: Sequence[Excuse] = ()) -> None:
        self.judge = judge
        self.listener = listener
        self.excuses = Excuses(judge, listener, excuses, self._met)
        self.excused: dict[tuple[Oracle, str], Stream] = {}
        self.failing: dict[Oracle, list[Stream]] = {}
        self.said = 0

    def say(self, streams: Iterator[Stream], seconds: float = float("inf")) -> bool:
        """Judge streams until one ends all sessions; False if the seconds have passed before."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            said = list(islice(streams, self.judge.at_once))
            self.said += len(said)
            for stream in self.judge.suspects(said):
                oracle = self.judge.worst(stream, HURRIED, known=self.failing)
                left = self.excuses.left(oracle, stream) if oracle else None
                if left:
                    self.failing.setdefault(left[0], []).append(left[1])
                if left and left[0] is ALIVE:
                    # What comes after it would seem to have done it.
                    return True
            if not said:
                return True
        return False

    def findings(self) -> list[Finding]:
        """A finding of each kind, the worst first; what repetitions do not show is none."""
        found = [self._finding(x) for x in (*ORACLES, SEGMENTATION) if x in self.failing]
        known = [] if ALIVE in self.failing else self.known()
        return [finding for finding in (*found, *known) if finding.seen]

    def known(self) -> Iterator[Finding]:
        """What excuses explain: one finding for each and each kind, as it stands."""
        for (oracle, reason), stream in self.excused.items():
            finding = confirmed(self.judge, oracle, self.listener, stream, tries=1)
            yield replace(finding, known=reason)

    def _met(self, known: Excuse, oracle: Oracle, stream: Stream) -> None:
        self.excused.setdefault((oracle, known.reason), stream)

    def _finding(self, oracle: Oracle) -> Finding:
        """A stream of a kind, made as small as can be and repeated."""
        stream, note = self._steadiest(oracle), ""
        if ALIVE in self.failing:
            stream, note = ended(self.judge, stream)
        elif not self.judge.unfit:
            stream, note = smallest(
                stream,
                lambda simpler: self.judge.shows(oracle, simpler),
                SHRINKING_TRIES,
                SHRINKING_SECONDS,
            )
        return confirmed(self.judge, oracle, self.listener, stream, note)

    def _steadiest(self, oracle: Oracle) -> Stream:
        """The smallest of its streams that shows it again at once: chance misleads shrinking."""
        first, *others = sorted(self.failing[oracle], key=size)[:CANDIDATES]
        if not others or self.judge.unfit or ALIVE in self.failing:
            return first
        return next((x for x in (first, *others) if self.judge.shows(oracle, x)), first)
