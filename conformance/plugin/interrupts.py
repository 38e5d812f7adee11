"""SIGINT, and SIGTERM by which CI systems end a job: a run ends in order, and reports that."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

# Whose handler we replace; any other is somebody's who knows better.
_DEFAULTS = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}


class Interrupts:
    """What a run has heard of them.

    The first one raises KeyboardInterrupt; from then on the run ends, which does not take
    long, and further ones change nothing. `asked`: there was one. `ending`: none counts any
    more, since the end has begun.
    """

    def __init__(self) -> None:
        self.asked = self.ending = False

    def hear(self) -> None:
        """One came. Raises KeyboardInterrupt at the first."""
        if not self.asked and not self.ending:
            self.asked = True
            raise KeyboardInterrupt

    def check(self) -> None:
        """Raise it again where somebody has swallowed it, as what collects garbage does."""
        if self.asked and not self.ending:
            raise KeyboardInterrupt


INTERRUPTS: pytest.StashKey[Interrupts] = pytest.StashKey()


@contextmanager
def heard(tell: Callable[[], None]) -> Iterator[None]:
    """Have both signals call this meanwhile, where nobody else has a handler for them."""
    alone = threading.current_thread() is threading.main_thread()
    now = {number: signal.getsignal(number) for number in _DEFAULTS if alone}
    before = {number: handler for number, handler in now.items() if handler is _DEFAULTS[number]}
    for number in before:
        signal.signal(number, lambda *_: tell())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Begin no test after an interrupt."""
    interrupts = item.config.stash.get(INTERRUPTS, None)
    if interrupts is not None:
        interrupts.check()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """What was to be judged is judged, or given up: reports are written now, undisturbed."""
    interrupts = session.config.stash.get(INTERRUPTS, None)
    if interrupts is not None:
        interrupts.ending = True
    return (yield)
