"""The comparison of two runs as HTML: a page of its own, and a part of a run's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.report.comparison import Change, Comparison, Difference, lists_of, sum_of
from conformance.report.comparison_text import grouped, side, where
from conformance.report.escaping import for_html
from conformance.report.html.deviations import told
from conformance.report.html.matrix import SIGNS
from conformance.report.html.shell import shell
from conformance.report.results import Check
from conformance.requirements.catalogue import catalogue

_ENDS = {
    0: ("conformant", "✓ Nothing changed for the worse"),
    1: ("not-conformant", "✗ Something changed for the worse"),
}
# Kinds that are open when the page is.
_OPEN = (Change.FAILS, Change.WORSE, Change.UNJUDGED, Change.OPEN, Change.REASON)
# Of one requirement that changed on many listeners, so many are told in full.
_IN_FULL = 5


def comparison_html(comparison: Comparison) -> str:
    """The whole comparison as one page."""
    kind, title = _ENDS.get(comparison.exit_status, ("no-verdict", "? No verdict"))
    body = [
        f'<header class="verdict {kind}"><h1>{title}</h1></header>',
        "<main><section>",
        *compared(comparison),
        "</section></main>",
    ]
    return shell(f"{comparison.new} against {comparison.old}", body)


def compared(comparison: Comparison) -> Iterator[str]:
    """Both sides, the sum, what limits it, and each kind of difference by requirement."""
    yield '<dl class="sides">'
    for word, name, verdict in (
        ("NEW", comparison.new, comparison.new_verdict),
        ("OLD", comparison.old, comparison.old_verdict),
    ):
        yield f"<dt>{word}</dt><dd>{for_html(name)}: <b>{for_html(verdict)}</b></dd>"
    yield f"</dl><p>{for_html(sum_of(comparison))}.</p>"
    yield from (f'<p class="note">{for_html(note)}</p>' for note in comparison.notes)
    for title, names in lists_of(comparison).items():
        yield f"<p>{title}: {', '.join(f'<code>{for_html(x)}</code>' for x in names)}</p>"
    for change in Change:
        found = comparison.having(change)
        if found:
            yield f"<h3>{change.value.capitalize()} ({len(found)})</h3>"
            yield from _groups(found, opened=change in _OPEN)


def _groups(found: list[Difference], *, opened: bool) -> Iterator[str]:
    for identifier, some in grouped(found).items():
        first = some[0]
        yield f'<details class="group"{" open" if opened else ""}><summary>'
        yield f"{_badge(first.old)} → {_badge(first.new)} <code>{for_html(identifier)}</code> "
        yield f"<small>{for_html(first.level)}, {len(some)}×</small></summary>"
        requirement = catalogue().get(identifier)
        yield f"<p>{for_html(requirement.reading)}</p>" if requirement else ""
        for number, difference in enumerate(some):
            yield from _both(difference) if number < _IN_FULL else _briefly(difference)
        yield "</details>"


def _briefly(difference: Difference) -> Iterator[str]:
    new, old = side(difference.new), side(difference.old)
    yield f"<p><code>{for_html(where(difference))}</code>: {for_html(old)} → {for_html(new)}</p>"


def _both(difference: Difference) -> Iterator[str]:
    yield f'<h4><code>{for_html(where(difference))}</code></h4><div class="sides">'
    for word, check in (("OLD", difference.old), ("NEW", difference.new)):
        yield f"<div><p>{word} {_badge(check)}</p>"
        yield "".join(told(check)) if check else ""
        if check and check.transcript:
            yield f"<details><summary>transcript</summary>{talk(check.transcript)}</details>"
        yield "</div>"
    yield "</div>"


def _badge(check: Check | None) -> str:
    if check is None:
        return '<b class="not_applicable">– not judged</b>'
    word = check.verdict.value.replace("_", " ")
    return f'<b class="{check.verdict.value}">{SIGNS[check.verdict]} {word}</b>'


def talk(transcript: Sequence[tuple[str, str, str]]) -> str:
    """Who said what, line by line."""
    rows = (f"{side:<6} {layer:<9} {text}" for side, layer, text in transcript)
    return f"<pre>{chr(10).join(map(for_html, rows))}</pre>"
