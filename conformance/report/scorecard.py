"""The terminal scorecard: a line per directive, the deviations in full, the sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.report.escaping import printable
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
from conformance.report.wrapping import WIDTH, wrapped
from conformance.verdict import Verdict

# Of one requirement that fails on many listeners, so many are shown in full; of a warning one.
SHOWN_IN_FULL = 2
LINES_SHOWN = 24
# Characters of a stream's line, which leave room for how many more there are; the find has all.
_OF_A_STREAM = WIDTH - 32


def scorecard(report: Report, readings: Mapping[str, str]) -> Iterator[str]:
    """The scorecard's lines. `readings` maps requirement ids to their testable sentence."""
    return map(printable, _lines(report, readings))


def _lines(report: Report, readings: Mapping[str, str]) -> Iterator[str]:
    for verdict in DEVIATING:
        yield from _deviations(report.having(verdict), readings)
    for problem in report.baseline_problems:
        yield ""
        yield from wrapped("BASELINE  ", problem)
    if left := report.baseline_unjudged:
        yield ""
        yield f"BASELINE  {len(left)} entries say nothing of this part of the suite: {left[0]} …"
    for finding in report.findings:
        title = (
            f"FOUND BY FUZZING  {finding.requirement}  on {finding.listener}  ({finding.oracle})"
        )
        yield from ("", title)
        yield from (f"    {_shortened(line)}" for line in finding.stream.splitlines())
        yield f"  reproduce  {finding.reproducer}"
    yield ""
    yield from _table(report)
    yield ""
    yield from _sum(report)


def _shortened(line: str) -> str:
    more = len(line) - _OF_A_STREAM
    return line if more <= 0 else f"{line[:_OF_A_STREAM]} … {more} more characters"


def _deviations(checks: list[Check], readings: Mapping[str, str]) -> Iterator[str]:
    for requirement, found in by_requirement(checks).items():
        first = found[0]
        yield ""
        yield f"{TITLES[first.verdict]}  {requirement}  ({first.level}, {first.basis})"
        yield from wrapped("  ", readings.get(requirement, ""))
        full = 1 if first.verdict in (Verdict.WARN, Verdict.KNOWN) else SHOWN_IN_FULL
        for check in found[:full]:
            yield from _full(check)
        rest = [check.listener for check in found[full:]]
        if rest:
            yield from wrapped("  ", f"and on {len(rest)} more: {', '.join(rest)}")


def _full(check: Check) -> Iterator[str]:
    yield f"  on {check.listener}"
    said = (("reason", check.reason), ("expected", check.expected), ("observed", check.observed))
    for word, text in said:
        if text:
            yield from wrapped(f"    {word:<9} ", text)
    for side, layer, text in check.transcript[:LINES_SHOWN]:
        yield f"      {side:<6} {layer:<9} {_cut(text)}"
    hidden = len(check.transcript) - LINES_SHOWN
    if hidden > 0:
        yield f"      … {hidden} more lines: see --report"
    if check.reproduce:
        # On one line, whatever its length: it is there to be copied.
        yield f"    reproduce {check.reproduce}"


def _cut(text: str) -> str:
    return text if len(text) <= 3 * WIDTH else f"{text[: 3 * WIDTH]} …"


def _table(report: Report) -> Iterator[str]:
    by_directive = report.by_directive()
    width = max([len(name) for name in by_directive] + [9])
    columns = shown_columns(report)
    yield f"{'directive':<{width}} {'reqs':>5}" + "".join(f"{title:>7}" for _, title in columns)
    for directive, checks in by_directive.items():
        count = report.count(checks)
        cells = "".join(f"{count[verdict] or '·':>7}" for verdict, _ in columns)
        yield f"{directive:<{width}} {len({c.requirement for c in checks}):>5}{cells}"


def _sum(report: Report) -> Iterator[str]:
    yield from wrapped("", verdict_line(report))
    if report.level_note:
        yield from wrapped("", f"level {report.level} only, because {report.level_note}")
    yield from wrapped("", sum_line(report))
    yield from parts_left_out(report)
