"""A run as one HTML page: verdict, figures, matrix, every check with its evidence."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.report.escaping import for_html, for_script
from conformance.report.figures import COLUMNS, parts_left_out, sum_line
from conformance.report.html.comparison import compared
from conformance.report.html.data import Packing
from conformance.report.html.deviations import deviations
from conformance.report.html.matrix import SIGNS, legend, matrix
from conformance.report.html.shell import shell
from conformance.report.report import Report

_VERDICTS = {
    "conformant": "✓ Conformant",
    "not-conformant": "✗ Not conformant",
    "no-verdict": "? No verdict",
}
_LEVELS = {
    "L1": "only the address could be seen",
    "L2": "the target also talked to waxseal's own auth server and mail servers",
    "L3": "waxseal started the target",
}


def html(report: Report) -> str:
    """The whole report. Without scripts it still shows all but what passed."""
    return shell(f"{report.title}: {report.verdict}", _body(report), script=True)


def _body(report: Report) -> Iterator[str]:
    yield from _header(report)
    yield "<main>"
    yield from _tiles(report)
    yield '<section id="matrix"><h2>Listeners and directives</h2>'
    yield f'<p class="legend">{legend()}</p>'
    yield from matrix(report)
    yield "</section>"
    yield from _findings(report)
    if report.against is not None:
        yield f'<section id="against"><h2>Against {for_html(report.against.old)}</h2>'
        yield from compared(report.against)
        yield "</section>"
    yield '<section id="checks"><h2>Checks</h2><noscript>'
    yield from deviations(report)
    yield "</noscript></section>"
    yield from _about(report)
    yield "</main>"
    data = for_script(Packing(report).packed())
    yield f'<script type="application/json" id="data">{data}</script>'


def _header(report: Report) -> Iterator[str]:
    words = _VERDICTS.get(report.verdict, for_html(report.verdict))
    kind = report.verdict if report.verdict in _VERDICTS else "no-verdict"
    yield f'<header class="verdict {kind}"><h1>{words}</h1>'
    yield f'<p class="target">{for_html(report.title)}</p>'
    told = _LEVELS.get(report.level, "")
    yield f"<p>Evidence of level <b>{for_html(report.level)}</b>: {told}.</p>"
    if report.level_note:
        yield f"<p>No better, because {for_html(report.level_note)}.</p>"
    if report.why:
        yield f"<p>Why there is no verdict: {for_html(report.why)}.</p>"
    yield from (f"<p><b>{for_html(note)}</b></p>" for note in parts_left_out(report))
    yield from (f"<p>Baseline: {for_html(text)}</p>" for text in report.baseline_problems)
    yield "</header>"


def _tiles(report: Report) -> Iterator[str]:
    summary = report.summary
    yield f'<section><p>{for_html(sum_line(report))}.</p><ul class="tiles">'
    for verdict, title in COLUMNS:
        count = summary[verdict.value]
        kind = verdict.value if count else "none"
        yield (
            f'<li class="{kind}"><a href="#v={verdict.value}"><b>{SIGNS[verdict]} {count}</b>'
            f"<span>{title}</span></a></li>"
        )
    yield "</ul></section>"


def _findings(report: Report) -> Iterator[str]:
    if report.findings:
        yield '<section id="findings"><h2>Found by fuzzing</h2>'
    for finding in report.findings:
        yield '<details class="group" open><summary><b class="fail">F</b> <code>'
        yield f"{for_html(finding.requirement)}</code> on {for_html(finding.listener)} "
        yield f"<small>{for_html(finding.oracle)}</small></summary>"
        stream = "\n".join(map(for_html, finding.stream.splitlines()))
        yield f"<pre>{stream}</pre>"
        yield f"<dl><dt>reproduce</dt><dd>{for_html(finding.reproducer)}</dd></dl></details>"
    yield "</section>" if report.findings else ""


def _about(report: Report) -> Iterator[str]:
    yield '<section id="about"><h2>About this run</h2><dl>'
    for name, value in [*report.suite.items(), *report.target.items()]:
        if value is not None:
            yield f"<dt>{for_html(str(name))}</dt><dd>{for_html(str(value))}</dd>"
    yield f"<dt>exit status</dt><dd>{report.exit_status}</dd></dl>"
    yield f"<details><summary>{len(report.listeners)} listeners</summary>"
    yield '<div class="scroll"><table><tr><th>name</th><th>address</th><th>protocol</th>'
    yield "<th>TLS</th></tr>"
    for place in report.listeners:
        row = (place.name, place.address, place.protocol, place.tls)
        yield f"<tr>{''.join(f'<td>{for_html(cell)}</td>' for cell in row)}</tr>"
    yield "</table></div></details></section>"
