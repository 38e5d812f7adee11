"""How verdicts show among pytest's own outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conformance.report.results import Check

# Category and word. What a run with thousands of checks prints as it goes is
# `reporting`'s progress, not letters.
_STATUS = {
    "pass": ("passed", "PASS"),
    "fail": ("not conformant", "FAIL"),
    "warn": ("warned", "WARN"),
    "known": ("known", "KNOWN"),
    "inconclusive": ("inconclusive", "INCONCLUSIVE"),
    "not_applicable": ("not applicable", "NOT APPLICABLE"),
}


def attach(report: pytest.TestReport, check: Check) -> None:
    """Have the report say what became of the check."""
    from conformance.report.escaping import printable

    report.waxseal = check.verdict.value  # type: ignore[attr-defined]
    # JUnit's properties of the test.
    report.user_properties = [
        (name, printable(value))
        for name, value in (
            ("requirement", check.requirement),
            ("level", check.level),
            ("listener", check.listener),
            ("verdict", check.verdict.value),
            ("reason", check.reason),
        )
        if value
    ]
    if check.verdict.value == "not_applicable":
        # In JUnit it was skipped, with the reason; the terminal has a word of its own below.
        report.outcome = "skipped"
        report.longrepr = (*report.location[:2], printable(check.reason))  # type: ignore[assignment]
    elif check.verdict.value in _STATUS:
        told = f"expected {check.expected}; observed {check.observed}"
        report.longrepr = printable(f"{check.reason}: {told}" if check.reason else told)
    elif report.failed:
        report.longrepr = printable(check.reason)


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Verdicts under their own names; the scorecard shows them in full."""
    verdict = getattr(report, "waxseal", None)
    if verdict not in _STATUS or report.when != "call":
        return None
    category, word = _STATUS[verdict]
    return category, "", word
