"""The server blocks in the text of a configuration that is written as the certification one is."""

from __future__ import annotations

import re
from collections.abc import Callable

_SERVER = re.compile(r"^    server \{\n(?:(?!    \}\n).*\n)*    \}\n", re.MULTILINE)
_NAME = re.compile(r"^\s*server_name\s+(\S+);", re.MULTILINE)
_HOST = re.compile(r"(\n\s+listen\s+)[\d.]+:")


def each_server(text: str, edited: Callable[[str, str], str]) -> str:
    """The text with each block replaced by what `edited` makes of its name and text; "" removes."""
    return _SERVER.sub(lambda block: edited(_name(block[0]), block[0]), text)


def on_host(text: str, host: str) -> str:
    """The text with every listener on that host, on its own port."""
    return _HOST.sub(rf"\g<1>{host}:", text)


def _name(block: str) -> str:
    found = _NAME.search(block)
    return found[1] if found else ""
