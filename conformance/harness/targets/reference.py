"""The reference proxy as a target: nginx's command line, run by our own interpreter."""

from __future__ import annotations

import atexit
import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

from .product import TOOL_SECONDS, LaunchError, Plan, named_software, nginx_options, output_of

# It is installed beside us, and started as a process: nothing of ours imports it.
_ROOT = Path(__file__).resolve().parents[3]


def reference(conf: Path, run: Path, faults: Sequence[str]) -> Plan:
    """The bundled reference proxy, with these faults switched on."""
    command = (sys.executable, "-m", "reference_proxy")
    path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    switches = ("--faults", ",".join(faults)) if faults else ()
    options = (*nginx_options(conf, run, ()), *switches)
    if faults:
        _understood(*_test(path, ("-v", *switches)))
    return Plan(
        named_software(_version(command, path)),
        (*command, *options),
        run / "error.log",
        {"PYTHONPATH": path},
        test=partial(_test, path, ("-t", *options)),
    )


@cache
def _version(command: tuple[str, ...], path: str) -> str:
    """What it says of itself: asked once, since that takes as long as a start."""
    return _understood(*output_of([*command, "-v"], {**os.environ, "PYTHONPATH": path}))


def _understood(status: int, said: str) -> str:
    if status:
        words = said.strip().removeprefix("nginx: ")
        raise LaunchError(f"the reference proxy does not start: {words}")
    return said


_STARTING = threading.Lock()


def _test(path: str, arguments: tuple[str, ...]) -> tuple[int, str]:
    with _STARTING:
        tester = _tester(os.getpid(), path)
    return tester.test(arguments)


@cache
def _tester(pid: int, path: str) -> _Tester:
    """One for each process of ours: those that are forked would read each other's answers."""
    return _Tester(path)


class _Tester:
    """A running `reference_proxy.tester`, which ends when we do."""

    def __init__(self, path: str) -> None:
        self._asking = threading.Lock()
        self._process = subprocess.Popen(
            (sys.executable, "-m", "reference_proxy.tester"),
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        atexit.register(self._end, os.getpid())

    def _end(self, ours: int) -> None:
        if os.getpid() == ours:
            with self._process:
                self._process.kill()

    def test(self, arguments: Sequence[str]) -> tuple[int, str]:
        """Exit status and output of that command line. Raises LaunchError."""
        ask, answer = self._process.stdin, self._process.stdout
        assert ask is not None
        assert answer is not None
        with self._asking:
            try:
                ask.write(json.dumps(arguments).encode() + b"\n")
                ask.flush()
                ready, _, _ = select.select([answer], [], [], TOOL_SECONDS)
                status, words = json.loads(answer.readline()) if ready else (None, "")
            except (OSError, ValueError) as error:
                raise LaunchError(f"the reference's tester ended: {error}") from error
        if status is None:
            self._process.kill()
            raise LaunchError("the reference's tester does not answer")
        return status, words
