"""What a command costs, by the clock, by processor, and in memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LOOK_SECONDS = 0.25
_PAGE_MIB = resource.getpagesize() / (1 << 20)


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock and of processor time, and the most MiB resident at once."""

    seconds: float
    processor_seconds: float
    mebibytes: float
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
        over, most = threading.Event(), [0.0]
        watch = threading.Thread(target=_watch, args=(process.pid, over, most))
        watch.start()
        said, _ = process.communicate()
        over.set()
        watch.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.monotonic() - began, used, most[0], process.returncode, said)


def certified(*words: str) -> Cost:
    """What `waxseal certify` costs; it has to come to a verdict."""
    environment = {"PYTHONPATH": str(ROOT)}
    cost = timed([sys.executable, "-m", "conformance.cli", "certify", *words], environment)
    if cost.status not in (0, 1):
        told = f"waxseal certify {' '.join(words)} ended with {cost.status}"
        raise SystemExit(f"{told}\n{cost.said}")
    return cost


def _watch(pid: int, over: threading.Event, most: list[float]) -> None:
    while not over.wait(_LOOK_SECONDS):
        most[0] = max(most[0], resident(pid))


def resident(pid: int) -> float:
    """MiB of a process and all its descendants; what they share counts each time."""
    total = 0.0
    with suppress(OSError, ProcessLookupError):
        total = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_MIB
        children = Path(f"/proc/{pid}/task").glob("*/children")
        for child in [child for file in children for child in file.read_text().split()]:
            total += resident(int(child))
    return total


def main() -> int:
    """Certify, and say what it cost; returns the exit status."""
    command = [sys.executable, "-m", "conformance.cli", "certify", *sys.argv[1:]]
    cost = timed(command, {"PYTHONPATH": str(ROOT)})
    told = f"{cost.seconds:.1f} s by the clock, {cost.processor_seconds:.1f} s of processor time"
    print(f"{cost.said}\nmeasured: {told}, {cost.mebibytes:.0f} MiB")
    return cost.status


if __name__ == "__main__":
    sys.exit(main())
