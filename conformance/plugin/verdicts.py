"""What becomes of a test: a check for each requirement that it judged."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.plugin.overlap import run_ahead
from conformance.plugin.state import (
    AHEAD,
    CHECK,
    OUTCOME,
    RUN,
    STREAMS,
    is_distributing,
    is_ours,
    is_over_streams,
    open_run,
    requirement_of,
)

if TYPE_CHECKING:
    from conformance.applicability import Situation
    from conformance.report.results import Check
    from conformance.verdict import Judgement

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
    session.config.stash[AHEAD] = ahead = run_ahead(session.items, run)
    try:
        result = yield
    finally:
        ahead.stop()
    run.finish()
    return result


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
    """Turn how the test ended into checks. A broken SHOULD is no failing test."""
    if not is_ours(item):
        return (yield)
    from conformance.verdict import Verdict, begin

    judgements, started = begin(), time.perf_counter()
    error: BaseException | None = None
    try:
        yield
    except (KeyboardInterrupt, pytest.exit.Exception):
        raise
    except BaseException as raised:  # noqa: BLE001 - whatever it is, it becomes the check's verdict
        error = raised
    ran = item.stash.get(OUTCOME, None)
    checks = _checks(item, ran.judgements if ran else judgements, error)
    check = _record(item, checks, ran.seconds if ran else time.perf_counter() - started)
    if check.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR):
        raise error or AssertionError(check.reason)
    return None


def _situation(item: pytest.Item) -> Situation:
    result: Situation = item.callspec.params["situation"]  # type: ignore[attr-defined]
    return result


def _checks(
    item: pytest.Item, judgements: list[Judgement], error: BaseException | None
) -> list[Check]:
    from conformance.run import check_of

    run, situation = item.config.stash[RUN], _situation(item)
    outcome = item.stash.get(STREAMS, None)
    if outcome is not None:
        for finding in outcome.findings(
            situation.listener.name, launched=run.suite.running is not None
        ):
            run.results.find(finding)
        return outcome.checks(situation, error)
    marked = requirement_of(item)
    assert marked is not None
    ran, visitor = item.stash.get(OUTCOME, None), getattr(item, "funcargs", {}).get("visit")
    seen = ran.seen if ran else visitor.seen if visitor else ()
    return [check_of(marked[0], situation, judgements, error, seen)]


def _record(item: pytest.Item, checks: list[Check], seconds: float) -> Check:
    """Keep the checks; returns the one that stands for the test."""
    from conformance.reproduce import command
    from conformance.streams import worst

    run = item.config.stash[RUN]
    reproduce = command(run.options, item.name)
    checks = [replace(check, seconds=round(seconds, 6), reproduce=reproduce) for check in checks]
    for check in checks:
        run.results.add(check)
    item.stash[CHECK] = worst(checks)
    return item.stash[CHECK]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """The verdict travels with the test's report; a test that could not be set up is our error."""
    if call.when == "setup" and call.excinfo and is_ours(item):
        _record(item, _checks(item, [], call.excinfo.value), call.duration)
    report: pytest.TestReport = yield  # type: ignore[assignment]
    check = item.stash.get(CHECK, None)
    if check is not None and call.when in ("setup", "call"):
        report.waxseal = check.verdict.value  # type: ignore[attr-defined]
        if check.verdict.value in _STATUS:
            report.longrepr = f"{check.expected}; observed {check.observed}"
    return report  # type: ignore[return-value]


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Verdicts under their own names; the scorecard shows them in full."""
    verdict = getattr(report, "waxseal", None)
    if verdict not in _STATUS or report.when != "call":
        return None
    category, word = _STATUS[verdict]
    return category, "", word
