"""The figures and sentences that every form of the report has in common."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.report.report import Report
from conformance.verdict import Verdict

TITLES = {
    Verdict.FAIL: "NOT CONFORMANT",
    Verdict.ERROR: "ERROR (ours)",
    Verdict.INCONCLUSIVE: "INCONCLUSIVE",
    Verdict.WARN: "WARNING (a SHOULD is broken)",
    Verdict.KNOWN: "KNOWN (the baseline lists it)",
}
COLUMNS = (
    (Verdict.PASS, "pass"),
    (Verdict.KNOWN, "known"),
    (Verdict.WARN, "warn"),
    (Verdict.FAIL, "FAIL"),
    (Verdict.INCONCLUSIVE, "open"),
    (Verdict.ERROR, "error"),
    (Verdict.NOT_APPLICABLE, "n/a"),
)
# From the mildest to the worst, which stands next to the table.
DEVIATING = (Verdict.KNOWN, Verdict.WARN, Verdict.INCONCLUSIVE, Verdict.ERROR, Verdict.FAIL)


def shown_columns(report: Report) -> list[tuple[Verdict, str]]:
    """The verdicts that have a column, each with its title; most runs have no baseline."""
    return [x for x in COLUMNS if x[0] is not Verdict.KNOWN or report.having(x[0])]


def verdict_line(report: Report) -> str:
    """The target and its verdict in a sentence."""
    why = f" ({report.why})" if report.why else ""
    return f"{report.title}: {report.verdict.upper()}{why} at level {report.level}"


def sum_line(report: Report) -> str:
    """How many checks there are, and how they ended."""
    summary = report.summary
    parts = [f"{summary[v.value]} {title}" for v, title in COLUMNS if summary[v.value]]
    return (
        f"{summary['requirements']} requirements on {len(report.listeners)} listeners, "
        f"{summary['checks']} checks accounted for: {', '.join(parts) or 'none'}"
    )


def parts_left_out(report: Report) -> Iterator[str]:
    """What makes it less than a run of the whole suite."""
    if report.deselected:
        yield f"{report.deselected} checks were deselected: this is not the whole suite"
    if report.interrupted:
        yield "the run was interrupted: this is not the whole suite"
