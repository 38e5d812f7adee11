"""Commands of ours in processes that need not import what others wrote, since a fork has it.

There are hundreds of them, and most of what a short one does is to import. Each is a process of
its own, with an environment, a directory and standard streams of its own, as if it were started;
that it can be started is shown by those which are (`Commands.start`, `tests.reader`).
"""

from __future__ import annotations

import atexit
import contextlib
import json
import math
import multiprocessing
import os
import resource
import runpy
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import NoReturn

# Not what pytest rewrites when it imports it, and nothing that looks around as it is imported.
PRELOADED = (
    "pytest", "hypothesis.strategies", "_hypothesis_pytestplugin", "crossplane", "tlslite.api",
    "cryptography.x509.verification", "conformance.run", "conformance.prepare",
    "conformance.mutants.bench", "conformance.inference.survey", "conformance.rejudging.again",
    "conformance.report.write", "fuzz.command", "fuzz.replaying",
)  # fmt: skip
_FORKED = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload([*PRELOADED])


# Whoever starts one looks whether others have ended, and an end can be read but once.
_STARTING = threading.Lock()


@dataclass(frozen=True)
class Ended:
    """How a command ended; what it and its children took, infinite if it could not say so."""

    status: int
    out: bytes
    err: bytes
    processor_seconds: float
    megabytes: float


def run(
    module: str, words: Sequence[str], environment: Mapping[str, str], place: Path, streams: Path,
    seconds: float,
) -> Ended:  # fmt: skip
    """How `python -m module words` ends, and what it prints. It is ended after so many seconds.

    What it prints stays in `out` and `err` below `streams`, what it took in `used`.
    """
    process = _FORKED.Process(
        target=_become, args=(module, [*words], dict(environment), str(place), str(streams))
    )
    with _STARTING:
        process.start()
    wait([process.sentinel], seconds)
    with _STARTING:
        process.kill()
        process.join()
        status = process.exitcode
        process.close()
    assert status is not None
    used = streams / "used"
    took = json.loads(used.read_text()) if used.exists() else (math.inf, math.inf)
    return Ended(status, *((streams / name).read_bytes() for name in ("out", "err")), *took)


def _become(
    module: str, words: list[str], environment: dict[str, str], place: str, streams: str
) -> None:
    for number, name in enumerate((os.devnull, f"{streams}/out", f"{streams}/err")):
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC if number else os.O_RDONLY
        os.dup2(os.open(name, flags, 0o600), number)
    os.chdir(place)
    os.execve = _go_on_as  # type: ignore[assignment]
    status = _main(module, words, environment)
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    Path(streams, "used").write_text(json.dumps(_used()))
    os._exit(status)


def _used() -> tuple[float, float]:
    """Seconds of processor time and megabytes at most, of this process and its children."""
    all_ = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return (
        sum(one.ru_utime + one.ru_stime for one in all_),
        max(one.ru_maxrss for one in all_) / 1024,
    )


def _go_on_as(program: str, command: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """What `certify` does to become pytest."""
    assert (program, command[1]) == (sys.executable, "-m")
    raise SystemExit(_main(command[2], command[3:], environment))


def _main(module: str, words: Sequence[str], environment: Mapping[str, str]) -> int:
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module, *words]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as leaving:
        match leaving.code:
            case None:
                return 0
            case int(status):
                return status
            case words_:
                print(words_, file=sys.stderr)
                return 1
    finally:
        atexit._run_exitfuncs()
    return 0
