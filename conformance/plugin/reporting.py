"""Progress, the scorecard, report files, and the exit status."""

from __future__ import annotations

import gc
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.options import options_of
from conformance.plugin.places import PLACES
from conformance.plugin.state import RESULTS, RUN, SELECTED, is_worker

if TYPE_CHECKING:
    from conformance.report.results import Results

PROGRESS_SECONDS = 5.0
_WORKER = "waxseal"


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


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take what a process of pytest-xdist brought."""
    from conformance.report.results import Results

    brought = getattr(node, "workeroutput", {}).get(_WORKER)
    if brought is not None:
        node.config.stash.setdefault(RESULTS, Results()).merge(json.loads(brought))
        node.config.stash[SELECTED] = 1


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Green means all of it: the exit status is INTERFACE's, and the reports are written."""
    config = session.config
    results = config.stash.get(RESULTS, None)
    if results is None or config.option.collectonly or exitstatus == pytest.ExitCode.USAGE_ERROR:
        return
    _keep(config, results)
    if is_worker(config):
        config.workeroutput[_WORKER] = json.dumps(results.portable())  # type: ignore[attr-defined]
        return
    results.interrupted = exitstatus == pytest.ExitCode.INTERRUPTED
    pedantic = config.getoption("waxseal_pedantic")
    if exitstatus in (0, 1, 5) and (config.stash.get(SELECTED, 0) or options_of(config).named):
        whole, stopped = _is_whole(config, results), bool(session.shouldfail or session.shouldstop)
        if whole:
            config.stash[RUN].account_for_all(stopped=stopped)
        if RUN in config.stash:
            remove = config.getoption("waxseal_baseline_update")
            config.stash[RUN].close_baseline(whole=whole and not stopped, remove=remove)
        own = _own_failures(config)
        session.exitstatus = 1 if own else results.exit_status(pedantic=pedantic)
    for path in config.getoption("waxseal_report") or ():
        from conformance.report.write import write_report

        report = results.as_dict(exit_status=int(session.exitstatus), pedantic=pedantic)
        write_report(Path(path), report, results.evidence)
    # pytest now looks for garbage several times over; what thousands of checks left is none.
    gc.freeze()


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
    results = config.stash.get(RESULTS, None)
    if results is None or not results.checks or config.option.collectonly:
        return
    from conformance.report.scorecard import scorecard
    from conformance.requirements.catalogue import catalogue

    readings = {r.id: r.reading for r in catalogue().values()}
    pedantic = config.getoption("waxseal_pedantic")
    terminalreporter.section("waxseal scorecard")
    for line in scorecard(results, readings, pedantic=pedantic):
        terminalreporter.write_line(line)
