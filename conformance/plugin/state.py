"""What the glue keeps of a run, and the questions that all its rooms ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.options import UsageError, options_of

if TYPE_CHECKING:
    from conformance.ahead import Ahead
    from conformance.report.results import Check, Results
    from conformance.run import Run
    from conformance.streams import Outcome

RUN: pytest.StashKey[Run] = pytest.StashKey()
RESULTS: pytest.StashKey[Results] = pytest.StashKey()
CHECK: pytest.StashKey[Check] = pytest.StashKey()
STREAMS: pytest.StashKey[Outcome] = pytest.StashKey()
AHEAD: pytest.StashKey[Ahead[Check]] = pytest.StashKey()
SELECTED: pytest.StashKey[int] = pytest.StashKey()
# A usage error met while collecting, where it would be taken for one more collection error: it is
# told once everything is collected.
MISUSE: pytest.StashKey[str] = pytest.StashKey()

# The fixture that makes a test one over streams: the fuzzer's.
STREAM_FIXTURE = "stream_listener"


def run_of(config: pytest.Config) -> Run:
    """The run of this session, prepared on first use."""
    if RUN not in config.stash:
        from conformance.requirements.catalogue import CatalogueError
        from conformance.run import Run
        from conformance.suite import NoTarget

        try:
            run = Run(options_of(config), config.getoption("waxseal_fuzz_seed"))
        except (UsageError, CatalogueError) as error:
            raise pytest.UsageError(str(error)) from error
        except NoTarget as error:
            _leave(error)
        run.results.required_level = config.getoption("waxseal_require_level") or ""
        config.stash[RUN] = run
        config.stash[RESULTS] = run.results
        config.add_cleanup(run.close)
    return config.stash[RUN]


def open_run(run: Run) -> None:
    """Start what is to be started; without anybody to judge the session ends with status 7."""
    from conformance.suite import NoTarget

    try:
        run.open()
    except NoTarget as error:
        _leave(error)


def _leave(error: Exception) -> None:
    pytest.exit(f"no verdict: {error}", returncode=7)


def is_over_streams(item: pytest.Item) -> bool:
    """A test of the fuzzer's, which judges several requirements at once."""
    return STREAM_FIXTURE in getattr(item, "fixturenames", ())


def is_ours(item: pytest.Item) -> bool:
    """A test that judges the target: a scenario, or one over streams."""
    return is_over_streams(item) or item.get_closest_marker("requirement") is not None


def is_worker(config: pytest.Config) -> bool:
    """This process runs a part of the tests, for another (pytest-xdist)."""
    return hasattr(config, "workerinput")


def is_distributing(config: pytest.Config) -> bool:
    """This process has others run the tests (pytest-xdist)."""
    return not is_worker(config) and config.getoption("dist", "no") != "no"
