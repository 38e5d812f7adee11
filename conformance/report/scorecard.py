"""The terminal scorecard: a line per directive, the deviations in full, the sum."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.report.results import Check, Results
from conformance.verdict import Verdict

_TITLES = {
    Verdict.FAIL: "NOT CONFORMANT",
    Verdict.ERROR: "ERROR (ours)",
    Verdict.INCONCLUSIVE: "INCONCLUSIVE",
    Verdict.WARN: "WARNING (a SHOULD is broken)",
}
_COLUMNS = (
    (Verdict.PASS, "pass"),
    (Verdict.WARN, "warn"),
    (Verdict.FAIL, "FAIL"),
    (Verdict.INCONCLUSIVE, "open"),
    (Verdict.ERROR, "error"),
    (Verdict.NOT_APPLICABLE, "n/a"),
)
# Of one requirement that fails on many listeners, so many are shown in full.
SHOWN_IN_FULL = 2


def scorecard(
    results: Results, readings: dict[str, str], *, pedantic: bool = False
) -> Iterator[str]:
    """The scorecard's lines. `readings` maps requirement ids to their testable sentence."""
    for verdict in (Verdict.WARN, Verdict.INCONCLUSIVE, Verdict.ERROR, Verdict.FAIL):
        yield from _deviations(results.having(verdict), readings)
    for finding in results.findings:
        yield from (
            "",
            f"FOUND BY FUZZING  {finding.requirement}  on {finding.listener}  ({finding.oracle})",
        )
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
        yield ""
        yield f"{_TITLES[found[0].verdict]}  {requirement}  ({found[0].level}, {found[0].basis})"
        yield f"  {readings.get(requirement, '')}"
        for check in found[:SHOWN_IN_FULL]:
            yield from _full(check)
        rest = [check.listener for check in found[SHOWN_IN_FULL:]]
        if rest:
            yield f"  and on {len(rest)} more: {', '.join(rest)}"


def _full(check: Check) -> Iterator[str]:
    yield f"  on {check.listener}"
    for word, text in (
        ("reason", check.reason),
        ("expected", check.expected),
        ("observed", check.observed),
    ):
        if text:
            yield f"    {word:<9} {text}"
    for side, layer, text in check.transcript[:24]:
        yield f"      {side:<6} {layer:<9} {text[:300]}"
    if check.reproduce:
        yield f"    reproduce {check.reproduce}"


def _table(results: Results) -> Iterator[str]:
    by_directive: dict[str, list[Check]] = {}
    for check in results.checks:
        by_directive.setdefault(check.directive, []).append(check)
    width = max([len(name) for name in by_directive] + [9])
    yield f"{'directive':<{width}} {'reqs':>5}" + "".join(f"{title:>7}" for _, title in _COLUMNS)
    for directive, checks in sorted(by_directive.items()):
        count = results.count(checks)
        cells = "".join(f"{count[verdict] or '·':>7}" for verdict, _ in _COLUMNS)
        yield f"{directive:<{width}} {len({c.requirement for c in checks}):>5}{cells}"


def _sum(results: Results, pedantic: bool) -> Iterator[str]:
    summary = results.summary()
    target = results.about_target
    name = target.get("launched") or target.get("address") or "target"
    software = f" ({target['software']})" if target.get("software") else ""
    yield (
        f"{name}{software}: {results.verdict(pedantic=pedantic).upper()} at level {results.level}"
    )
    parts = [
        f"{summary[verdict.value]} {title}" for verdict, title in _COLUMNS if summary[verdict.value]
    ]
    yield (
        f"{summary['requirements']} requirements on {len(results.listeners)} listeners, "
        f"{summary['checks']} checks accounted for: {', '.join(parts) or 'none'}"
    )
    if results.deselected:
        yield f"{results.deselected} checks were deselected: this is not the whole suite"
