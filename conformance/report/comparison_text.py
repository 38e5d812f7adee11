"""A comparison on a terminal: what got worse in full, what got better in short, the sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.report.comparison import (
    Change,
    Comparison,
    Difference,
    lists_of,
    sum_of,
)
from conformance.report.escaping import printable
from conformance.report.results import Check
from conformance.report.wrapping import wrapped

# Of one requirement that changed on many listeners, so many are shown with both sides.
_IN_FULL = 2
_SHORT = (Change.OTHERWISE, Change.JUDGED, Change.BETTER, Change.PASSES)


def comparison_text(comparison: Comparison, readings: Mapping[str, str]) -> Iterator[str]:
    """The lines; the worst stands last, above the sum, as in the scorecard."""
    return map(printable, _lines(comparison, readings))


def _lines(comparison: Comparison, readings: Mapping[str, str]) -> Iterator[str]:
    for change in reversed(Change):
        yield from _of_kind(change, comparison.having(change), readings)
    for title, names in lists_of(comparison).items():
        yield ""
        yield from wrapped(f"{title}: ", ", ".join(names))
    yield ""
    yield from (x for note in comparison.notes for x in wrapped("note: ", note))
    for word, name, verdict in (
        ("NEW", comparison.new, comparison.new_verdict),
        ("OLD", comparison.old, comparison.old_verdict),
    ):
        yield from wrapped(f"{word}  ", f"{name}: {verdict.upper()}")
    yield from wrapped("", sum_of(comparison))


def _of_kind(change: Change, found: list[Difference], readings: Mapping[str, str]) -> Iterator[str]:
    for identifier, some in grouped(found).items():
        yield ""
        yield f"{change.value.upper()}  {identifier}  ({some[0].level})"
        yield from wrapped("  ", readings.get(identifier, ""))
        full = 1 if change in _SHORT else _IN_FULL
        for difference in some[:full]:
            yield f"  on {where(difference)}"
            yield from wrapped("    old  ", side(difference.old))
            yield from wrapped("    new  ", side(difference.new))
            if difference.new and difference.new.reproduce and change not in _SHORT:
                yield f"    reproduce {difference.new.reproduce}"
        rest = [x.listener for x in some[full:]]
        if rest:
            yield from wrapped("  ", f"and on {len(rest)} more: {', '.join(rest)}")


def grouped(differences: list[Difference]) -> dict[str, list[Difference]]:
    """By requirement."""
    found: dict[str, list[Difference]] = {}
    for difference in differences:
        found.setdefault(difference.requirement, []).append(difference)
    return found


def where(difference: Difference) -> str:
    """The listener, and the one that it is held against where that has another name."""
    here, there = difference.listener, difference.old_listener
    return here if here == there else f"{here} (against {there})"


def side(check: Check | None) -> str:
    """A check in one line: its verdict and what was seen."""
    if check is None:
        return "not judged"
    told = check.observed or check.reason
    return f"{check.verdict.value.upper()}  {told}" if told else check.verdict.value.upper()
