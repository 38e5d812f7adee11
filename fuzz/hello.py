"""Handshakes that begin otherwise than a client's do: cut up, or with what is no hello at all."""

from __future__ import annotations

import contextlib
import select
import ssl
from collections.abc import Iterable, Iterator
from functools import cache
from typing import cast

from conformance.harness.observation import Offer
from conformance.harness.tls.client import SecureChannel
from conformance.harness.tls.records import HANDSHAKE, record
from conformance.harness.tls.sslv2 import client_hello_v2
from conformance.harness.tls.versions import TLSV1_2
from conformance.harness.wire import Wire

from .gesture import Gesture, Move

# Octets of a record's header, and of a handshake message's.
_HEADER, _MESSAGE_HEADER = 5, 4
# Octets in each record of a hello in fragments: few, but not fewer than a message's own header.
_FRAGMENT = 40

BROKEN = {
    Move.SSLV2: client_hello_v2(TLSV1_2, ("ECDHE-RSA-AES128-GCM-SHA256",), b"waxseal-waxseal-"),
    Move.GARBAGE: b"\x16\xff\xff\xff\xff" + b"w" * 16,
    Move.ALERT: b"\x15\x03\x01\x00\x02\x02\x28",
    Move.SILENCE: b"",
}
"""What is said instead of a ClientHello."""


class OddChannel(SecureChannel):
    """TLS whose ClientHello is cut as the gesture says; None: it is not.

    `apart` are the seconds between two segments, for the server to read the first: fewer
    when it speaks.
    """

    def __init__(
        self,
        wire: Wire,
        offer: Offer,
        hello: Gesture | None = None,
        apart: float = 0.0,
    ) -> None:
        super().__init__(wire, offer)
        self._hello = hello
        self._apart = apart

    def first_words(self) -> bytes:
        """Begin the handshake without sending its first message, which is returned."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self._tls.do_handshake()
        return self._outgoing.read()

    def take(self, octets: bytes) -> None:
        """Take what has come already for the server's."""
        self._incoming.write(octets)

    def undeciphered(self) -> bytes:
        """Forget, and return, what has come and was not read as TLS."""
        return self._incoming.read()

    def _flush(self) -> None:
        hello, self._hello = self._hello, None
        if hello is None or not self._outgoing.pending:
            super()._flush()
            return
        for number, segment in enumerate(segments(self._outgoing.read(), hello)):
            if number and hello.kind is Move.CUT:
                select.select([self.wire], [], [], self._apart)
            self._pipe.send(segment)


@cache
def length() -> int:
    """How many octets a ClientHello of ours has, with its record's header: the library's choice."""
    # Nothing is sent.
    return len(OddChannel(cast(Wire, None), Offer()).first_words())


@cache
def telling() -> tuple[int, ...]:
    """The offsets at which a cut tells most: in and behind both headers, and before the end."""
    return (*range(1, _HEADER + _MESSAGE_HEADER + 1), length() - 1)


def hellos(cuts: Iterable[int]) -> Iterator[Gesture]:
    """Every gesture that says how the next handshake begins; the cut one at these offsets."""
    for move in (move for move in Move if move.hello):
        offsets = cuts if move is Move.CUT else (0,)
        yield from (Gesture(move, at=at) for at in offsets)


def segments(octets: bytes, hello: Gesture) -> Iterator[bytes]:
    """A ClientHello's record in the segments, or the records, that the gesture is about."""
    match hello.kind:
        case Move.BYTEWISE:
            yield from (octets[at : at + 1] for at in range(len(octets)))
        case Move.CUT:
            yield from filter(None, (octets[: hello.at], octets[hello.at :]))
        case Move.FRAGMENTS:
            version = int.from_bytes(octets[1:3])
            starts = range(_HEADER, len(octets), _FRAGMENT)
            yield b"".join(record(HANDSHAKE, version, octets[a : a + _FRAGMENT]) for a in starts)
        case _:
            yield octets
