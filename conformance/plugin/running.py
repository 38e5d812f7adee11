"""The run of the tests: the target is started before them, and looked at afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.plugin.items import Judging, Scenario, Streams, is_ours
from conformance.plugin.state import AHEAD, RUN, is_distributing, open_run
from conformance.plugin.verdicts import attach
from conformance.reproduce import command

if TYPE_CHECKING:
    from conformance.ahead import Ahead
    from conformance.applicability import Situation
    from conformance.judge import Judged
    from conformance.run import Run

_REACHES_PYTEST = (KeyboardInterrupt, pytest.exit.Exception)


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Iterator[None]:
    """Start the target when there is something to ask it; see at the end if it still stands."""
    run = session.config.stash.get(RUN, None)
    ours = any(map(is_ours, session.items)) or (
        run is not None and hasattr(session.config, "workerinput")
    )
    if (
        run is None
        or not ours
        or session.config.option.collectonly
        or is_distributing(session.config)
    ):
        return (yield)
    open_run(run)
    with ExitStack() as stack:
        # One after the other: streams wait for the last scenario.
        kinds: tuple[type[Judging], ...] = (Scenario, Streams)
        ahead = {x: stack.enter_context(_judge_ahead(x, session.items, run)) for x in kinds}
        session.config.stash[AHEAD] = ahead
        result = yield
    run.finish()
    return result


def _judge_ahead(kind: type[Judging], items: Iterable[pytest.Item], run: Run) -> Ahead[Judged]:
    """On a target that we started, several listeners are judged at once.

    A third party gets one visit after the other: several might meet its limits
    on connections, and would not be polite.
    """
    from conformance.ahead import Ahead, Errand, processes

    judging = [item for item in items if isinstance(item, kind)]
    ours = run.suite.running and (run.twin is None or run.twin.suite.running)
    count = processes() if ours and len(judging) > 1 else 0
    return Ahead([Errand(x.nodeid, _group(x.situation), x.judge) for x in judging], count)


def _group(situation: Situation) -> str:
    """What is done by one process: a listener's checks share visits, the whole target's have none.

    The whole target has the name of a listener.
    """
    return "" if situation.whole else situation.listener.name


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    """Run a test of ours and report on it; any other is pytest's."""
    if not isinstance(item, Judging):
        return None
    hook = item.ihook
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    call = pytest.CallInfo.from_call(item.runtest, "call", _REACHES_PYTEST)
    if item.judged is not None:
        _record(item, item.judged)
    report = _report(item, call)
    hook.pytest_runtest_logreport(report=report)
    if call.excinfo is not None and item.judged is None:
        hook.pytest_exception_interact(node=item, call=call, report=report)
    if item.config.getoption("xmlpath", None):
        hook.pytest_runtest_logreport(report=_over(report))
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _record(item: Judging, judged: Judged) -> None:
    run = item.config.stash[RUN]
    reproduce = command(run.options, item.name)
    for check in judged.checks:
        run.results.add(replace(check, reproduce=reproduce))
    run.results.evidence.merge(judged.evidence)
    for finding in judged.findings:
        run.results.find(finding)
    if run.twin is not None and run.results.against is not None:
        there = command(run.twin.options, item.name)
        for check in judged.against:
            run.results.against.add(replace(check, reproduce=there))


def _report(item: Judging, call: pytest.CallInfo[None]) -> pytest.TestReport:
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
    if item.judged is not None:
        attach(report, item.judged.worst)
    elif call.excinfo:
        report.longrepr = item.repr_failure(call.excinfo)
    return report


def _over(report: pytest.TestReport) -> pytest.TestReport:
    """The report of the tear-down that there was not: JUnit's writer takes properties from it."""
    return pytest.TestReport(
        report.nodeid,
        report.location,
        {},
        "passed",
        None,
        "teardown",
        start=report.stop,
        user_properties=report.user_properties,
    )
