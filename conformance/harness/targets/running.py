"""A product while it runs: a process that cannot outlive the suite."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from .product import LaunchError, Plan

STOP_SECONDS = 5.0
LOG_TAIL = 64 * 1024
ANSWERS_LIMIT = 4 * 1024 * 1024

# Leads the product's process group. When its input ends, because we closed it or
# because the suite is gone, it kills the group: the product, workers that lost
# their master, and itself. (A death signal set in the child would need code
# between fork and exec, and would fire when the launching *thread* ends.)
_WATCHDOG = ("/bin/sh", "-c", "read _; kill -KILL 0")


class Running:
    """A started product. A context manager that stops it.

    `software` is what it calls itself (`nginx/1.22.1`), `launched` the name it
    was asked for by, `pid` its first process. `run` is its private directory,
    which is removed on stopping.
    """

    def __init__(self, launched: str, plan: Plan, run: Path) -> None:
        self.launched = launched
        self.software = plan.software
        self.run = run
        self._error_log = plan.error_log
        self._answers = plan.answers
        self._watchdog = subprocess.Popen(
            _WATCHDOG,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        try:
            told = plan.answers or run / "output"
            with (run / "output").open("ab") as output, told.open("ab") as answers:
                self._child = subprocess.Popen(
                    plan.argv,
                    env=plan.full_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=answers if plan.answers else output,
                    stderr=output,
                    process_group=self._watchdog.pid,
                )
        except OSError as error:
            self._kill_group()
            raise LaunchError(f"cannot run {plan.argv[0]}: {error}") from error
        self.pid = self._child.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def alive(self) -> bool:
        """True while the first process runs."""
        return self._child.poll() is None

    def died_within(self, seconds: float) -> bool:
        """Wait so long for the first process to end; True if it did."""
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def log(self) -> str:
        """The end of the error log (at most 64 KiB), or "" when there is none."""
        return _tail(self._error_log)

    def output(self) -> str:
        """The end of what it printed (at most 64 KiB)."""
        return _tail(self.run / "output")

    def answers(self) -> list[str]:
        """The whole lines that an adapter has printed so far (of at most 4 MiB)."""
        if self._answers is None:
            return []
        with self._answers.open("rb") as stream:
            told = stream.read(ANSWERS_LIMIT)
        return told[: told.rfind(b"\n") + 1].decode("utf-8", "replace").splitlines()

    def obituary(self) -> str:
        """In one line how it ended of itself, "" while it runs."""
        if self.alive():
            return ""
        words = self.output().strip().splitlines()[-1:]
        return f"it ended with exit status {self._child.returncode}: {' '.join(words)}"

    @property
    def status(self) -> int | None:
        """The exit status of the first process, None while it runs."""
        return self._child.poll()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL to what is left after `STOP_SECONDS`; waits. Idempotent."""
        if self.alive():
            self._child.terminate()
            self.died_within(STOP_SECONDS)
        self._kill_group()
        self._child.kill()
        self._child.wait()
        shutil.rmtree(self.run, ignore_errors=True)

    def _kill_group(self) -> None:
        assert self._watchdog.stdin is not None
        self._watchdog.stdin.close()
        self._watchdog.wait()


def private_directory(within: Path | None) -> Path:
    """A new directory for one run, which nobody else can read, in another one if that is given."""
    return Path(tempfile.mkdtemp(prefix="waxseal-", dir=within))


def _tail(file: Path) -> str:
    with suppress(FileNotFoundError), file.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - LOG_TAIL))
        return stream.read().decode("utf-8", "replace")
    return ""
