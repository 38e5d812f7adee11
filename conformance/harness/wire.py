"""One recorded TCP connection: bounded in time and size, quick to acknowledge.

nginx's mail module leaves Nagle's algorithm on; with the client's delayed ACK
each of its small writes then costs 40 ms. `TCP_QUICKACK` is not sticky, so it is
set after the connect and after every receive (Linux only; elsewhere it is slow).
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from types import TracebackType
from typing import Self

from .capture import Mark, flow_of
from .endpoint import Endpoint
from .patience import Deadline, Patience
from .transcript import Layer, Side, Transcript

CHUNK = 65536
# A target may send without end; nothing a mail server says before a mailbox is opened is this long.
RECEIVE_LIMIT = 4 * 1024 * 1024
_QUICKACK = getattr(socket, "TCP_QUICKACK", None)


class WireError(Exception):
    """The connection did not do what was hoped for. The subclass says how."""


class Unreachable(WireError):
    """No connection: refused, unroutable, unresolvable or not accepted in time."""


class Silence(WireError):
    """Nothing arrived before the deadline."""


class ConnectionReset(WireError):
    """The peer aborted the connection."""


class Flood(WireError):
    """The peer sent more than `RECEIVE_LIMIT` bytes."""


class Wire:
    """A TCP connection to `endpoint`, recorded in `transcript`.

    Raises `Unreachable` when it cannot be made. `receive` returns b"" at the
    peer's orderly end.
    """

    def __init__(self, endpoint: Endpoint, patience: Patience, transcript: Transcript) -> None:
        self.endpoint = endpoint
        self.patience = patience
        self.transcript = transcript
        self.received = 0
        self._start = time.monotonic()
        try:
            self._socket = socket.create_connection(
                (endpoint.host, endpoint.port), timeout=patience.answer * patience.factor
            )
        except (OSError, ValueError) as error:  # the latter for a name that can be nobody's
            why = getattr(error, "strerror", None) or error
            raise Unreachable(f"{endpoint.address}: {why}") from error
        self.local_host: str = self._socket.getsockname()[0]
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._quick_ack()
        self._flow = flow_of(self._socket)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def age(self) -> float:
        """Seconds since the connect began."""
        return time.monotonic() - self._start

    def fileno(self) -> int:
        """For `select`."""
        return self._socket.fileno()

    def send(self, data: bytes) -> None:
        """Send all of `data` unrecorded; raises `ConnectionReset` or `Silence`."""
        self._socket.settimeout(self.patience.answer * self.patience.factor)
        self._keep(Side.CLIENT, Mark.DATA, data)
        try:
            self._socket.sendall(data)
        except TimeoutError as error:
            raise Silence(f"{self.endpoint.address} does not take our bytes") from error
        except OSError as error:
            raise ConnectionReset(str(error)) from error
        self._quick_ack()

    def receive(self, deadline: Deadline) -> bytes:
        """At least one byte, or b"" at the end; unrecorded.

        Raises `Silence`, `ConnectionReset`, `Flood`.
        """
        # settimeout(0) would mean non-blocking: a passed deadline still looks once.
        self._socket.settimeout(max(deadline.left(), 0.0005))
        try:
            data = self._socket.recv(CHUNK)
        except TimeoutError as error:
            raise Silence(f"{self.endpoint.address} sent nothing") from error
        except OSError as error:
            self._keep(Side.SERVER, Mark.RESET)
            raise ConnectionReset(str(error)) from error
        self._keep(Side.SERVER, Mark.DATA if data else Mark.END, data)
        self._quick_ack()
        self.received += len(data)
        if self.received > RECEIVE_LIMIT:
            raise Flood(f"{self.endpoint.address} sent over {RECEIVE_LIMIT} bytes")
        return data

    def note(self, side: Side, layer: Layer, data: bytes) -> None:
        """Record a line in the transcript, stamped with this connection's age."""
        self.transcript.add(self.age, side, layer, data)

    def finish_sending(self) -> None:
        """Half-close: we will send no more."""
        self._keep(Side.CLIENT, Mark.END)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close at once. Idempotent."""
        self._socket.close()

    def abort(self) -> None:
        """Close with a reset, which leaves no TIME_WAIT behind."""
        self._keep(Side.CLIENT, Mark.RESET)
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def _keep(self, side: Side, mark: Mark, data: bytes = b"") -> None:
        if self._flow is not None:
            self._flow.note(side, mark, data)

    def _quick_ack(self) -> None:
        if _QUICKACK is not None:
            try:  # not suppress(): this is done at every send and receive
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
            except OSError:
                return
