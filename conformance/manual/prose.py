"""Words of ours as Markdown: what stands in `code` is left alone, and nothing else is markup."""

from __future__ import annotations

import re

_CODE = re.compile(r"(`[^`]*`)")
_SPECIAL = re.compile(r"([\\*\[\]<>#~|])")


def prose(text: str) -> str:
    """A text in one line.

    >>> prose("`a|b` or <c>")
    '`a|b` or \\\\<c\\\\>'
    """
    pieces = _CODE.split(" ".join(text.split()))
    return "".join(x if n % 2 else _SPECIAL.sub(r"\\\1", x) for n, x in enumerate(pieces))


def cell(text: str) -> str:
    """The same for a cell of a table, where a bar would end it even in code."""
    pieces = _CODE.split(prose(text))
    return "".join(x.replace("|", r"\|") if n % 2 else x for n, x in enumerate(pieces))


def code(text: str) -> str:
    """A name or value, as it is typed, for a cell of a table."""
    return "`" + text.replace("|", r"\|") + "`" if text else ""
