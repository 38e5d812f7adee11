"""What GitHub Actions is told of a run: annotations, and the summary of the step."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from conformance.report.escaping import for_workflow, printable
from conformance.report.markdown import SUMMARY_LIMIT, step_summary
from conformance.report.report import Report, by_requirement
from conformance.report.results import Check
from conformance.verdict import Verdict

_COMMANDS = {Verdict.FAIL: "error", Verdict.ERROR: "error", Verdict.INCONCLUSIVE: "warning"}
_LESSER = {Verdict.WARN: "warning", Verdict.KNOWN: "notice"}


def append_summary(environment: Mapping[str, str], report: Report) -> None:
    """Append the report to the step's summary, where there is one. Raises OSError."""
    if path := environment.get("GITHUB_STEP_SUMMARY"):
        summary = Path(path)
        taken = summary.stat().st_size if summary.exists() else 0
        with summary.open("a", encoding="utf-8") as file:
            file.write(step_summary(report, max(0, SUMMARY_LIMIT - taken)))


def muted(token: str = "") -> tuple[str, str]:
    """Two lines between which the runner takes no line for a command, whoever wrote it.

    `token`: by which it takes none already.
    """
    token = token or secrets.token_hex(16)
    return f"::stop-commands::{token}", f"::{token}::"


def notices(report: Report) -> Iterator[str]:
    """A line for each requirement that failed or stayed open, and for each find of the fuzzer."""
    for verdict, command in _COMMANDS.items():
        for identifier, checks in by_requirement(report.having(verdict)).items():
            yield _annotation(command, f"waxseal: {identifier}", _told(checks))
    for finding in report.findings:
        told = f"{finding.oracle} on {finding.listener}: {finding.stream}"
        command = _LESSER.get(report.verdict_of(finding), "error")
        yield _annotation(command, f"waxseal: {finding.requirement}, by fuzzing", told)
    for problem in report.baseline_problems:
        yield _annotation("error", "waxseal: baseline", problem)


def _told(checks: list[Check]) -> str:
    first = checks[0]
    more = f" and {len(checks) - 1} more" if checks[1:] else ""
    said = first.reason or f"expected {first.expected}; observed {first.observed}"
    return f"on {first.listener}{more}: {said}"


def _annotation(command: str, title: str, told: str) -> str:
    title = for_workflow(title, parameter=True)
    return f"::{command} title={title}::{for_workflow(printable(told))}"
