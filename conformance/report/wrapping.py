"""Text within a terminal's width."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

WIDTH = 96


def wrapped(head: str, text: str) -> Iterator[str]:
    """The text within `WIDTH` columns, the first line behind `head`, the others below it."""
    lines = textwrap.wrap(text, WIDTH - len(head), break_on_hyphens=False) or [""]
    yield head + lines[0]
    yield from (" " * len(head) + line for line in lines[1:])
