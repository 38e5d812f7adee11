"""The report as Markdown: for a pull request, an issue, or the summary of a job."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.report.comparison import Comparison
from conformance.report.comparison_markdown import changes
from conformance.report.escaping import as_code, fenced
from conformance.report.escaping import for_markdown as safe
from conformance.report.figures import (
    DEVIATING,
    TITLES,
    parts_left_out,
    shown_columns,
    sum_line,
    verdict_line,
)
from conformance.report.report import Report, by_requirement
from conformance.report.results import Check
from conformance.report.tables import head, line
from conformance.requirements.catalogue import catalogue
from conformance.verdict import Verdict

SIGNS = {
    Verdict.PASS: "✅",
    Verdict.KNOWN: "☑️",
    Verdict.WARN: "⚠️",
    Verdict.FAIL: "❌",
    Verdict.INCONCLUSIVE: "❔",
    Verdict.ERROR: "🛠️",
    Verdict.NOT_APPLICABLE: "·",
}
_VERDICTS = {"conformant": "✅", "not-conformant": "❌", "no-verdict": "❔"}
# What GitHub takes as the summary of a step, with a margin, in octets.
SUMMARY_LIMIT = 900_000
# Of one requirement that deviates on many listeners, so many are told in full.
_IN_FULL = 3


def markdown(report: Report) -> str:
    """The whole report, with the transcript of everything that failed."""
    return "\n".join(_lines(report, transcripts=True)) + "\n"


def step_summary(report: Report, limit: int = SUMMARY_LIMIT) -> str:
    """The same without transcripts, and cut where it would not be taken."""
    kept: list[str] = []
    size = 0
    for text in _lines(report, transcripts=False):
        size += len(text.encode()) + 1
        if size > limit:
            kept += ["", "The rest is left out: `--report FILE.html` has it all."]
            break
        kept.append(text)
    return "\n".join(kept) + "\n"


def _lines(report: Report, *, transcripts: bool) -> Iterator[str]:
    yield f"# {_VERDICTS.get(report.verdict, '')} waxseal: {safe(report.verdict)}"
    yield from ("", as_code(verdict_line(report)), "", f"{safe(sum_line(report))}.")
    if report.level_note:
        yield from ("", f"Level {safe(report.level)} only: {as_code(report.level_note)}")
    for note in parts_left_out(report):
        yield from ("", f"**{safe(note)}**")
    for problem in report.baseline_problems:
        yield from ("", f"{SIGNS[Verdict.FAIL]} baseline: {as_code(problem)}")
    yield from _figures(report)
    for verdict in reversed(DEVIATING):
        yield from _deviations(report.having(verdict), transcripts)
    yield from _findings(report)
    if report.against is not None:
        yield from _compared(report.against)


def _compared(compared: Comparison) -> Iterator[str]:
    yield from ("", f"## Against {as_code(compared.old)}", "")
    yield from changes(compared)


def _figures(report: Report) -> Iterator[str]:
    columns = shown_columns(report)
    yield from ("", "## By directive", "")
    yield from head("directive", "reqs", *(f"{SIGNS[v]} {title}" for v, title in columns))
    for directive, checks in report.by_directive().items():
        count = report.count(checks)
        cells = [str(count[verdict] or "·") for verdict, _ in columns]
        yield line(safe(directive), str(len(by_requirement(checks))), *cells)


def _deviations(checks: list[Check], transcripts: bool) -> Iterator[str]:
    if not checks:
        return
    verdict = checks[0].verdict
    yield from ("", f"## {SIGNS[verdict]} {safe(TITLES[verdict])}")
    for identifier, found in by_requirement(checks).items():
        yield from ("", f"### {safe(identifier)} ({safe(found[0].level)}, {safe(found[0].basis)})")
        requirement = catalogue().get(identifier)
        if requirement is not None:
            yield from ("", safe(requirement.reading))
            if requirement.quote:
                yield from ("", f"> {safe(requirement.quote)} ({safe(requirement.source)})")
        for number, check in enumerate(found):
            full = number < _IN_FULL
            yield from ("", *_told(check, full=full), *_said(check, transcripts))


def _told(check: Check, *, full: bool) -> Iterator[str]:
    """What was expected and seen; in one line where others of its kind stand in full."""
    if not full:
        yield f"On {as_code(check.listener)}: {as_code(check.observed or check.reason)}"
        return
    yield from (f"On {as_code(check.listener)}:", "")
    for word in ("reason", "expected", "observed", "reproduce"):
        if text := getattr(check, word):
            yield f"- {word}: {as_code(text)}"


def _said(check: Check, transcripts: bool) -> Iterator[str]:
    if not transcripts or not check.transcript:
        return
    yield from ("", "<details><summary>transcript</summary>", "")
    yield from fenced([f"{side:<6} {layer:<9} {text}" for side, layer, text in check.transcript])
    yield from ("", "</details>")


def _findings(report: Report) -> Iterator[str]:
    if report.findings:
        yield from ("", "## Found by fuzzing")
    for finding in report.findings:
        where = f"{safe(finding.requirement)} on {as_code(finding.listener)}"
        yield from ("", f"### {where} ({safe(finding.oracle)})", "")
        yield from fenced(finding.stream.splitlines())
        yield from ("", f"- reproduce: {as_code(finding.reproducer)}")
