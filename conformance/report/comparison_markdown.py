"""A comparison as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.report.comparison import Change, Comparison, lists_of, sum_of
from conformance.report.comparison_text import grouped, side, where
from conformance.report.escaping import as_code, in_cell
from conformance.report.escaping import for_markdown as safe
from conformance.report.tables import head, line

_STATUS = {
    0: "✅ nothing changed for the worse",
    1: "❌ something changed for the worse",
}


def comparison_markdown(comparison: Comparison) -> str:
    """The whole comparison."""
    title = _STATUS.get(comparison.exit_status, "❔ no verdict")
    return "\n".join([f"# waxseal compare: {title}", "", *changes(comparison)]) + "\n"


def changes(comparison: Comparison) -> Iterator[str]:
    """Both sides, the sum, what limits it, and a table for each kind of difference."""
    yield f"- NEW: {as_code(comparison.new)} ({safe(comparison.new_verdict)})"
    yield f"- OLD: {as_code(comparison.old)} ({safe(comparison.old_verdict)})"
    yield from ("", f"{safe(sum_of(comparison))}.")
    for note in comparison.notes:
        yield from ("", f"**{safe(note)}**")
    for title, names in lists_of(comparison).items():
        yield from ("", f"{safe(title)}: {', '.join(map(as_code, names))}")
    for change in Change:
        found = comparison.having(change)
        if not found:
            continue
        yield from ("", f"### {change.value.capitalize()} ({len(found)})", "")
        yield from head("requirement", "listener", "OLD", "NEW")
        for identifier, some in grouped(found).items():
            for x in some:
                sides = (in_cell(as_code(side(check))) for check in (x.old, x.new))
                yield line(safe(identifier), in_cell(as_code(where(x))), *sides)
