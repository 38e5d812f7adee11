"""What a stream does with its connection instead of saying something.

A gesture that makes no sense where it stands does nothing, so that any list of
steps and gestures is a stream.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.harness.endpoint import Protocol

from .writing import octets, written

SIGN = "!"


class Move(StrEnum):
    """What can be done.

    The hellos say how the next handshake begins: in segments of one octet; in the
    segment of the upgrade's own line; in two segments, of which the first has so many
    octets; in records of few octets; or not at all, but with what no TLS server of today
    goes on from. Whatever the stream says after one of the latter is said in clear, on a
    connection that has no way back to it.

    `STRAIGHT` keeps the fuzzer from saying its own words first inside TLS.

    The others are done at once, whether or not answers are outstanding: no more
    is sent; the connection is torn down; TLS is ended in order, and what follows is said in
    clear; another handshake is begun inside TLS, which is of version 1.2 therefore; octets are
    put on the connection beneath TLS; another client comes, says an ordinary session and goes.
    """

    BYTEWISE = "hello bytewise"
    GLUED = "hello glued"
    CUT = "hello cut"
    FRAGMENTS = "hello fragments"
    SSLV2 = "hello sslv2"
    GARBAGE = "hello garbage"
    ALERT = "hello alert"
    SILENCE = "hello silence"
    HALF_CLOSE = "half-close"
    RESET = "reset"
    CLOSE_NOTIFY = "close-notify"
    RENEGOTIATE = "renegotiate"
    STRAIGHT = "straight"
    CLEAR = "clear"
    BESIDE = "beside"

    @property
    def hello(self) -> bool:
        """Whether it says how the next handshake begins."""
        return self.startswith("hello ")


WHOLE_HELLOS = frozenset({Move.BYTEWISE, Move.CUT, Move.FRAGMENTS})
"""After these the handshake has to succeed as if they had not been made."""
BROKEN_HELLOS = frozenset({Move.SSLV2, Move.GARBAGE, Move.ALERT, Move.SILENCE})
"""After these there is no handshake."""

LAST_CUT = 65535
"""The largest offset that can be said; no ClientHello is as long."""
_CUTS = f"`{SIGN}{Move.CUT} N` has N from 1 to {LAST_CUT}, and nothing else has one"
_OFFSET = re.compile("[1-9][0-9]{0,4}")
# What finds of earlier releases say: the middle of a ClientHello as OpenSSL 3 makes it.
_HALVES, _MIDDLE = "hello halves", 258


@dataclass(frozen=True)
class Gesture:
    """One such act; to who asks it for its text, it says nothing.

    `octets` are what `CLEAR` puts on the connection, `at` is the offset behind which `CUT`
    cuts: at or beyond the end of the ClientHello it leaves that whole. Raises ValueError
    where these have none, or another kind has one.
    """

    kind: Move
    octets: bytes = b""
    at: int = 0
    text: bytes = field(default=b"", init=False)
    cuts: tuple[int, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        if bool(self.octets) is not (self.kind is Move.CLEAR):
            raise ValueError(f"{self.kind} with octets {self.octets!r}")
        if self.at not in (range(1, LAST_CUT + 1) if self.kind is Move.CUT else (0,)):
            raise ValueError(f"{self.kind} at {self.at}: {_CUTS}")

    def upgrades(self, protocol: Protocol) -> bool:
        """It never asks for TLS."""
        return False

    def __str__(self) -> str:
        at = str(self.at) if self.at else ""
        return " ".join(filter(None, (SIGN + self.kind, at, written(self.octets))))


def gesture(line: str) -> Gesture:
    """The gesture that is written so. Raises ValueError where none is."""
    said = line.removeprefix(SIGN)
    name, _, text = said.partition(" ")
    if name == Move.CLEAR:
        return Gesture(Move.CLEAR, octets(text))
    if said == _HALVES:
        return Gesture(Move.CUT, at=_MIDDLE)
    if said.startswith(Move.CUT):
        offset = said.removeprefix(Move.CUT + " ")
        if not _OFFSET.fullmatch(offset):
            raise ValueError(f"{line!r}: {_CUTS}")
        return Gesture(Move.CUT, at=int(offset))
    return Gesture(Move(said))
