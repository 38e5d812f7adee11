"""The kill matrix as one HTML page, which needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from conformance.mutants.matrix import Fate, Matrix, Row
from conformance.mutants.report.figures import (
    COLUMNS,
    Figures,
    summary,
    title,
    unobservable_reasons,
    why,
)

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --bad: #c22; --good: #284; --quiet: #777; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; }
body { padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem; }
th, td { border-bottom: 1px solid var(--line); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
tr.all td { font-weight: 600; }
.survived, .unclaimed, .refused { color: var(--bad); font-weight: 600; }
.killed { color: var(--good); } .unobservable { color: var(--quiet); }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere; }
details { border-bottom: 1px solid var(--line); padding: .3rem 0; } summary { cursor: pointer; }
.matrix td:nth-child(1), .matrix td:nth-child(2) { width: 28%; }
"""


def html(matrix: Matrix) -> str:
    """The whole matrix; each directive can be opened and shut."""
    return "\n".join(_page(matrix)) + "\n"


def _page(matrix: Matrix) -> Iterator[str]:
    name = escape(title(matrix))
    yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<title>{name}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{name}</h1><p>{escape(summary(matrix))}.</p>"
    yield from _figures(matrix)
    wrong = [*matrix.survivors, *matrix.of_fate(Fate.REFUSED)]
    yield "<h2>Not noticed as it should be</h2>"
    yield from _table(wrong) if wrong else ["<p>Nothing.</p>"]
    if not matrix.selection:
        yield "<h2>Requirements that noticed nothing</h2>"
        yield _list(map(escape, matrix.idle)) if matrix.idle else "<p>None.</p>"
    yield "<h2>Unobservable from outside</h2>"
    reasons = unobservable_reasons(matrix).items()
    yield _list(f"{len(rows)}: {escape(reason)}" for reason, rows in reasons)
    yield "<h2>Every mutant, by directive</h2>"
    for clause, rows in matrix.by_clause().items():
        yield f"<details><summary><code>{escape(clause)}</code> ({len(rows)})</summary>"
        yield from _table(rows)
        yield "</details>"
    yield "<h2>What each requirement noticed</h2>"
    for requirement, rows in matrix.kills().items():
        yield f"<details><summary><code>{escape(requirement)}</code> ({len(rows)})</summary>"
        yield _list(f"<code>{escape(row.name)}</code>" for row in rows)
        yield "</details>"
    yield "</body></html>"


def _figures(matrix: Matrix) -> Iterator[str]:
    heads = "".join(f'<th class="n">{name}</th>' for name in COLUMNS)
    yield f"<table><tr><th>directive</th>{heads}</tr>"
    for name, rows in [*matrix.by_clause().items(), ("all", matrix.rows)]:
        figures = Figures.of(rows)
        cells = "".join(f'<td class="n">{cell}</td>' for cell in figures.cells)
        kind = ' class="all"' if rows is matrix.rows else ""
        yield f"<tr{kind}><td><code>{escape(name)}</code></td>{cells}</tr>"
    yield "</table>"


def _table(rows: Iterable[Row]) -> Iterator[str]:
    heads = "<th>mutant</th><th>what is claimed, or what the fault is</th><th></th>"
    yield f'<table class="matrix"><tr>{heads}<th>noticed by</th></tr>'
    for row in rows:
        noticed = ", ".join(row.killers)
        more = "" if row.fate is Fate.KILLED else escape(why(row))
        yield (
            f"<tr><td><code>{escape(row.name)}</code></td><td>{escape(row.expected)}</td>"
            f'<td class="{row.fate.value}">{row.fate.value}</td>'
            f"<td><code>{escape(noticed)}</code> {more}</td></tr>"
        )
    yield "</table>"


def _list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"
