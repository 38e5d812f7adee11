"""Runs of their own for many targets, a few at once, each of them a process."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from conformance.fleet.member import Member
from conformance.offspring import group_of_ours

# A run takes some ninety megabytes and half a core: it waits for its target otherwise.
MOST_AT_ONCE = 4
# By them a target could be named once more.
_WHOM = ("WAXSEAL_TARGET", "WAXSEAL_TARGETS", "WAXSEAL_LAUNCH", "WAXSEAL_FAULTS")


@dataclass(frozen=True)
class Ended:
    """A member's run that is over. `said` is all that it printed, `report` its JSON report.

    There is no file at `report` where there was nobody to judge.
    """

    member: Member
    status: int
    said: str
    report: Path
    seconds: float


def at_once() -> int:
    """How many runs there are at the same time: two on each core."""
    return min(MOST_AT_ONCE, 2 * len(os.sched_getaffinity(0)))


class Running:
    """Judges members; `command` makes a member's command line, given where its report goes."""

    def __init__(self, command: Callable[[Member, Path], Sequence[str]]) -> None:
        self._command = command
        self._processes: dict[Member, subprocess.Popen[bytes]] = {}
        # Held while a run is started: an interrupt finds it among the processes, or prevents it.
        self._starting = threading.RLock()
        self.interrupted = False

    def interrupt(self) -> None:
        """End those that run, in order, and start no other; for a handler of signals, too."""
        with self._starting:
            first, self.interrupted = not self.interrupted, True
            for process in list(self._processes.values()) if first else ():
                process.send_signal(signal.SIGINT)

    def all(self, members: Sequence[Member], most: int, directory: Path) -> Iterator[Ended]:
        """Every member's run as it ends, `most` at once, none beside one that has a key of its.

        What they say and write goes into the directory.
        """
        pending, under_way = list(members), dict[Future[Ended | None], Member]()
        with ThreadPoolExecutor(most) as pool:
            while pending or under_way:
                while len(under_way) < most and (ready := _next(pending, under_way.values())):
                    pending.remove(ready)
                    under_way[pool.submit(self._judge, ready, directory)] = ready
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in done:
                    del under_way[future]
                    if ended := future.result():
                        yield ended

    def _judge(self, member: Member, directory: Path) -> Ended | None:
        """The member's run, None after an interrupt."""
        began = time.monotonic()
        report = directory / f"{member.name}.json"
        words = self._command(member, report)
        with open(directory / f"{member.name}.txt", "w+b") as printed, group_of_ours() as group:
            with self._starting:
                if self.interrupted:
                    return None
                process = self._processes[member] = subprocess.Popen(
                    words,
                    stdin=subprocess.DEVNULL,
                    stdout=printed,
                    stderr=subprocess.STDOUT,
                    env=_environment(os.environ),
                    # An interrupt at the keyboard reaches us, and through us each of them once.
                    process_group=group,
                )
            status = process.wait()
            del self._processes[member]
            printed.seek(0)
            said = printed.read().decode("utf-8", "replace")
        return Ended(member, status, said, report, time.monotonic() - began)


def _next(pending: Sequence[Member], under_way: Iterable[Member]) -> Member | None:
    """The first that may be judged beside those."""
    busy = {key for member in under_way for key in member.keys}
    return next((member for member in pending if not member.keys & busy), None)


def _environment(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in _WHOM}
