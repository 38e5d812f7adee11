"""What deviated, as plain HTML: for readers without scripts."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.report.escaping import for_html
from conformance.report.figures import DEVIATING, TITLES
from conformance.report.report import Report, by_requirement
from conformance.report.results import Check
from conformance.requirements.catalogue import catalogue

# Of one requirement that deviates on many listeners, so many are told in full.
_IN_FULL = 3


def deviations(report: Report) -> Iterator[str]:
    """Each requirement that deviated, the worst first, with the first few listeners in full."""
    for verdict in reversed(DEVIATING):
        for identifier, found in by_requirement(report.having(verdict)).items():
            yield f'<details class="group" open><summary><b class="{verdict.value}">'
            yield f"{TITLES[verdict]}</b> <code>{for_html(identifier)}</code></summary>"
            requirement = catalogue().get(identifier)
            yield f"<p>{for_html(requirement.reading)}</p>" if requirement else ""
            for check in found[:_IN_FULL]:
                yield from _full(check)
            rest = ", ".join(check.listener for check in found[_IN_FULL:])
            yield f"<p>and on {for_html(rest)}</p></details>" if rest else "</details>"


def _full(check: Check) -> Iterator[str]:
    yield f"<p>on <code>{for_html(check.listener)}</code></p>"
    yield "".join(told(check))
    if check.transcript:
        rows = (f"{side:<6} {layer:<9} {text}" for side, layer, text in check.transcript)
        yield f"<pre>{chr(10).join(map(for_html, rows))}</pre>"


def told(check: Check) -> Iterator[str]:
    """What was expected and seen."""
    yield "<dl>"
    for word in ("reason", "expected", "observed", "reproduce"):
        if text := getattr(check, word):
            yield f"<dt>{word}</dt><dd>{for_html(text)}</dd>"
    yield "</dl>"
