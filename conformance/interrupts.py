"""SIGINT, SIGTERM by which CI systems end a job, and SIGHUP of a terminal that is closed.

A run ends in order, and reports that.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

# Whose handler we replace; any other is somebody's who knows better (as nohup is of SIGHUP).
_DEFAULTS = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGHUP: signal.SIG_DFL,
}
# What is importing a module has a frame of such a file on the stack.
_IMPORTING = "<frozen importlib"
# It leaves a file behind, of which nobody else knows, where it is interrupted.
_TEMPORARY = "tempfile"
# pytest as a program, and as a module.
_PROGRAMS, _MODULE = ("pytest", "py.test"), ("pytest", "__main__.py")


class Interrupts:
    """What a run has heard of them.

    The first one raises KeyboardInterrupt; from then on the run ends, which does not take
    long, and further ones change nothing. `asked`: there was one. `ending`: none counts any
    more, since the end has begun.
    """

    def __init__(self) -> None:
        self.asked = self.ending = False

    def hear(self, frame: FrameType | None = None) -> None:
        """One came, while `frame` ran. Raises KeyboardInterrupt at the first.

        Where a module is being imported, once it is there: who reports the interrupt may need
        it, and of one that is there by half Python makes no whole one any more. Where a temporary
        file is being made, once its maker can take it away.
        """
        if self.asked or self.ending:
            return
        self.asked = True
        unfinished = _unfinished(frame)
        if unfinished is None:
            raise KeyboardInterrupt
        _interrupt_behind(unfinished)

    def check(self) -> None:
        """Raise it again where somebody has swallowed it, as what collects garbage does."""
        if self.asked and not self.ending:
            raise KeyboardInterrupt


def _unfinished(frame: FrameType | None) -> FrameType | None:
    """The outermost call that must come to its end first."""
    found = None
    while frame is not None:
        importing = frame.f_code.co_filename.startswith(_IMPORTING)
        if importing or frame.f_globals.get("__name__") == _TEMPORARY:
            found = frame
        frame = frame.f_back
    return found


def _interrupt_behind(unfinished: FrameType) -> None:
    """Raise KeyboardInterrupt when that frame returns."""

    def called(frame: FrameType, event: str, _: object) -> None:
        if frame is unfinished and event == "return":
            sys.setprofile(None)
            raise KeyboardInterrupt

    # Who has a profiler is interrupted by `check`.
    if sys.getprofile() is None:
        sys.setprofile(called)


@contextmanager
def heard(tell: Callable[[FrameType | None], None], *, last: bool = False) -> Iterator[None]:
    """Have these signals call this meanwhile, where nobody else has a handler for them.

    `last`: behind it all is written, and the process but ends: there none of them counts any
    more, unless the process is more than a run of pytest's, and goes on.
    """
    alone = threading.current_thread() is threading.main_thread()
    now = {number: signal.getsignal(number) for number in _DEFAULTS if alone}
    before = {number: handler for number, handler in now.items() if handler is _DEFAULTS[number]}
    for number in before:
        signal.signal(number, lambda _, frame: tell(frame))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if last and _is_pytest_s() else handler)


def _is_pytest_s() -> bool:
    program = Path(sys.argv[0])
    return program.name in _PROGRAMS or program.parts[-2:] == _MODULE
