"""What a runner of GitHub Actions is told: the summary of the step, annotations, and no more.

A runner takes any line of the output that begins with `::` for a command. So none
is heard while the report is printed, in which a target may have its say.
"""

from __future__ import annotations

import os
import sys

import pytest

from conformance.plugin.state import REPORT, RESULTS, is_worker

_MUTED: pytest.StashKey[str] = pytest.StashKey()
# Who has muted the runner for all that we print says by which token.
_BY = "WAXSEAL_MUTED_BY"
_TOKEN: pytest.StashKey[str] = pytest.StashKey()


def take_token(config: pytest.Config) -> None:
    """Nobody whom we start learns the token."""
    config.stash[_TOKEN] = os.environ.pop(_BY, "")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Before anything of the report is printed: no commands."""
    config = session.config
    if RESULTS in config.stash and _is_action() and not is_worker(config):
        from conformance.report.github import muted

        begin, config.stash[_MUTED] = muted(config.stash.get(_TOKEN, ""))
        _print(config, begin)


def pytest_unconfigure(config: pytest.Config) -> None:
    """When all is printed: commands again, ours, and the summary."""
    if _MUTED in config.stash:
        _print(config, config.stash[_MUTED])
    report = config.stash.get(REPORT, None)
    if report is None or not (_is_action() or "GITHUB_STEP_SUMMARY" in os.environ):
        return
    from conformance.report.github import append_summary, notices

    try:
        append_summary(os.environ, report)
    except OSError as error:
        print(f"GITHUB_STEP_SUMMARY: {error}", file=sys.stderr)
    if _is_action():
        for line in notices(report):
            _print(config, line)


def _is_action() -> bool:
    return os.environ.get("GITHUB_ACTIONS") == "true"


def _print(config: pytest.Config, line: str) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        # Where pytest's progress ends is in the middle of a line, of which it does not know.
        reporter.write(f"\n{line}\n")
