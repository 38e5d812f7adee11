"""The terminal scorecard: a line per directive, the deviations in full, the sum."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from conformance.report.results import Check, Results
from conformance.verdict import Verdict

_TITLES = {
    Verdict.FAIL: "NOT CONFORMANT",
    Verdict.ERROR: "ERROR (ours)",
    Verdict.INCONCLUSIVE: "INCONCLUSIVE",
    Verdict.WARN: "WARNING (a SHOULD is broken)",
    Verdict.KNOWN: "KNOWN (the baseline lists it)",
}
_COLUMNS = (
    (Verdict.PASS, "pass"),
    (Verdict.KNOWN, "known"),
    (Verdict.WARN, "warn"),
    (Verdict.FAIL, "FAIL"),
    (Verdict.INCONCLUSIVE, "open"),
    (Verdict.ERROR, "error"),
    (Verdict.NOT_APPLICABLE, "n/a"),
)
# Of one requirement that fails on many listeners, so many are shown in full; of a warning one.
SHOWN_IN_FULL = 2
LINES_SHOWN = 24
WIDTH = 96


def scorecard(
    results: Results, readings: dict[str, str], *, pedantic: bool = False
) -> Iterator[str]:
    """The scorecard's lines. `readings` maps requirement ids to their testable sentence."""
    for verdict in (Verdict.KNOWN, Verdict.WARN, Verdict.INCONCLUSIVE, Verdict.ERROR, Verdict.FAIL):
        yield from _deviations(results.having(verdict), readings)
    for problem in results.baseline_problems:
        yield ""
        yield from _wrapped("BASELINE  ", problem)
    if left := results.baseline_unjudged:
        yield ""
        yield f"BASELINE  {len(left)} entries say nothing of this part of the suite: {left[0]} …"
    for finding in results.findings:
        title = (
            f"FOUND BY FUZZING  {finding.requirement}  on {finding.listener}  ({finding.oracle})"
        )
        yield from ("", title)
        yield from (f"    {line}" for line in finding.stream.splitlines())
        yield f"  reproduce  {finding.reproducer}"
    yield ""
    yield from _table(results)
    yield ""
    yield from _sum(results, pedantic)


def _deviations(checks: list[Check], readings: dict[str, str]) -> Iterator[str]:
    by_requirement: dict[str, list[Check]] = {}
    for check in checks:
        by_requirement.setdefault(check.requirement, []).append(check)
    for requirement, found in by_requirement.items():
        first = found[0]
        yield ""
        yield f"{_TITLES[first.verdict]}  {requirement}  ({first.level}, {first.basis})"
        yield from _wrapped("  ", readings.get(requirement, ""))
        full = 1 if first.verdict in (Verdict.WARN, Verdict.KNOWN) else SHOWN_IN_FULL
        for check in found[:full]:
            yield from _full(check)
        rest = [check.listener for check in found[full:]]
        if rest:
            yield from _wrapped("  ", f"and on {len(rest)} more: {', '.join(rest)}")


def _full(check: Check) -> Iterator[str]:
    yield f"  on {check.listener}"
    said = (("reason", check.reason), ("expected", check.expected), ("observed", check.observed))
    for word, text in said:
        if text:
            yield from _wrapped(f"    {word:<9} ", text)
    for side, layer, text in check.transcript[:LINES_SHOWN]:
        yield f"      {side:<6} {layer:<9} {_cut(text)}"
    hidden = len(check.transcript) - LINES_SHOWN
    if hidden > 0:
        yield f"      … {hidden} more lines: see --report"
    if check.reproduce:
        # On one line, whatever its length: it is there to be copied.
        yield f"    reproduce {check.reproduce}"


def _wrapped(head: str, text: str) -> Iterator[str]:
    """The text within `WIDTH` columns, the first line behind `head`, the others below it."""
    lines = textwrap.wrap(text, WIDTH - len(head), break_on_hyphens=False) or [""]
    yield head + lines[0]
    yield from (" " * len(head) + line for line in lines[1:])


def _cut(text: str) -> str:
    return text if len(text) <= 3 * WIDTH else f"{text[: 3 * WIDTH]} …"


def _table(results: Results) -> Iterator[str]:
    by_directive: dict[str, list[Check]] = {}
    for check in results.checks:
        by_directive.setdefault(check.directive, []).append(check)
    width = max([len(name) for name in by_directive] + [9])
    # Most runs have no baseline.
    columns = [x for x in _COLUMNS if x[0] is not Verdict.KNOWN or results.having(x[0])]
    yield f"{'directive':<{width}} {'reqs':>5}" + "".join(f"{title:>7}" for _, title in columns)
    for directive, checks in sorted(by_directive.items()):
        count = results.count(checks)
        cells = "".join(f"{count[verdict] or '·':>7}" for verdict, _ in columns)
        yield f"{directive:<{width}} {len({c.requirement for c in checks}):>5}{cells}"


def _sum(results: Results, pedantic: bool) -> Iterator[str]:
    summary = results.summary()
    target = results.about_target
    name = target.get("launched") or target.get("address") or "target"
    software = f" ({target['software']})" if target.get("software") else ""
    verdict = results.verdict(pedantic=pedantic)
    why = (
        f" ({results.open_because()})" if verdict == "no-verdict" and results.open_because() else ""
    )
    yield from _wrapped("", f"{name}{software}: {verdict.upper()}{why} at level {results.level}")
    if results.level_note:
        yield from _wrapped("", f"level {results.level} only, because {results.level_note}")
    parts = [f"{summary[v.value]} {title}" for v, title in _COLUMNS if summary[v.value]]
    yield from _wrapped(
        "",
        f"{summary['requirements']} requirements on {len(results.listeners)} listeners, "
        f"{summary['checks']} checks accounted for: {', '.join(parts) or 'none'}",
    )
    if results.deselected:
        yield f"{results.deselected} checks were deselected: this is not the whole suite"
    if results.interrupted:
        yield "the run was interrupted: this is not the whole suite"
