"""The adapter of a product of ours: `python -m conformance.harness.targets.products NAME DIR`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from ...endpoint import Endpoint
from ...visit import several
from ..adapter import NOTHING_SUPPORTED, Answer, read_brief
from ..listening import is_covered, listeners_of
from ..product import LaunchError
from . import TRANSLATORS, program
from .greeting import greets
from .setup import Argv

STOP_SECONDS = 4.0
_PAUSE = 0.05

Child = subprocess.Popen[bytes]


class Over(Exception):
    """SIGTERM came."""


def main(name: str, directory: Path) -> int:
    """Start the product, answer for every listener, stay until SIGTERM. Returns the exit status."""
    signal.signal(signal.SIGTERM, _over)
    translator = TRANSLATORS[name]
    try:
        brief = read_brief(directory)
        run = directory / "product"
        run.mkdir(mode=0o711)
        setup = translator.translate(brief, program(translator), run)
        ready = {answer.listener for answer in setup.answers if answer.ready}
        _tell(answer for answer in setup.answers if not answer.ready)
        if not ready:
            return NOTHING_SUPPORTED
        setup.write(run)
        with ExitStack() as stack:
            for service in setup.beside:
                stack.enter_context(service)
            children = stack.enter_context(_started(setup.processes))
            _wait_until_ready([x.endpoint for x in brief.listeners if x.name in ready], children)
            _tell(answer for answer in setup.answers if answer.ready)
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
            _check(children)
    except Over:
        return 0
    except (LaunchError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
    return 1


def _over(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Over


def _tell(answers: Iterable[Answer]) -> None:
    for answer in answers:
        print(answer.line(), flush=True)


@contextmanager
def _started(commands: Iterable[Argv]) -> Iterator[list[Child]]:
    """The product's processes; what they say goes where our own mistakes go."""
    children: list[Child] = []
    try:
        for argv in commands:
            output = sys.stderr.fileno()
            children.append(subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output))
        yield children
    finally:
        _stop(children)


def _stop(children: Iterable[Child]) -> None:
    """SIGTERM to all of them, and SIGKILL to whoever takes too long."""
    for process in children:
        process.terminate()
    for process in children:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(endpoints: Sequence[Endpoint], children: Sequence[Child]) -> None:
    """Until our processes hold every endpoint, and a client is received there.

    Whoever launched us has the deadline.
    """
    missing = list(endpoints)
    while missing:
        _check(children)
        places = listeners_of(os.getpid())
        held = [x for x in missing if places is None or is_covered(x.host, x.port, places)]
        received = several([lambda x=x: greets(x) for x in held])  # type: ignore[misc]
        there = {x for x, greeted in zip(held, received, strict=True) if greeted}
        missing = [x for x in missing if x not in there]
        if missing:
            _pause(children[0])


def _check(children: Sequence[Child]) -> None:
    """Raises `LaunchError` where one of them has ended."""
    for process in children:
        if process.poll() is not None:
            raise LaunchError(f"it ended with exit status {process.returncode}: {process.args!r}")


def _pause(child: Child) -> None:
    try:
        child.wait(_PAUSE)
    except subprocess.TimeoutExpired:
        return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
