"""TLS records out of a stream of bytes that may be anything at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..transcript import escaped

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA, HEARTBEAT = 20, 21, 22, 23, 24
# RFC 5246 section 6.2.3: 2^14 bytes of plaintext and at most 2048 that compression and MAC add.
LARGEST_PAYLOAD = 16384 + 2048
_EXCERPT = 80


class NotTls(Exception):
    """The peer's bytes are no TLS. The message shows an escaped excerpt of them."""


@dataclass(frozen=True)
class Record:
    """One record: content type, version in its header, and payload as it travelled."""

    type: int
    version: int
    payload: bytes


def record(content_type: int, version: int, payload: bytes) -> bytes:
    """A record as bytes."""
    return bytes((content_type, version >> 8, version & 0xFF)) + len(payload).to_bytes(2) + payload


class Records:
    """Splits what it is fed into records. Holds less than one record at any time."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> Iterator[Record]:
        """The records that `data` completes. Raises `NotTls` at the first impossible byte.

        What came before that byte has been yielded by then.
        """
        buffer = self._buffer + data
        start = 0
        while len(buffer) - start >= 5:
            _check_header(buffer[start : start + _EXCERPT])
            end = start + 5 + int.from_bytes(buffer[start + 3 : start + 5])
            if len(buffer) < end:
                break
            version = int.from_bytes(buffer[start + 1 : start + 3])
            yield Record(buffer[start], version, buffer[start + 5 : end])
            start = end
        self._buffer = buffer[start:]
        _check_header(self._buffer[:_EXCERPT])


def _check_header(data: bytes) -> None:
    # Judged byte by byte: a single "*" or "-" tells a mail server that never left the clear.
    possible = not data or (
        CHANGE_CIPHER_SPEC <= data[0] <= HEARTBEAT
        and data[1:2] in (b"", b"\x03")
        and data[2:3] <= b"\x04"
        and (len(data) < 5 or int.from_bytes(data[3:5]) <= LARGEST_PAYLOAD)
    )
    if not possible:
        raise NotTls(excerpt(data))


def excerpt(data: bytes) -> str:
    """The beginning of `data`, escaped and short enough for a note."""
    return f'"{escaped(data[:_EXCERPT])}{"…" if len(data) > _EXCERPT else ""}"'


class Reader:
    """Reads a structure in TLS's presentation language; `NotTls` where the bytes run out."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """Bytes not yet read."""
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        if count > self.left:
            raise NotTls(f"a structure is cut short: {excerpt(self._data)}")
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, size: int) -> int:
        """The next number, of `size` bytes."""
        return int.from_bytes(self.take(size))

    def vector(self, size: int) -> bytes:
        """The next vector, whose length takes `size` bytes."""
        return self.take(self.number(size))

    def vectors(self, outer: int, inner: int) -> tuple[bytes, ...]:
        """The next vector of vectors, their lengths of `outer` and `inner` bytes."""
        inside = Reader(self.vector(outer))
        found = []
        while inside.left:
            found.append(inside.vector(inner))
        return tuple(found)


def vector(size: int, data: bytes) -> bytes:
    """`data` behind its length in `size` bytes."""
    return len(data).to_bytes(size) + data


def numbers(values: tuple[int, ...], size: int = 2) -> bytes:
    """The values one after the other, `size` bytes each."""
    return b"".join(value.to_bytes(size) for value in values)
