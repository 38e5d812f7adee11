"""Progress, the scorecard, report files, and the exit status."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.options import options_of
from conformance.places import PLACES
from conformance.plugin import BROUGHT
from conformance.plugin.interrupts import INTERRUPTS
from conformance.plugin.state import REPORT, RESULTS, RUN, SELECTED, is_worker

if TYPE_CHECKING:
    from conformance.report.evidence import Evidence
    from conformance.report.results import Results

PROGRESS_SECONDS = 5.0
INTERRUPTED, INTERNAL, NO_VERDICT = 2, 3, 7


def pytest_sessionstart(session: pytest.Session) -> None:
    """Show progress where somebody may be waiting."""
    config = session.config
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not is_worker(config):
        config.pluginmanager.register(_Progress(session, reporter), "waxseal-progress")


class _Progress:
    """A line now and then: how many checks are done, and how many went wrong."""

    def __init__(self, session: pytest.Session, reporter: pytest.TerminalReporter) -> None:
        self._session = session
        self._reporter = reporter
        self._done = self._wrong = 0
        self._began = self._shown = time.monotonic()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a check."""
        verdict = getattr(report, "waxseal", None)
        if verdict is None:
            return
        self._done += 1
        self._wrong += verdict not in ("pass", "warn", "not_applicable")
        now = time.monotonic()
        if now - self._shown >= PROGRESS_SECONDS:
            self._shown = now
            total = self._session.testscollected
            wrong = f", {self._wrong} of them wrong or open" if self._wrong else ""
            line = f"{self._done} of {total} checks after {now - self._began:.0f} s{wrong}"
            self._reporter.ensure_newline()
            self._reporter.write_line(line)


def take(config: pytest.Config, brought: str) -> None:
    """Take what a process of pytest-xdist brought."""
    from conformance.report.results import Results

    config.stash.setdefault(RESULTS, Results()).merge(json.loads(brought))
    config.stash[SELECTED] = 1


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Green means all of it: the exit status is INTERFACE's, and the reports are written."""
    config = session.config
    results = config.stash.get(RESULTS, None)
    if results is None or config.option.collectonly or exitstatus == pytest.ExitCode.USAGE_ERROR:
        return
    _keep(config, results)
    if is_worker(config):
        config.workeroutput[BROUGHT] = json.dumps(results.portable())  # type: ignore[attr-defined]
        return
    pedantic = config.getoption("waxseal_pedantic")
    results.interrupted = exitstatus == pytest.ExitCode.INTERRUPTED
    if exitstatus in (1, 2) and (unread := _unread(config)):
        # pytest calls that an interruption, and with several processes a failed test.
        results.interrupted, session.exitstatus = False, INTERNAL
        results.left = f"{unread} could not be read"
    elif exitstatus in (0, 1, 5) and (config.stash.get(SELECTED, 0) or options_of(config).named):
        whole, stopped = _is_whole(config, results), bool(session.shouldfail or session.shouldstop)
        if whole:
            config.stash[RUN].account_for_all(stopped=stopped)
        if RUN in config.stash:
            remove = config.getoption("waxseal_baseline_update")
            config.stash[RUN].close_baseline(whole=whole and not stopped, remove=remove)
        own = _own_failures(config)
        session.exitstatus = 1 if own else results.exit_status(pedantic=pedantic)
    from conformance.report.ending import data_of, report_of

    report = report_of(results, exit_status=int(session.exitstatus), pedantic=pedantic)
    config.stash[REPORT] = report
    paths = config.getoption("waxseal_report")
    data = data_of(results, report, pedantic=pedantic) if paths else {}
    if paths and not _write(config, paths, data, results.evidence):
        session.exitstatus = session.exitstatus or INTERNAL
    # pytest now looks for garbage several times over; what thousands of checks left is none.
    gc.freeze()


def _unread(config: pytest.Config) -> str:
    """The files of scenarios that could not be read; "" where all were, or it was interrupted."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or config.stash[INTERRUPTS].asked:
        return ""
    errors = reporter.stats.get("error", ())
    files = {one.nodeid: None for one in errors if isinstance(one, pytest.CollectReport)}
    return ", ".join(files)


def report_interrupted(config: pytest.Config) -> None:
    """Write the reports of a run that was interrupted before its session had begun."""
    interrupts = config.stash[INTERRUPTS]
    if interrupts.asked and REPORT not in config.stash:
        interrupts.ending = True
        report_nobody(config, "the run was interrupted", status=INTERRUPTED)


def report_nobody(config: pytest.Config, why: str, status: int = NO_VERDICT) -> None:
    """Write the reports of a run that did not begin; `why` says so."""
    from conformance.report.ending import data_of, report_of
    from conformance.report.results import Results

    if is_worker(config):
        return
    results = config.stash.get(RESULTS, None) or Results()
    _head(config, results)
    results.left = why.removeprefix("no verdict: ")
    results.interrupted = status == INTERRUPTED
    report = config.stash[REPORT] = report_of(results, exit_status=status)
    _write(config, config.getoption("waxseal_report") or (), data_of(results, report))


def _head(config: pytest.Config, results: Results) -> None:
    """Say who was to be asked, and by what, where it came to no visit that would have."""
    from conformance.run import about_suite

    options = options_of(config)
    address = ", ".join(options.targets) or None
    asked = {"address": address, "launched": options.launch or None, "software": ""}
    results.about_target = results.about_target or asked
    results.about_suite = results.about_suite or about_suite(config.getoption("waxseal_fuzz_seed"))


def _write(
    config: pytest.Config,
    paths: Sequence[str],
    data: dict[str, Any],
    evidence: Evidence | None = None,
) -> bool:
    """Write the report files; False where one cannot be written, which has been told then."""
    whole = True
    from conformance.report.files import ReportError
    from conformance.report.write import write_report

    for path in paths:
        try:
            write_report(Path(path), data, config.stash[REPORT], evidence)
        except ReportError as error:
            whole = False
            print(f"\n{error}", file=sys.stderr)
    return whole


def _keep(config: pytest.Config, results: Results) -> None:
    """Have the results hold what they rest on, too."""
    if RUN in config.stash:
        get = config.getoption
        examples, seconds = get("waxseal_fuzz_examples"), get("waxseal_fuzz_seconds")
        config.stash[RUN].keep(
            pedantic=get("waxseal_pedantic"),
            required_level=get("waxseal_require_level") or "",
            whole=_is_whole(config, results),
            fuzzing_asked=(examples, seconds) != (None, None),
        )


def _is_whole(config: pytest.Config, results: Results) -> bool:
    """Nothing of the suite was left out: every requirement must have a verdict."""
    if RUN not in config.stash or results.deselected or config.getoption("lf", False):
        return False
    asked = {Path(config.invocation_params.dir, argument).resolve() for argument in config.args}
    return asked >= set(map(Path, PLACES))


def _own_failures(config: pytest.Config) -> int:
    """Failing tests that are no scenario: the project's own."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return 0
    failed = [*reporter.stats.get("failed", ()), *reporter.stats.get("error", ())]
    return sum(1 for report in failed if getattr(report, "waxseal", None) is None)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """The scorecard."""
    report = config.stash.get(REPORT, None)
    if report is None or not report.checks:
        return
    from conformance.report.scorecard import scorecard
    from conformance.requirements.catalogue import catalogue

    readings = {r.id: r.reading for r in catalogue().values()}
    terminalreporter.section("waxseal scorecard")
    for line in scorecard(report, readings):
        terminalreporter.write_line(line)
    if report.against is not None:
        from conformance.report.comparison_text import comparison_text

        terminalreporter.section("waxseal: the target (NEW) against the other (OLD)")
        for line in comparison_text(report.against, readings):
            terminalreporter.write_line(line)
