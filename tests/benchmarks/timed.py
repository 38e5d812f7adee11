"""What a command costs, by the clock, by processor, in memory, and in open descriptors."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LOOK_SECONDS = 0.25
_PAGE_MIB = resource.getpagesize() / (1 << 20)


@dataclass(frozen=True)
class Held:
    """What processes hold: MiB resident, open descriptors of all and of that with the most."""

    mebibytes: float = 0.0
    descriptors: int = 0
    of_one: int = 0

    def __add__(self, other: Held) -> Held:
        """Both together."""
        descriptors = self.descriptors + other.descriptors
        of_one = max(self.of_one, other.of_one)
        return Held(self.mebibytes + other.mebibytes, descriptors, of_one)

    def __or__(self, other: Held) -> Held:
        """The most of each."""
        return Held(*map(max, astuple(self), astuple(other)))


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock and of processor time, and the most that was held at once."""

    seconds: float
    processor_seconds: float
    most: Held = Held()
    status: int = 0
    said: str = ""


def timed(
    words: Sequence[str], environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Cost:
    """Run it, with these variables beside ours, and say what it cost."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with subprocess.Popen(
        words,
        env={**os.environ, **(environment or {})},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        over, most = threading.Event(), [Held()]
        watch = threading.Thread(target=_watch, args=(process.pid, over, most))
        watch.start()
        said, _ = process.communicate()
        over.set()
        watch.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.monotonic() - began, used, most[0], process.returncode, said)


def certified(*words: str, descriptors: int = 0) -> Cost:
    """What `waxseal certify` costs; it has to come to a verdict.

    With `descriptors` no process of it may have more of them open.
    """
    command = [sys.executable, "-m", "conformance.cli", "certify", *words]
    if descriptors:
        command = ["sh", "-c", f'ulimit -n {descriptors} && exec "$@"', "sh", *command]
    cost = timed(command, {"PYTHONPATH": str(ROOT)})
    if cost.status not in (0, 1):
        told = f"waxseal certify {' '.join(words)} ended with {cost.status}"
        raise SystemExit(f"{told}\n{cost.said}")
    return cost


def _watch(pid: int, over: threading.Event, most: list[Held]) -> None:
    while not over.wait(_LOOK_SECONDS):
        most[0] |= held(pid)


def held(pid: int) -> Held:
    """What a process and all its descendants hold; memory that they share counts each time."""
    total, place = Held(), Path(f"/proc/{pid}")
    with suppress(OSError, ProcessLookupError):
        resident = int((place / "statm").read_text().split()[1]) * _PAGE_MIB
        descriptors = len(os.listdir(place / "fd"))
        total = Held(resident, descriptors, descriptors)
        for file in place.glob("task/*/children"):
            for child in file.read_text().split():
                total += held(int(child))
    return total


def main() -> int:
    """Certify, and say what it cost; returns the exit status."""
    command = [sys.executable, "-m", "conformance.cli", "certify", *sys.argv[1:]]
    cost = timed(command, {"PYTHONPATH": str(ROOT)})
    told = f"{cost.seconds:.1f} s by the clock, {cost.processor_seconds:.1f} s of processor time"
    print(f"{cost.said}\nmeasured: {told}, {cost.most.mebibytes:.0f} MiB")
    return cost.status


if __name__ == "__main__":
    sys.exit(main())
