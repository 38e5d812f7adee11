"""What connections carried, octet by octet as it was on the wire, and the keys to the TLS in it.

Nothing of it is kept unless somebody asks, since a run makes tens of thousands of
connections. Who asks gets those that are made inside a `with capturing()`.
"""

from __future__ import annotations

import contextlib
import contextvars
import socket
import ssl
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from .transcript import Side

Place = tuple[str, int]


class Mark(StrEnum):
    """What a packet is: octets, the orderly end of its side, or a reset."""

    DATA = "data"
    END = "end"
    RESET = "reset"


@dataclass(frozen=True)
class Packet:
    """One send or one receive; `at` is in seconds since 1970."""

    at: float
    side: Side
    mark: Mark
    data: bytes = b""


@dataclass
class Flow:
    """One connection: its two ends, when it was made, and what went over it."""

    client: Place
    server: Place
    began: float
    packets: list[Packet] = field(default_factory=list)

    def note(self, side: Side, mark: Mark, data: bytes = b"") -> None:
        """One more packet, now."""
        self.packets.append(Packet(time.time(), side, mark, data))


@dataclass
class Capture:
    """Connections in the order in which they were made; `keys` as SSLKEYLOGFILE has them."""

    flows: list[Flow] = field(default_factory=list)
    keys: bytes = b""
    key_log: Path | None = None

    def __bool__(self) -> bool:
        return bool(self.flows)

    def log_keys(self, context: ssl.SSLContext) -> None:
        """Have the context tell its secrets while the capture lasts."""
        if self.key_log is not None:
            context.keylog_filename = str(self.key_log)


_capture: contextvars.ContextVar[Capture | None] = contextvars.ContextVar("capture", default=None)


@contextlib.contextmanager
def capturing() -> Iterator[Capture]:
    """Keep what this thread's connections carry until the block ends; `keys` are there then."""
    with tempfile.TemporaryDirectory(prefix="waxseal-") as directory:
        capture = Capture(key_log=Path(directory) / "keys")
        token = _capture.set(capture)
        try:
            yield capture
        finally:
            _capture.reset(token)
            if capture.key_log is not None and capture.key_log.exists():
                capture.keys = capture.key_log.read_bytes()
            capture.key_log = None


def present() -> Capture | None:
    """The capture that is on, if any."""
    return _capture.get()


def flow_of(connected: socket.socket) -> Flow | None:
    """A new connection's flow in the capture that is on; None if none is, or it has ended."""
    capture = present()
    if capture is None:
        return None
    try:
        ends = connected.getsockname()[:2], connected.getpeername()[:2]
    except OSError:
        return None
    capture.flows.append(Flow(*ends, time.time()))
    return capture.flows[-1]
