"""How a configuration is refused: nginx's text, and where in the file."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LONGEST = 1024
_ROOM_FOR_REASON = 50
_REASON = re.compile(r"( \(\d+: [^()]+\))$")


@dataclass(frozen=True)
class Place:
    """A line of a file. Line 0 of COMMAND_LINE stands for the text given with `-g`."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


COMMAND_LINE = Place("command line", 0)


class ConfigError(Exception):
    """The configuration cannot be used. `str()` is the message as nginx prints it after the level.

    `file` is "" and `line` 0 where nginx names no place; a long text is cut before the place.
    """

    def __init__(self, text: str, place: Place | None = None, level: str = "emerg") -> None:
        super().__init__(f"{limited(text, _LONGEST)} in {place}" if place else text)
        self.text = text
        self.file = place.file if place else ""
        self.line = place.line if place else 0
        self.level = level


def limited(text: str, most: int) -> str:
    """Cut the text to so many bytes, but leave room for what the system says at its end."""
    text, reason, _ = _REASON.split(text, maxsplit=1) if _REASON.search(text) else (text, "", "")
    if reason and len(text.encode(errors="surrogateescape")) > most - _ROOM_FOR_REASON:
        text = shortened(text, most - _ROOM_FOR_REASON) + "..."
    return shortened(text + reason, most)


def shortened(text: str, most: int) -> str:
    """Cut the text after so many bytes, as nginx does, be it in the middle of a character."""
    return text.encode(errors="surrogateescape")[:most].decode(errors="surrogateescape")


def failed(call: str, error: OSError) -> str:
    """A system call's failure in nginx's words: `open() "P" failed (2: No such file …)`."""
    return f"{call} failed ({error.errno}: {error.strerror})"
