"""Scenarios on a target that we started are run a little ahead of pytest: their waits overlap.

A third party gets one visit after the other: several at once might meet its
limits on connections, and would not be polite.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import pytest

from conformance.plugin.state import AHEAD, OUTCOME

if TYPE_CHECKING:
    from conformance.ahead import Ahead, Errand
    from conformance.applicability import Situation
    from conformance.run import Run


def run_ahead(items: list[pytest.Item], run: Run) -> Ahead:
    """Start on the scenarios among the tests; the caller stops it."""
    from conformance.ahead import Ahead

    return Ahead(_errands(items, run) if run.suite.running else ())


def _errands(items: list[pytest.Item], run: Run) -> Iterator[tuple[str, Errand]]:
    """The scenarios that need no fixture but ours, and no quiet around them (`RUNS_ALONE`)."""
    from conformance.ahead import Errand
    from conformance.visitor import Visitor

    for item in items:
        if not isinstance(item, pytest.Function) or not item.get_closest_marker("requirement"):
            continue
        situation = cast("Situation", item.callspec.params["situation"])
        visitor = Visitor(run.suite, situation)
        ours = {"visit": visitor, "kit": situation.cast, "listener": situation.listener}
        names = item._fixtureinfo.argnames
        if set(names) <= ours.keys() and not getattr(item.module, "RUNS_ALONE", False):
            yield item.nodeid, Errand(item.obj, {name: ours[name] for name in names}, visitor.seen)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Where a scenario has run ahead, its outcome is taken for the call."""
    ahead = pyfuncitem.config.stash.get(AHEAD, None)
    outcome = ahead.outcome(pyfuncitem.nodeid) if ahead else None
    if outcome is None:
        return None
    pyfuncitem.stash[OUTCOME] = outcome
    if outcome.error is not None:
        raise outcome.error
    return True
