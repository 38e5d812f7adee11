"""The kill matrix on a terminal: figures, and whatever is not as it should be."""

from __future__ import annotations

import textwrap
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

WIDTH = 96
# Of many survivors in one directive, so many are shown.
SHOWN = 40


def short_text(matrix: Matrix) -> Iterator[str]:
    """The lines for the terminal."""
    yield title(matrix)
    yield ""
    yield from _table(matrix)
    yield from _survivors(matrix)
    yield from _refused(matrix)
    yield from _reasons(matrix)
    if matrix.idle:
        yield ""
        yield "REQUIREMENTS THAT NOTICED NOTHING"
        yield from _wrapped(", ".join(matrix.idle))
    yield ""
    yield from textwrap.wrap(summary(matrix) + ".", WIDTH)


def full_text(matrix: Matrix) -> Iterator[str]:
    """The same, and every mutant with what noticed it."""
    yield from short_text(matrix)
    for clause, rows in matrix.by_clause().items():
        yield ""
        yield clause
        for row in rows:
            yield f"  {row.name}: {row.fate}"
            yield from _wrapped(", ".join(row.killers) or why(row), "      ")


def _table(matrix: Matrix) -> Iterator[str]:
    groups = matrix.by_clause()
    width = max([len(name) for name in groups] + [len("directive")])
    yield f"{'directive':<{width}}" + "".join(f"{name:>14}" for name in COLUMNS)
    for name, rows in [*groups.items(), ("all", matrix.rows)]:
        cells = "".join(f"{cell:>14}" for cell in Figures.of(rows).cells)
        yield f"{name:<{width}}{cells}"


def _survivors(matrix: Matrix) -> Iterator[str]:
    shown = matrix.survivors[:SHOWN]
    for row in shown:
        yield ""
        word = "SURVIVED" if row.fate is Fate.SURVIVED else "NOT RIGHTLY NOTICED"
        yield f"{word}  {row.kind} {row.name}"
        yield from _said(row)
    if len(matrix.survivors) > len(shown):
        yield ""
        yield f"and {len(matrix.survivors) - len(shown)} more: see --report"


def _said(row: Row) -> Iterator[str]:
    word = "claimed" if row.named == () and row.fate is Fate.SURVIVED else "what is wrong"
    yield from _wrapped(f"{word}: {row.expected}")
    if row.named:
        yield from _wrapped(f"to be noticed by {', '.join(row.named)}")
    if row.killers:
        yield from _wrapped(f"noticed by {', '.join(row.killers)}")
    if text := why(row):
        yield from _wrapped(text)


def _refused(matrix: Matrix) -> Iterator[str]:
    for row in matrix.of_fate(Fate.REFUSED):
        yield ""
        yield f"DID NOT LOAD  {row.name}"
        yield from _wrapped(row.reason)


def _reasons(matrix: Matrix) -> Iterator[str]:
    reasons = unobservable_reasons(matrix)
    if reasons:
        yield ""
        yield "unobservable from outside, and why:"
    for reason, rows in reasons.items():
        yield from _wrapped(f"{len(rows):>5}  {reason}")


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )
