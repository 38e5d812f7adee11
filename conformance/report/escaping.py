"""What a target said, made harmless for whoever reads it: one function for each kind of reader.

All of them begin with `printable`: nothing that moves a cursor, turns the
direction of writing or cannot be encoded reaches any report.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any

# What would be read as Markdown, or as HTML within it.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|&~$])")
_BACKTICKS = re.compile("`+")


def printable(text: str) -> str:
    r"""The text with every character that shows nothing (but the space) as its escape.

    >>> printable("a\r\n\x1b[31m")
    'a\\r\\n\\x1b[31m'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def for_html(text: str) -> str:
    """Text, or an attribute's value, of HTML or SVG."""
    return html.escape(printable(text))


def for_script(value: Any) -> str:
    """A value as JSON that can stand in a `<script>` element: nothing in it ends that."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def for_markdown(text: str) -> str:
    """Text within a line of Markdown."""
    return _SPECIAL.sub(r"\\\1", " ".join(printable(text).split()))


def as_code(text: str) -> str:
    """The text as a code span of Markdown: no link, no mention and no markup is seen in it."""
    text = " ".join(printable(text).split())
    if not text:
        return ""
    ticks = "`" * (1 + max(map(len, _BACKTICKS.findall(text)), default=0))
    pad = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def in_cell(markdown: str) -> str:
    """A code span where a table's cell has it: a bar in it would end the cell."""
    return markdown.replace("|", "\\|")


def fenced(lines: list[str]) -> list[str]:
    """The lines as a code block of Markdown."""
    clean = list(map(printable, lines))
    longest = max((len(x) for line in clean for x in _BACKTICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", *clean, fence]


def for_workflow(text: str, *, parameter: bool = False) -> str:
    """The message of a workflow command of GitHub's, or the value of one of its parameters."""
    text = printable(text).replace("%", "%25")
    return text.replace(":", "%3A").replace(",", "%2C") if parameter else text
