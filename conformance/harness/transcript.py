"""What went over the wire, as a value: who said what, in which layer, when.

A transcript is the evidence behind a verdict, so it keeps the bytes; what is
*shown* of it is escaped and carries no secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

SHOWN_LIMIT = 2000
REDACTED = b"<redacted>"


class Side(StrEnum):
    """Who produced a line."""

    CLIENT = "client"
    SERVER = "server"


class Layer(StrEnum):
    """Under which protection a line travelled; `handshake` lines are our notes on TLS itself."""

    CLEAR = "clear"
    TLS = "tls"
    HANDSHAKE = "handshake"


@dataclass(frozen=True)
class Line:
    """Bytes of one send or receive (or a note on the handshake), `seconds` after the connect."""

    seconds: float
    side: Side
    layer: Layer
    data: bytes


def escaped(data: bytes) -> str:
    r"""`data` as printable ASCII: no control character, no markup, reaches a reader unescaped.

    >>> escaped(b"a OK\r\n\x1b[31m<b>")
    'a OK\\r\\n\\x1b[31m<b>'
    """
    text = data.decode("latin-1")
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text
    return text.encode("unicode_escape").decode("ascii")


@dataclass
class Transcript:
    """A growing list of lines; `secrets` never appear in what is shown of it."""

    lines: list[Line] = field(default_factory=list)
    secrets: set[bytes] = field(default_factory=set, repr=False)

    def add(self, seconds: float, side: Side, layer: Layer, data: bytes) -> None:
        """Append one line."""
        self.lines.append(Line(seconds, side, layer, data))

    def sent_by(self, side: Side, layer: Layer) -> bytes:
        """All bytes of one side in one layer, joined."""
        return b"".join(x.data for x in self.lines if x.side is side and x.layer is layer)

    def shown(self) -> list[list[str]]:
        """`[side, layer, text]` rows for reports: escaped, redacted, bounded in length."""
        secrets = sorted(self.secrets, key=len, reverse=True)
        return [[x.side, x.layer, _shown(x.data, secrets)] for x in self.lines]


def _shown(data: bytes, secrets: Sequence[bytes]) -> str:
    for secret in secrets:
        data = data.replace(secret, REDACTED)
    text = escaped(data[:SHOWN_LIMIT])
    rest = len(data) - SHOWN_LIMIT
    return f"{text} … {rest} more bytes" if rest > 0 else text


def rows(transcripts: Iterable[Transcript]) -> list[list[str]]:
    """The shown rows of several transcripts, one after the other."""
    return [row for transcript in transcripts for row in transcript.shown()]
