"""The matrix: a row for each listener, a column for each directive, and how their checks ended."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from urllib.parse import quote

from conformance.report.escaping import for_html, printable
from conformance.report.figures import COLUMNS
from conformance.report.report import Report
from conformance.report.results import SEVERITY
from conformance.verdict import Verdict

# A letter or sign for each verdict: nobody has to tell colours apart.
SIGNS = {
    Verdict.PASS: "✓",
    Verdict.KNOWN: "K",
    Verdict.WARN: "W",
    Verdict.FAIL: "F",
    Verdict.INCONCLUSIVE: "?",
    Verdict.ERROR: "E",
    Verdict.NOT_APPLICABLE: "·",
}
_TITLES = dict(COLUMNS)
_Count = Counter[Verdict]


def matrix(report: Report) -> Iterator[str]:
    """The table. Each cell leads to its checks (`#d=DIRECTIVE&l=LISTENER`)."""
    directives = list(report.by_directive())
    cells: dict[tuple[str, str], _Count] = defaultdict(Counter)
    for check in report.checks:
        for listener in (check.listener, ""):
            for directive in (check.directive, ""):
                cells[listener, directive][check.verdict] += 1
    heads = "".join(
        f'<th scope="col"><span>{for_html(d)}</span></th>' for d in ["all", *directives]
    )
    yield '<div class="scroll" tabindex="0" role="region" aria-label="matrix">'
    yield '<table class="matrix">'
    yield f'<thead><tr><th scope="col">listener</th>{heads}</tr></thead><tbody>'
    names = dict.fromkeys([x.name for x in report.listeners])
    names.update(dict.fromkeys(check.listener for check in report.checks))
    for name in ["", *names]:
        title = for_html(name or "all")
        row = "".join(_cell(name, d, cells[name, d]) for d in ["", *directives])
        kind = "" if name else ' class="all"'
        yield f'<tr{kind}><th scope="row">{title}</th>{row}</tr>'
    yield "</tbody></table></div>"


def _cell(listener: str, directive: str, count: _Count) -> str:
    verdict = max(count, key=SEVERITY.index, default=Verdict.NOT_APPLICABLE)
    if verdict is Verdict.NOT_APPLICABLE:
        return "<td>·</td>"
    told = ", ".join(f"{count[v]} {title}" for v, title in _TITLES.items() if count[v])
    words = (("d", directive), ("l", listener))
    link = "&".join(f"{key}={quote(printable(value), safe='')}" for key, value in words if value)
    return (
        f'<td class="{verdict.value}"><a href="#{for_html(link)}" title="{told}">'
        f"{SIGNS[verdict]}{count[verdict]}</a></td>"
    )


def legend() -> str:
    """What the letters mean."""
    return " ".join(
        f'<span class="key"><b class="{verdict.value}">{SIGNS[verdict]}</b> {title}</span>'
        for verdict, title in COLUMNS
    )
