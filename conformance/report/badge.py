"""The badge: what was certified and the verdict, as one SVG that needs nothing else."""

from __future__ import annotations

from conformance.report.escaping import for_html
from conformance.report.report import Report
from conformance.verdict import Verdict

# Dark enough for white letters to be read on them (4.5:1).
_COLOURS = {"conformant": "#1a7f37", "not-conformant": "#b3261e", "no-verdict": "#6b5900"}
_GREY = "#444"
# How wide a character of the font is on average, and the space at each side of a word.
_CHARACTER, _MARGIN = 6.6, 8

_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{label}">
<title>{label}</title>
<clipPath id="r"><rect width="{width}" height="20" rx="3"/></clipPath>
<g clip-path="url(#r)">
<rect width="{left}" height="20" fill="#444"/>
<rect x="{left}" width="{right}" height="20" fill="{colour}"/>
</g>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
<text x="{middle}" y="14" textLength="{left_text}">waxseal</text>
<text x="{other}" y="14" textLength="{right_text}">{words}</text>
</g>
</svg>
"""


def badge(report: Report) -> str:
    """The verdict with the level of evidence; what failed is counted."""
    words = _words(report)
    left, right = (_width("waxseal"), _width(words))
    return _SVG.format(
        label=for_html(f"waxseal: {words}"),
        words=for_html(words),
        width=left + right,
        left=left,
        right=right,
        left_text=left - 2 * _MARGIN,
        right_text=right - 2 * _MARGIN,
        middle=left / 2,
        other=left + right / 2,
        colour=_COLOURS.get(report.verdict, _GREY),
    )


def _words(report: Report) -> str:
    match report.verdict:
        case "conformant":
            return f"conformant at {report.level}" + (" (part)" if report.partial else "")
        case "not-conformant":
            failed = len({c.requirement for c in report.having(Verdict.FAIL)})
            return f"{failed} broken" if failed else "not conformant"
        case _:
            return "no verdict"


def _width(text: str) -> int:
    return round(len(text) * _CHARACTER) + 2 * _MARGIN
