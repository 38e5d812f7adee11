"""Tables of Markdown."""

from __future__ import annotations

from collections.abc import Iterator


def head(*names: str) -> Iterator[str]:
    """The two lines above a table's rows."""
    yield line(*names)
    yield line(*("---" for _ in names))


def line(*cells: str) -> str:
    """A row; the cells are Markdown."""
    return f"| {' | '.join(cells)} |"
