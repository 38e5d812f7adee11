"""What a run amounts to once it has ended: the value for writers, and its JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.report.comparison import compare
from conformance.report.comparison_json import as_dict
from conformance.report.report import Report, place_of
from conformance.report.results import Results
from conformance.verdict import Verdict


def report_of(results: Results, *, exit_status: int, pedantic: bool = False) -> Report:
    """The run that ends with this status; the same as `parse` makes of its JSON report."""
    report = Report(
        suite=results.about_suite,
        target=results.about_target,
        level=results.level,
        verdict=results.ended(exit_status, pedantic=pedantic),
        exit_status=exit_status,
        listeners=tuple(map(place_of, results.listeners)),
        checks=tuple(results.checks),
        findings=tuple(results.findings),
        level_note=results.level_note,
        why=results.why(exit_status),
        interrupted=results.interrupted,
        deselected=results.deselected,
        baseline_problems=tuple(results.baseline_problems),
        baseline_unjudged=tuple(results.baseline_unjudged),
    )
    if results.against is None:
        return report
    other = _completed(results, results.against)
    status = other.exit_status(pedantic=pedantic)
    twin = report_of(other, exit_status=status, pedantic=pedantic)
    return replace(report, against=compare(report, twin))


def _completed(results: Results, other: Results) -> Results:
    """The other target's results, with what arose at neither of them."""
    other.deselected, other.interrupted = results.deselected, results.interrupted
    for check in results.having(Verdict.NOT_APPLICABLE):
        if not other.has(check.requirement, check.listener):
            other.add(check)
    return other


def data_of(results: Results, report: Report, *, pedantic: bool = False) -> dict[str, Any]:
    """The JSON report of the run that `report` is of."""
    data = results.as_dict(exit_status=report.exit_status, pedantic=pedantic)
    if report.against is None or results.against is None:
        return data
    target = {"target": results.against.about_target, "level": results.against.level}
    return {**data, "against": {**as_dict(report.against), **target}}
