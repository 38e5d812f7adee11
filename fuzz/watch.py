"""The target's processes, where they run on this machine: the same ones, and no fatter.

What is looked at is Linux's /proc, after each stream. A process that was replaced has
died. Descriptors and memory may grow for good reasons, once; so when they have not
come back, the stream is said several times more, and only what grows with it counts.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.harness.endpoint import Endpoint
from conformance.harness.patience import Deadline, Patience
from conformance.harness.wire import Unreachable

from .account import NOBODY, Account
from .control import alone
from .executor import run
from .judge import Judge
from .oracles.oracle import Oracle, Severity, Violation
from .pace import HURRIED, UNHURRIED, Pace
from .stream import Stream
from .trace import Trace

# How often a stream is said again to see what grows, and how many plain sessions a target gets
# to let go of what it holds.
AGAIN = 10
SESSIONS = 20
# What may stay behind, once: descriptors, and octets of memory.
SLACK = 3
SPARE_MEMORY = 32 * 1024 * 1024
# Seconds between looks where only time helps.
_PAUSE = 0.05
_PAGE = os.sysconf("SC_PAGE_SIZE")


def _unused(stream: Stream, trace: Trace, control: Trace) -> str | None:
    raise AssertionError("what a process does is not in a trace")


def _oracle(name: str) -> Oracle:
    return Oracle(name, "stream.still_alive", Severity.HIGH, "availability", _unused)


SAME, DESCRIPTORS, MEMORY = map(
    _oracle, ("same_process", "descriptors_come_back", "memory_comes_back")
)
WASTEFUL = frozenset({DESCRIPTORS, MEMORY})
"""Each time that one of these is shown, the target has less left."""


@dataclass(frozen=True)
class Look:
    """The processes as (pid, start time), their descriptors and octets of memory in all."""

    processes: frozenset[tuple[int, str]]
    descriptors: int
    memory: int


def look(pid: int, proc: Path = Path("/proc")) -> Look:
    """A process and its descendants; none where they are gone or not ours to look at."""
    processes, descriptors, memory = set[tuple[int, str]](), 0, 0
    for each in _family(proc, pid):
        try:
            stat = (proc / f"{each}/stat").read_text().rpartition(")")[2].split()
            if stat[0] == "Z":
                continue
            held = len(os.listdir(proc / f"{each}/fd"))
            pages = int((proc / f"{each}/statm").read_text().split()[1])
        except OSError:
            continue
        processes.add((each, stat[19]))
        descriptors += held
        memory += pages * _PAGE
    return Look(frozenset(processes), descriptors, memory)


def _family(proc: Path, pid: int) -> Iterator[int]:
    yield pid
    try:
        children = (proc / f"{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _family(proc, int(child))


class Watched(Judge):
    """Judges by what the target's processes do, too. `pid` is the first of them."""

    one_at_a_time = True

    def __init__(
        self, endpoint: Endpoint, patience: Patience, pid: int, account: Account = NOBODY
    ) -> None:
        super().__init__(endpoint, patience, account)
        self.pid = pid
        self._before = look(pid)
        self._revived = 0
        # A stream that leaves little behind shows only if it is said again: looked for once that
        # something was found to grow, since it takes long.
        self._suspicious = False

    def violations(self, stream: Stream, pace: Pace = UNHURRIED) -> tuple[Trace, list[Violation]]:
        """As any judge's; what became of the processes comes first."""
        trace, found = super().violations(stream, pace)
        certain = self._suspicious and pace != HURRIED
        # What is held for as long as an answer may take, as behind a wrong login, is let go then.
        seconds = self.patience.answer * self.patience.factor if pace == UNHURRIED else 0.0
        return trace, [*self._aftereffect(stream, certain, seconds), *found]

    def suspects(self, streams: Sequence[Stream]) -> list[Stream]:
        """As any judge's; where the processes have changed, all of them."""
        seen = super().suspects(streams)
        now = look(self.pid)
        changed = self._before.processes - now.processes or _grown(self._before, now)
        return list(streams) if changed else seen

    def _first_look(self, stream: Stream) -> list[Violation]:
        return super().violations(stream, HURRIED)[1]

    def _aftereffect(self, stream: Stream, certain: bool, seconds: float) -> list[Violation]:
        if self.revival and self.revival.times != self._revived:
            # Started again on purpose, perhaps for another listener.
            self._revived, self.pid = self.revival.times, self.revival.pid
            self._before = look(self.pid)
        before, now = self._before, look(self.pid)
        if lost := before.processes - now.processes:
            self._before = now
            pids = ", ".join(str(pid) for pid, _ in sorted(lost))
            return [Violation(SAME, f"process {pids} is gone after the stream")]
        if not certain:
            if not _grown(before, now):
                return []
            now = self._settled(before)
            if not _grown(before, now):
                return []
        self._repeat(lambda: self.play(stream, UNHURRIED))
        self._before = later = self._settled(now, seconds)
        more = later.descriptors - now.descriptors
        octets = later.memory - now.memory
        self._suspicious |= more >= AGAIN // 2 or octets >= SPARE_MEMORY
        if more >= AGAIN // 2:
            return [Violation(DESCRIPTORS, f"{more} descriptors more after {AGAIN} times")]
        if octets >= SPARE_MEMORY:
            told = f"{octets // 2**20} MiB more after {AGAIN} times"
            return [Violation(MEMORY, told)]
        return []

    def _settled(self, wanted: Look, seconds: float = 0.0) -> Look:
        """How it is when it has had time to let go: plain sessions give it, and these seconds."""
        ordinary, sessions = alone(self.endpoint), 0
        deadline = Deadline.after(seconds)
        while _grown(wanted, now := look(self.pid)) and (sessions < SESSIONS or deadline.left()):
            if sessions >= SESSIONS:
                threading.Event().wait(_PAUSE)
            self._repeat(lambda: run(ordinary, self.endpoint, self.patience), 1)
            sessions += 1
        return now

    def _repeat(self, play: Callable[[], Trace], times: int = AGAIN) -> None:
        for _ in range(times):
            try:
                play()
            except Unreachable:
                # The next stream finds that out.
                return


def _grown(before: Look, now: Look) -> bool:
    more = now.descriptors - before.descriptors
    return more > SLACK or now.memory - before.memory > SPARE_MEMORY
