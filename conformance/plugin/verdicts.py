"""What becomes of a test over streams, and how verdicts show among pytest's outcomes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.plugin.state import CHECK, RUN, STREAMS, is_over_streams

if TYPE_CHECKING:
    from conformance.applicability import Situation
    from conformance.report.results import Check

# How a verdict shows among pytest's own outcomes: category and word. What a run
# with thousands of checks prints as it goes is `reporting`'s progress, not letters.
_STATUS = {
    "pass": ("passed", "PASS"),
    "fail": ("not conformant", "FAIL"),
    "warn": ("warned", "WARN"),
    "inconclusive": ("inconclusive", "INCONCLUSIVE"),
    "not_applicable": ("not applicable", "NOT APPLICABLE"),
}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """A place for what a test over streams brings."""
    if is_over_streams(item):
        from conformance.streams import Outcome

        item.stash[STREAMS] = Outcome()
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> None:
    """A test over streams is not tried where an ordinary visit is not answered."""
    if is_over_streams(pyfuncitem):
        suite = pyfuncitem.config.stash[RUN].suite
        suite.answering.check_streams(_situation(pyfuncitem).listener)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Turn how a test over streams ended into checks."""
    if not is_over_streams(item):
        return (yield)
    from conformance.verdict import Verdict

    started, error = time.perf_counter(), None
    try:
        yield
    except (KeyboardInterrupt, pytest.exit.Exception):
        raise
    except BaseException as raised:  # noqa: BLE001 - whatever it is, it becomes the check's verdict
        error = raised
    check = _record(item, error, time.perf_counter() - started)
    if check.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR):
        raise error or AssertionError(check.reason)
    return None


def _situation(item: pytest.Item) -> Situation:
    result: Situation = item.callspec.params["situation"]  # type: ignore[attr-defined]
    return result


def _record(item: pytest.Item, error: BaseException | None, seconds: float) -> Check:
    """Keep what was judged and found; returns the check that stands for the test."""
    from conformance.reproduce import command
    from conformance.streams import worst

    run, outcome, situation = item.config.stash[RUN], item.stash[STREAMS], _situation(item)
    for finding in outcome.findings(situation.listener.name, launched=bool(run.suite.running)):
        run.results.find(finding)
    reproduce = command(run.options, item.name)
    checks = [
        replace(check, seconds=round(seconds, 6), reproduce=reproduce)
        for check in outcome.checks(situation, error)
    ]
    for check in checks:
        run.results.add(check)
    item.stash[CHECK] = worst(checks)
    return item.stash[CHECK]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """The verdict travels with the test's report; a test that could not be set up is our error."""
    if call.when == "setup" and call.excinfo and is_over_streams(item):
        _record(item, call.excinfo.value, call.duration)
    report: pytest.TestReport = yield  # type: ignore[assignment]
    check = item.stash.get(CHECK, None)
    if check is not None and call.when in ("setup", "call"):
        attach(report, check)
    return report  # type: ignore[return-value]


def attach(report: pytest.TestReport, check: Check) -> None:
    """Have the report say what became of the check."""
    report.waxseal = check.verdict.value  # type: ignore[attr-defined]
    if check.verdict.value in _STATUS:
        report.longrepr = f"{check.expected}; observed {check.observed}"
    elif report.failed and not report.longrepr:
        report.longrepr = check.reason


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Verdicts under their own names; the scorecard shows them in full."""
    verdict = getattr(report, "waxseal", None)
    if verdict not in _STATUS or report.when != "call":
        return None
    category, word = _STATUS[verdict]
    return category, "", word
