"""The kill matrix as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.mutants.matrix import Fate, Matrix, Row
from conformance.mutants.report.figures import (
    COLUMNS,
    Figures,
    summary,
    title,
    unobservable_reasons,
    why,
)
from conformance.report.escaping import for_markdown as safe
from conformance.report.tables import head, line


def markdown(matrix: Matrix) -> str:
    """The whole matrix: figures, what is wrong, each mutant and each requirement."""
    return "\n".join(_lines(matrix)) + "\n"


def _lines(matrix: Matrix) -> Iterator[str]:
    yield from (f"# {safe(title(matrix))}", "", f"{safe(summary(matrix))}.", "")
    yield from ("## By directive", "")
    yield from head("directive", *COLUMNS)
    for name, rows in [*matrix.by_clause().items(), ("all", matrix.rows)]:
        yield line(safe(name), *Figures.of(rows).cells)
    wrong = [*matrix.survivors, *matrix.of_fate(Fate.REFUSED)]
    yield from ("", "## Not noticed as it should be", "")
    yield from _table(wrong) if wrong else ["Nothing."]
    if not matrix.selection:
        yield from ("", "## Requirements that noticed nothing", "")
        yield from [f"- {safe(name)}" for name in matrix.idle] or ["None."]
    yield from ("", "## Unobservable from outside", "")
    for reason, rows in unobservable_reasons(matrix).items():
        yield f"- {len(rows)}: {safe(reason)}"
    for name, rows in matrix.by_clause().items():
        yield from ("", f"## {safe(name)}", "")
        yield from _table(rows)
    yield from ("", "## What each requirement noticed", "")
    yield from head("requirement", "mutants", "of them")
    for name, rows in matrix.kills().items():
        some = ", ".join(safe(row.name) for row in rows[:3])
        yield line(safe(name), str(len(rows)), some)


def _table(rows: list[Row]) -> Iterator[str]:
    yield from head("mutant", "what it is", "", "noticed by")
    for row in rows:
        noticed = ", ".join(row.killers) or why(row)
        extra = f" ({why(row)})" if row.fate is Fate.UNCLAIMED and row.killers else ""
        cells = (row.name, row.expected, row.fate.value, noticed + extra)
        yield line(*map(safe, cells))
