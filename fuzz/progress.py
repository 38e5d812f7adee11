"""How a campaign goes, on standard error: one line, rewritten on a terminal."""

from __future__ import annotations

import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterable
from typing import TextIO

_EVERY_ON_A_TERMINAL, _EVERY = 0.2, 5.0
_CLEAR = "\r\x1b[K"


class Progress:
    """Tells of streams said, their rate, finds by oracle and the time left.

    `left` is in seconds, None where the end is not a matter of time.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = sys.stderr if out is None else out
        self._terminal = self._out.isatty()
        self._began = self._told = time.monotonic()

    def tell(self, said: int, oracles: Iterable[str], left: float | None, now: str = "") -> None:
        """Say how far it is, if it is time to; `now` is what is being done."""
        every = _EVERY_ON_A_TERMINAL if self._terminal else _EVERY
        if time.monotonic() - self._told < every:
            return
        self._told = time.monotonic()
        line = ", ".join(filter(None, (*self._figures(said, oracles), shown(left), now)))
        if self._terminal:
            self._out.write(f"{_CLEAR}{line[: shutil.get_terminal_size().columns - 1]}")
        else:
            self._out.write(line + "\n")
        self._out.flush()

    def clear(self) -> None:
        """Leave the line to others."""
        if self._terminal:
            self._out.write(_CLEAR)
            self._out.flush()

    def _figures(self, said: int, oracles: Iterable[str]) -> Iterable[str]:
        seconds = max(time.monotonic() - self._began, 1e-6)
        yield f"{said} streams"
        yield f"{said / seconds:.0f}/s"
        finds = Counter(oracles)
        each = ", ".join(f"{name} {number}" for name, number in finds.items())
        yield f"{finds.total()} finds ({each})" if finds else "no finds"


def shown(left: float | None) -> str:
    """So many seconds, as people read them; "" for None."""
    if left is None:
        return ""
    minutes, seconds = divmod(int(max(left, 0.0)), 60)
    return f"{minutes}:{seconds:02} left"
