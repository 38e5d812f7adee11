"""A long campaign at one listener: it takes turns, tells kinds apart, and can stop anywhere.

Unlike the short campaign of a run (see `campaign`), this one goes on behind its
first find of an oracle: a failing stream that no known find explains is made small
at once, and is one more find if its kind is new. Streams are drawn in legs, each
from a seed of its own, so that the same seed can go on where it stopped, and so
that several processes can share a campaign out among them.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from conformance.harness.endpoint import Protocol, Way

from .aftermath import aftermath
from .campaign import SHRINKING_SECONDS, SHRINKING_TRIES, SLOW_SECONDS, confirmed, ended
from .excusing import Excuse, Excuses, Met
from .finding import Finding
from .judge import Judge, Unfit
from .kinds import explained, kind_of
from .oracles import ALIVE, Oracle
from .pace import HURRIED
from .shrink import smallest
from .strategies import LEG, drawn
from .stream import Stream

# Kinds of one oracle that are told apart, and streams made small in vain, before it is let be.
MOST_KINDS = 5
MOST_IN_VAIN = 5
# Times as long is a stream made smaller at a target that takes a second over it.
SLOW_FACTOR = 4


class Stopped(Exception):
    """Somebody asked for the end."""


@dataclass
class Stop:
    """Whether somebody asked for the end, which comes in order then."""

    asked: bool = False


@dataclass(frozen=True)
class Part:
    """The share of one of several processes in a campaign: every `of`th leg, from `number` on."""

    number: int = 0
    of: int = 1

    @classmethod
    def of_worker(cls, environment: Mapping[str, str]) -> Part:
        """The share of this process among the workers of pytest-xdist; all of it without."""
        worker = environment.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
        return cls(int(worker), int(environment.get("PYTEST_XDIST_WORKER_COUNT", "1")))


@dataclass
class Known:
    """What is known of one oracle: the streams of its finds, and how often another was sought."""

    streams: list[Stream] = field(default_factory=list)
    in_vain: int = 0

    def full(self, most: int) -> bool:
        """Whether no more are made small: each costs seconds, and most are the same."""
        return len(self.streams) >= most or self.in_vain >= MOST_IN_VAIN


def legs(
    protocol: Protocol,
    seed: int,
    at: int = 0,
    part: Part | None = None,
    way: Way = Way.STARTTLS,
) -> Iterator[Stream]:
    """The streams of a seed for such a listener, from the one numbered `at` on, without end."""
    part = part or Part()
    leg, first = divmod(at, LEG)
    while True:
        number = part.number + part.of * leg
        yield from islice(drawn(protocol, seed, way, number), first, LEG)
        leg, first = leg + 1, 0


class Hunt:
    """The streams of one listener, and what they found.

    `said` counts the drawn ones, those of earlier runs (`at`) included; `ahead` are
    streams that are said first, of which `said_first` have been. `excuses` are known
    deviations, and `met` is told of each stream that one explains. `over` tells why it
    cannot go on, "" while it can.
    """

    def __init__(
        self,
        judge: Judge,
        listener: str,
        seed: int,
        *,
        ahead: Iterable[Stream] = (),
        at: int = 0,
        part: Part | None = None,
        stop: Stop | None = None,
        most_kinds: int = MOST_KINDS,
        excuses: Iterable[Excuse] = (),
        met: Met = lambda *_: None,
        found: Callable[[Finding], None] = lambda _: None,
    ) -> None:
        self.judge = judge
        self.listener = listener
        self.said = at
        self.began_at = at
        self.said_first = 0
        self.failed = 0
        self.over = ""
        self.findings: list[Finding] = []
        self.known: dict[str, Known] = {}
        self._stop = stop or Stop()
        self._most_kinds = most_kinds
        self._found = found
        self._excuses = Excuses(judge, listener, excuses, met)
        # For making a stream small: who waits for each try needs more for as many.
        self._seconds = SHRINKING_SECONDS
        self._ahead = deque(ahead)
        self._drawn = legs(judge.endpoint.protocol, seed, at, part, judge.endpoint.way)

    def hear_of(self, streams: Iterable[Stream]) -> None:
        """Say these, too, before any more are drawn."""
        self._ahead.extend(streams)

    @property
    def ahead(self) -> int:
        """How many streams are still to be said first."""
        return len(self._ahead)

    def remember(self, oracle: str, stream: Stream) -> None:
        """A find of an earlier run: it is not to be found again."""
        self.known.setdefault(oracle, Known()).streams.append(stream)

    def turn(self, seconds: float, most: float = float("inf")) -> None:
        """Say streams for so long, up to `most` drawn ones in all, or until it is over."""
        if gone := aftermath(self.judge.endpoint, self.judge.patience, self.judge.control):
            # No stream of this listener did that.
            self.over = gone
        # Where that took all of the time, nothing would ever be said.
        until = time.monotonic() + seconds
        try:
            self._say(until, most)
        except Unfit as unfit:
            self.over = str(unfit)

    def _say(self, until: float, most: float) -> None:
        while not (self.over or self._stop.asked) and time.monotonic() < until:
            said = self._next(most)
            if not said:
                return
            for stream in self.judge.suspects(said):
                if not self.over:
                    self._judge(stream)

    def _next(self, most: float) -> list[Stream]:
        """The next stream, and some more to say at a time where one alone takes so long."""
        count = self.judge.at_once
        said = [self._ahead.popleft() for _ in range(min(count, len(self._ahead)))]
        self.said_first += len(said)
        more = int(min(count - len(said), max(most - self.said, 0)))
        self.said += more
        return [*said, *islice(self._drawn, more)]

    def _judge(self, stream: Stream) -> None:
        began = time.monotonic()
        oracle = self.judge.worst(stream, HURRIED, known=_Named(self.known))
        slow = time.monotonic() - began > SLOW_SECONDS
        self._seconds = SHRINKING_SECONDS * (SLOW_FACTOR if slow else 1)
        if oracle is None:
            return
        self.failed += 1
        if self._is_found(oracle, stream):
            return
        left = self._excuses.left(oracle, stream)
        if left and (left == (oracle, stream) or not self._is_found(*left)):
            self._settle(*left, fresh=not self.known.get(left[0].name, Known()).streams)

    def _is_found(self, oracle: Oracle, stream: Stream) -> bool:
        """Whether a find explains it, or there have been enough of them."""
        known = self.known.get(oracle.name, Known())
        return known.full(self._most_kinds) or explained(known.streams, stream)

    def _settle(self, oracle: Oracle, stream: Stream, fresh: bool) -> None:
        """Make a failing stream small, and tell of it if its kind is new."""
        if not fresh and not self.judge.shows(oracle, stream):
            return
        known = self.known.setdefault(oracle.name, Known())
        small, note = self._small(oracle, stream)
        if self._excuses.left(oracle, small) is None:
            return
        if kind_of(small) in map(kind_of, known.streams):
            known.in_vain += 1
            return
        finding = confirmed(self.judge, oracle, self.listener, small, note)
        if not finding.seen:
            known.in_vain += 1
            return
        known.streams.append(small)
        self.findings.append(finding)
        self._found(finding)
        if oracle is ALIVE and not self._revived():
            self.over = finding.evidence

    def _revived(self) -> bool:
        return self.judge.revival is not None and self.judge.revival.again()

    def _small(self, oracle: Oracle, stream: Stream) -> tuple[Stream, str]:
        best = stream
        if oracle is ALIVE:
            best, note = ended(self.judge, stream)
            if not self._revived():
                return best, note

        def fails(candidate: Stream) -> bool:
            nonlocal best
            if self._stop.asked:
                raise Stopped
            if not self.judge.shows(oracle, candidate):
                return False
            best = candidate
            return oracle is not ALIVE or self._revived()

        try:
            return smallest(best, fails, SHRINKING_TRIES, self._seconds)
        except Stopped:
            return best, "not the smallest: the campaign was stopped"


class _Named:
    """The oracles of these names."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = names

    def __contains__(self, oracle: object) -> bool:
        return isinstance(oracle, Oracle) and oracle.name in self.names
