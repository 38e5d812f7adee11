"""A run that is interrupted at an event of its own, and what is left of it."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOOK = Path(__file__).with_name("interrupting")
# A run that has not ended so long after its interrupt hangs.
HANGS_SECONDS = 300.0
# What was killed together with a run is gone soon, and so is what tidies up behind it.
GONE_SECONDS = 10.0
_PAUSE = 0.02
_PR_SET_CHILD_SUBREAPER = 36
INTERRUPTED = 2
# How an interrupted run may end that had not begun: as Python does of such a signal, too.
UNHEARD = (INTERRUPTED, -signal.SIGINT, -signal.SIGTERM, -signal.SIGHUP)
REPORT = "report.json"


@dataclass(frozen=True)
class Step:
    """A signal at the `nth` event of a kind ("*": any) since the step before, `calls` later."""

    event: str
    nth: int
    calls: int = 0
    signal: int = signal.SIGINT

    def __str__(self) -> str:
        name = signal.Signals(self.signal).name
        return f"{name} at {self.event} {self.nth}" + (f" + {self.calls}" if self.calls else "")


@dataclass(frozen=True)
class Outcome:
    """What became of a run: `wrong` says what is not as it should be, a line each."""

    status: int
    events: list[str]
    said: str
    wrong: list[str] = field(default_factory=list)


def adopt() -> None:
    """From now on orphans of processes that we start are our children: none escapes a look."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def run(place: Path, words: Sequence[str], steps: Sequence[Step] = ()) -> Outcome:
    """Run that command line in the new directory `place`, with these signals; and look.

    `adopt` must have been called.
    """
    others = set(_children())
    for name in ("plan", "tmp", "here"):
        (place / name).mkdir(parents=True)
    plan = [[x.event, x.nth, x.calls, int(x.signal)] for x in steps]
    (place / "plan" / "plan").write_text(json.dumps(plan))
    with (place / "said").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=place / "here",
            env=_environment(place),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        hangs = _ends(process)
    early = process.returncode in UNHEARD and process.returncode != INTERRUPTED
    left = list(_left(place, others, early))
    events = (place / "plan" / "events").read_text().splitlines()
    told = (place / "said").read_text("utf-8", "replace")
    if "--report" in words:
        told_wrong = _misreported(place, process.returncode, bool(steps), events)
    else:
        told_wrong = _misended(process.returncode, bool(steps))
    wrong = [*hangs, *left, *told_wrong]
    return Outcome(process.returncode, events, told, wrong)


def _environment(place: Path) -> dict[str, str]:
    ours = ("WAXSEAL_", "PYTEST_", "HYPOTHESIS_", "COV_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    return kept | {
        "PYTHONPATH": os.pathsep.join([str(HOOK), str(ROOT)]),
        "INTERRUPTION": str(place / "plan"),
        "XDG_CACHE_HOME": str(place / "cache"),
        "TMPDIR": str(place / "tmp"),
    }


def _ends(process: subprocess.Popen[bytes]) -> list[str]:
    try:
        process.wait(HANGS_SECONDS)
        return []
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return [f"it still ran after {HANGS_SECONDS:.0f} s"]


def _left(place: Path, others: Set[int], early: bool) -> Iterator[str]:
    """What is left behind: processes, which alone hold ports, and files.

    `early`: a signal ended it before anybody heard it; then Python may have been trying where
    temporary files can be, and have left the one with which it did.
    """
    until = time.monotonic() + GONE_SECONDS
    while (processes := set(_children()) - others) or any((place / "tmp").iterdir()):
        if time.monotonic() > until:
            break
        time.sleep(_PAUSE)
    for pid in processes:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
        yield f"a process: {words.decode('utf-8', 'replace')}"
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    files = [path.name for path in (place / "tmp").iterdir()]
    yield from (f"a file: {name}" for name in files if not early or name.startswith("waxseal-"))
    strange = [x.name for x in (place / "here").iterdir() if x.name != REPORT]
    yield from (f"a file beside the report: {name}" for name in strange)


def _children() -> list[int]:
    """Our children, those that have ended put to rest."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    found = Path("/proc/self/task").glob("*/children")
    return [int(pid) for file in found for pid in file.read_text().split()]


def _misended(status: int, interrupted: bool) -> Iterator[str]:
    """Where there is no report. One that comes too late changes nothing."""
    if status and not (interrupted and status in UNHEARD):
        yield f"exit status {status}"


def _misreported(
    place: Path, status: int, interrupted: bool, events: Sequence[str]
) -> Iterator[str]:
    """How exit status and report disagree with what happened."""
    path = place / "here" / REPORT
    if not path.exists():
        if any(x.startswith(("tempfile.mkdtemp", "os.fork")) for x in events):
            yield f"exit status {status}, and no report, though it had begun"
        elif status not in UNHEARD:
            yield f"exit status {status}, and no report"
        return
    report = json.loads(path.read_text())
    says = (report["interrupted"], report["exit_status"])
    if status != says[1] or (says[0] and not interrupted):
        yield f"exit status {status}, and the report says {says}"
    if says[0] != (says[1] == INTERRUPTED):
        yield f"the report says interrupted: {says[0]}, exit status: {says[1]}"
