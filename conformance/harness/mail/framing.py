"""From a stream of bytes to lines, bounded: the first step of reading any mail server."""

from __future__ import annotations

from dataclasses import dataclass

# Many times what a mail server has reason to say in one line before a mailbox is opened.
LINE_LIMIT = 64 * 1024


@dataclass(frozen=True)
class Line:
    """One line without its end. `bare`: it ended in LF alone; `cut`: only its beginning is here."""

    data: bytes
    bare: bool = False
    cut: bool = False

    @property
    def size(self) -> int:
        """The bytes it took on the wire, its end included (of a cut one: of what is here)."""
        return len(self.data) + (1 if self.bare else 2)


class Lines:
    """Splits what `feed` brings into lines and keeps the unfinished one in `rest`.

    Of a line longer than `LINE_LIMIT` the beginning comes out at once, marked
    as cut; the remainder up to its line feed is thrown away.
    """

    def __init__(self) -> None:
        self.rest = b""
        self._cutting = False

    def feed(self, data: bytes) -> list[Line]:
        """The lines that `data` completes, in order."""
        *ended, self.rest = (self.rest + data).split(b"\n")
        lines = []
        for raw in ended:
            if not self._cutting:
                lines.append(_line(raw))
            self._cutting = False
        if self._cutting:
            self.rest = b""
        elif len(self.rest) > LINE_LIMIT:
            lines.append(_line(self.rest))
            self.rest, self._cutting = b"", True
        return lines


def _line(raw: bytes) -> Line:
    data = raw.removesuffix(b"\r")
    return Line(data[:LINE_LIMIT], bare=data == raw, cut=len(data) > LINE_LIMIT)
