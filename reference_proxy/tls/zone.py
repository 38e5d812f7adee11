"""Sessions that all workers share: `shared:NAME:SIZE`, in anonymous memory made before the fork."""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import tempfile
import time
import weakref
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from reference_proxy.config.errors import failed
from reference_proxy.config.settings import Zone
from reference_proxy.tls.errors import ContextError

_PAGE = mmap.PAGESIZE
_WORD = 8
_HEAD, _TAIL, _BUCKETS = 0, 1, 2  # words in front of the ring

# A record's header; the session follows. nginx keeps the same in a node of 128 bytes.
_HEADER = struct.Struct(
    "=QQQHH32s"
)  # length, next in bucket, end of life, length of id and session
_NODE = 128
_EXPIRY_AT = 2  # the header's third word


class SharedSessions:
    """A ring of sessions, the oldest of which goes when there is no room (W-SES-09).

    Every process that was forked after it was made may use it. What a process
    leaves behind that is killed at work is a session less, and no lock.

    Positions count bytes from the beginning of time, so that each is used once:
    what lies before the tail is gone, whoever still points there.
    """

    def __init__(self, size: int) -> None:
        """`size` is in bytes, as nginx counts them; ContextError where there is no such memory."""
        # nginx's slabs take 24 bytes for each page, and two pages for what is not sessions.
        self._capacity = (size // (_PAGE + 24) - 1) * _PAGE
        self._count = self._capacity // (2 * _NODE)
        self._start = (_BUCKETS + self._count) * _WORD
        total = self._start + self._capacity
        try:
            self._memory = mmap.mmap(-1, total)
            with tempfile.TemporaryFile() as file:
                self._lock_file = os.dup(file.fileno())
        except (OSError, OverflowError) as error:
            reason = error if isinstance(error, OSError) else OSError(12, "Cannot allocate memory")
            raise ContextError(
                failed(f"mmap(MAP_ANON|MAP_SHARED, {size})", reason), "alert"
            ) from None
        weakref.finalize(self, os.close, self._lock_file)
        self._words = memoryview(self._memory).cast("Q")
        self._words[_HEAD] = self._words[_TAIL] = self._capacity  # 0 is nowhere

    def store(self, session_id: bytes, session: bytes, seconds: int) -> None:
        """Keep a session for so long, in place of the oldest ones if need be."""
        length = _NODE + _slab(len(session))
        with self._locked():
            now = int(time.time())
            for _ in range(2):  # nginx tidies up a little at each session
                if self._oldest_ends() <= now:
                    self._drop_oldest()
            while self._words[_HEAD] + length - self._words[_TAIL] > self._capacity:
                self._drop_oldest()
            at, bucket = self._words[_HEAD], self._bucket(session_id)
            self._write(at, _HEADER.pack(
                length, self._words[bucket], min(now + seconds, 2**64 - 1),
                len(session_id), len(session), session_id,
            ) + session)  # fmt: skip
            # In this order: a process killed in between has stored nothing.
            self._words[_HEAD] = at + length
            self._words[bucket] = at

    def find(self, session_id: bytes) -> bytes | None:
        """Return the session if it is there and its time is not over."""
        with self._locked():
            at, header = self._look_up(session_id)
            if not at or header[_EXPIRY_AT] <= int(time.time()):
                return None
            return self._read(at + _HEADER.size, header[4])

    def remove(self, session_id: bytes) -> None:
        """Forget a session if it is there; its room is free when its turn comes."""
        with self._locked():
            at, _ = self._look_up(session_id)
            if at:
                self._set_end(at, 0)

    def _look_up(self, session_id: bytes) -> tuple[int, tuple[int, ...]]:
        """Position and header of a session that was not removed; position 0 if there is none."""
        at = self._words[self._bucket(session_id)]
        while at >= self._words[_TAIL]:
            header = _HEADER.unpack(self._read(at, _HEADER.size))
            if header[_EXPIRY_AT] and header[5][: header[3]] == session_id:
                return at, header
            at = header[1]
        return 0, ()

    def _bucket(self, session_id: bytes) -> int:
        return _BUCKETS + zlib.crc32(session_id) % self._count

    def _oldest_ends(self) -> int:
        tail = self._words[_TAIL]
        return self._word(tail + _EXPIRY_AT * _WORD) if tail < self._words[_HEAD] else 2**64

    def _drop_oldest(self) -> None:
        self._words[_TAIL] += self._word(self._words[_TAIL])

    # --- the ring: records are made of whole words, so that none of these is cut in two ---

    def _word_index(self, at: int) -> int:
        return (self._start + at % self._capacity) // _WORD

    def _word(self, at: int) -> int:
        return self._words[self._word_index(at)]

    def _set_end(self, at: int, end: int) -> None:
        self._words[self._word_index(at + _EXPIRY_AT * _WORD)] = end

    def _read(self, at: int, length: int) -> bytes:
        first = self._start + at % self._capacity
        data = self._memory[first : first + length]
        return data + self._memory[self._start : self._start + length - len(data)]

    def _write(self, at: int, data: bytes) -> None:
        first = self._start + at % self._capacity
        room = self._start + self._capacity - first
        self._memory[first : first + len(data[:room])] = data[:room]
        self._memory[self._start : self._start + len(data[room:])] = data[room:]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """The kernel's lock between processes: it ends with the process that has it."""
        fcntl.lockf(self._lock_file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._lock_file, fcntl.LOCK_UN)


def _slab(size: int) -> int:
    """What nginx's allocator takes for so many bytes: a power of two from 8 on, or whole pages."""
    if size > _PAGE // 2:
        return -(-size // _PAGE) * _PAGE
    return max(_WORD, 1 << (size - 1).bit_length())


_shared: weakref.WeakValueDictionary[Zone, SharedSessions] = weakref.WeakValueDictionary()


def shared_sessions(zone: Zone) -> SharedSessions:
    """The memory of a zone: the same for every server, and through a reload, while it is in use."""
    sessions = _shared.get(zone)
    if sessions is None:
        sessions = _shared[zone] = SharedSessions(zone.size)
    return sessions
