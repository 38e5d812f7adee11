"""A scenario on a listener as an item of pytest's.

There are thousands of them and none takes a fixture but ours, so each is run
and reported on directly, without pytest's set-up and tear-down of a function.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import FunctionType
from typing import TYPE_CHECKING, Any

import pytest

from conformance.plugin.expected_warnings import ignored
from conformance.plugin.state import AHEAD, MISUSE, RUN, run_of
from conformance.plugin.verdicts import attach
from conformance.reproduce import command

if TYPE_CHECKING:
    from conformance.ahead import Ahead
    from conformance.applicability import Situation
    from conformance.report.results import Check
    from conformance.requirements.catalogue import Requirement
    from conformance.run import Run

GIVEN = frozenset({"visit", "kit", "listener"})
_MARK = "requirement"
_REACHES_PYTEST = (KeyboardInterrupt, pytest.exit.Exception)


class Scenario(pytest.Item):
    """One scenario on one listener; `check` is what became of it."""

    def __init__(
        self, *, obj: FunctionType, requirement: Requirement, situation: Situation, **rest: Any
    ) -> None:
        super().__init__(**rest)
        self.obj = obj
        self.requirement = requirement
        self.situation = situation
        self.check: Check | None = None
        # What sorts and shuffles tests goes by their modules.
        self.module = getattr(self.parent, "obj", None)

    def reportinfo(self) -> tuple[Any, int, str]:
        """Where the scenario stands."""
        return self.path, self.obj.__code__.co_firstlineno - 1, self.name

    def runtest(self) -> None:
        """Judge; raises AssertionError where the check does not let the run pass."""
        from conformance.verdict import Verdict

        self.check = check = self._judged()
        if check.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR):
            raise AssertionError(check.reason or f"{check.expected}; observed {check.observed}")

    def judge(self) -> Check:
        """The check, made now in this process."""
        from conformance.judge import judge

        suite = self.config.stash[RUN].suite
        return judge(suite, self.obj, self.requirement, self.situation)

    def _judged(self) -> Check:
        ahead = self.config.stash.get(AHEAD, None)
        if ahead is None or not ahead.knows(self.nodeid):
            return self.judge()
        from conformance.ahead import Lost
        from conformance.judge import blank

        try:
            return ahead.outcome(self.nodeid)
        except Lost as error:
            return blank(self.requirement, self.situation, reason=str(error))


def pytest_pycollect_makeitem(
    collector: pytest.Module | pytest.Class, name: str, obj: object
) -> list[pytest.Item] | None:
    """An item for each listener on which a scenario's requirement arises."""
    marks = getattr(obj, "pytestmark", ()) if isinstance(obj, FunctionType) else ()
    mark = next((mark for mark in marks if mark.name == _MARK), None)
    if mark is None or not isinstance(collector, pytest.Module):
        return None
    assert isinstance(obj, FunctionType)
    try:
        requirement = _requirement(f"{collector.nodeid}::{name}", obj, mark)
        situations = run_of(collector.config).applicable(requirement, mark.args[1:])
    except pytest.UsageError as error:
        collector.config.stash.setdefault(MISUSE, str(error))
        return []
    return list(_items(collector, name, obj, marks, requirement, situations))


def _requirement(where: str, function: FunctionType, mark: pytest.Mark) -> Requirement:
    from conformance.judge import arguments
    from conformance.requirements.catalogue import catalogue

    if odd := set(arguments(function)) - GIVEN:
        raise pytest.UsageError(
            f"{where}: a scenario takes visit, kit and listener, not {', '.join(sorted(odd))}"
        )
    identifier = mark.args[0] if mark.args else None
    if identifier not in catalogue():
        raise pytest.UsageError(f"{where}: no requirement {identifier!r} in the catalogue")
    return catalogue()[identifier]


def _items(
    collector: pytest.Module,
    name: str,
    obj: FunctionType,
    marks: Iterable[pytest.Mark],
    requirement: Requirement,
    situations: Iterable[Situation],
) -> Iterable[pytest.Item]:
    for situation in situations:
        named = f"{name}[{situation.listener.name}]"
        item: Scenario = Scenario.from_parent(
            collector,
            name=named,
            # Said outright: newer pytests take a bracket in a bare name for no parameter.
            nodeid=f"{collector.nodeid}::{named}",
            obj=obj,
            requirement=requirement,
            situation=situation,
        )
        item.own_markers.extend(marks)
        yield item


def judge_ahead(items: Iterable[pytest.Item], run: Run) -> Ahead[Check]:
    """Start on the scenarios among the tests: on a target that we started, several at once.

    A third party gets one visit after the other: several might meet its limits
    on connections, and would not be polite.
    """
    from conformance.ahead import Ahead, Errand, processes

    scenarios = [item for item in items if isinstance(item, Scenario)]
    count = processes() if run.suite.running and len(scenarios) > 1 else 0
    errands = (Errand(x.nodeid, x.situation.listener.name, x.judge) for x in scenarios)
    with ignored():
        return Ahead(errands, count)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    """Run a scenario and report on it; any other test is pytest's."""
    if not isinstance(item, Scenario):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    call = pytest.CallInfo.from_call(item.runtest, "call", _REACHES_PYTEST)
    if item.check is not None:
        _record(item, item.check)
    report = _report(item, call)
    item.ihook.pytest_runtest_logreport(report=report)
    if call.excinfo is not None and item.check is None:
        item.ihook.pytest_exception_interact(node=item, call=call, report=report)
    item.ihook.pytest_runtest_logreport(report=_over(report))
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _record(item: Scenario, check: Check) -> None:
    run = item.config.stash[RUN]
    run.results.add(replace(check, reproduce=command(run.options, item.name)))


def _report(item: Scenario, call: pytest.CallInfo[None]) -> pytest.TestReport:
    report = pytest.TestReport(
        nodeid=item.nodeid,
        location=item.location,
        keywords={},
        outcome="failed" if call.excinfo else "passed",
        longrepr=None,
        when="call",
        duration=call.duration,
        start=call.start,
        stop=call.stop,
    )
    if item.check is not None:
        attach(report, item.check)
    elif call.excinfo:
        report.longrepr = item.repr_failure(call.excinfo)
    return report


def _over(report: pytest.TestReport) -> pytest.TestReport:
    """The report of the tear-down that there was not: with it, writers take a test for done."""
    return pytest.TestReport(
        report.nodeid, report.location, {}, "passed", None, "teardown", start=report.stop
    )
