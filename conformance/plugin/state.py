"""What the glue keeps of a run, and the questions that all its rooms ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from conformance.options import UsageError, options_of, told

if TYPE_CHECKING:
    from conformance.ahead import Ahead
    from conformance.judge import Judged
    from conformance.plugin.items import Judging
    from conformance.report.report import Report
    from conformance.report.results import Results
    from conformance.run import Run

RUN: pytest.StashKey[Run] = pytest.StashKey()
RESULTS: pytest.StashKey[Results] = pytest.StashKey()
# What the run amounts to, once it has ended.
REPORT: pytest.StashKey[Report] = pytest.StashKey()
AHEAD: pytest.StashKey[dict[type[Judging], Ahead[Judged]]] = pytest.StashKey()
SELECTED: pytest.StashKey[int] = pytest.StashKey()
# Said to pytest because visits run in threads and in forked processes, and filters belong to a
# whole process: the one that forks has them. Where no run is ours, neither are the filters.
_EXPECTED_WARNINGS = (
    r"ignore:ssl\.TLSVersion\.TLSv1:DeprecationWarning",
    "ignore::DeprecationWarning:imaplib2",
)


def run_of(config: pytest.Config) -> Run:
    """The run of this session, prepared on first use."""
    if RUN not in config.stash:
        from conformance.requirements.reading import CatalogueError
        from conformance.run import Run
        from conformance.suite import NoTarget

        try:
            keeping = any(
                str(x).endswith(".json") for x in config.getoption("waxseal_report") or ()
            )
            seed = config.getoption("waxseal_fuzz_seed")
            run = Run(options_of(config), seed, keeping=keeping)
        except (UsageError, CatalogueError) as error:
            raise pytest.UsageError(told(config, error)) from error
        except NoTarget as error:
            _leave(error)
        run.results.required_level = config.getoption("waxseal_require_level") or ""
        for warning in _EXPECTED_WARNINGS:
            config.addinivalue_line("filterwarnings", warning)
        config.stash[RUN] = run
        config.stash[RESULTS] = run.results
        config.add_cleanup(run.close)
    return config.stash[RUN]


def begin_run(run: Run) -> None:
    """Start what is to be started; where that cannot be the session ends with status 7."""
    _or_leave(run, run.begin)


def open_run(run: Run) -> None:
    """See who is there; without anybody to judge the session ends with status 7."""
    _or_leave(run, run.open)


def _or_leave(run: Run, step: Callable[[], None]) -> None:
    from conformance.suite import NoTarget

    try:
        step()
    except NoTarget as error:
        run.results.left = str(error)
        _leave(error)


def _leave(error: Exception) -> None:
    pytest.exit(f"no verdict: {error}", returncode=7)


def is_worker(config: pytest.Config) -> bool:
    """This process runs a part of the tests, for another (pytest-xdist)."""
    return hasattr(config, "workerinput")


def is_distributing(config: pytest.Config) -> bool:
    """This process has others run the tests (pytest-xdist)."""
    return not is_worker(config) and config.getoption("dist", "no") != "no"
