"""An interrupt of a run: no test is begun behind it, and reports are written undisturbed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.interrupts import Interrupts

INTERRUPTS: pytest.StashKey[Interrupts] = pytest.StashKey()


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
