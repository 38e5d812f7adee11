"""A connected socket on the loop: what arrives, what has to go out, an orderly end."""

from __future__ import annotations

import errno
import os
import socket
from typing import Protocol

from reference_proxy.loop import BROKEN, READABLE, WRITABLE, Loop

_READ = 32768
"""Bytes taken at a time."""

_HIGH, _LOW = 65536, 16384
"""Bytes that wait for a slow peer, when its owner is told so, and when that is over."""

_STARTED = frozenset({0, errno.EINPROGRESS})
UNIX = "unix:"


class Owner(Protocol):
    """Who is told what happens on a stream."""

    def received(self, data: bytes) -> None:
        """Bytes have arrived."""

    def ended(self) -> None:
        """The peer has ended its direction. Nothing follows; the owner is expected to close."""

    def lost(self, error: OSError | None) -> None:
        """The socket is closed, by us or through an error. This is the last call, and comes once.

        It never comes while another method of the stream is running.
        """

    def clogged(self) -> None:
        """The peer does not take what is there for it."""

    def flowing(self) -> None:
        """It does again."""


class Stream:
    """One end of a connection."""

    __slots__ = (
        "_clogged",
        "_closing",
        "_descriptor",
        "_events",
        "_finishing",
        "_held",
        "_loop",
        "_owner",
        "_pending",
        "_socket",
    )

    def __init__(self, loop: Loop, sock: socket.SocketType, owner: Owner) -> None:
        """Take over a socket that does not block."""
        self._loop = loop
        self._socket = sock
        self._owner = owner
        self._pending: bytearray | None = None
        self._held = self._clogged = self._finishing = self._closing = False
        self._events = READABLE
        self._descriptor = sock.fileno()
        loop.watch(self._descriptor, self, READABLE)

    @classmethod
    def connect(cls, loop: Loop, host: str, port: int, owner: Owner) -> Stream:
        """Begin to connect to a numeric address or `unix:PATH`; what is written may wait for it.

        OSError where that fails at once; a later failure is `lost`.
        """
        address: tuple[str, int] | str = (host, port)
        if host.startswith(UNIX):
            family, address = socket.AF_UNIX, host.removeprefix(UNIX)
        else:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            if family != socket.AF_UNIX:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            code = sock.connect_ex(address)
            if code not in _STARTED:
                raise OSError(code, os.strerror(code))
        except BaseException:
            sock.close()
            raise
        return cls(loop, sock, owner)

    @property
    def waiting(self) -> int:
        """How many bytes the peer has yet to take."""
        return len(self._pending) if self._pending else 0

    @property
    def closing(self) -> bool:
        """Whether nothing more can be written."""
        return self._closing

    def ends(self) -> tuple[tuple[str, int], tuple[str, int]]:
        """Return address and port of the peer's end and of ours; a local socket has none."""
        if self._socket.family == socket.AF_UNIX:
            return ("", 0), ("", 0)
        theirs, ours = self._socket.getpeername(), self._socket.getsockname()
        return (theirs[0], theirs[1]), (ours[0], ours[1])

    def write(self, data: bytes) -> None:
        """Send bytes, now or as soon as the peer takes them; none once it is closing."""
        if self._closing or not data:
            return
        if self._pending is None:
            try:
                sent = self._socket.send(data)
            except BlockingIOError:
                sent = 0
            except OSError as error:
                self._drop(error)
                return
            if sent == len(data):
                return
            self._pending = bytearray()
            data = data[sent:]
        self._pending += data
        self._watch(self._events | WRITABLE)
        if len(self._pending) > _HIGH and not self._clogged:
            self._clogged = True
            self._owner.clogged()

    def hold(self) -> None:
        """Read no more. It costs nothing unless the peer says something meanwhile."""
        self._held = True

    def release(self) -> None:
        """Read on."""
        if self._held and not self._closing:
            self._held = False
            self._watch(self._events | READABLE)

    def finish(self) -> None:
        """End our direction once everything has gone out; what the peer says still arrives."""
        self._finishing = True
        if self._pending is None and not self._closing:
            self._shut()

    def close(self) -> None:
        """Close once everything has gone out."""
        if not self._closing:
            self._closing = True
            if self._pending is None:
                self._drop(None)

    def abort(self) -> None:
        """Close now."""
        self._drop(None)

    def ready(self, events: int) -> None:
        """Go on, for the loop."""
        if self._pending is not None and events & (WRITABLE | BROKEN):
            self._drain(self._pending)
        if not events & (READABLE | BROKEN) or self._descriptor < 0:
            return
        if self._held or self._closing:
            self._watch(self._events & ~READABLE)
        else:
            self._receive()

    def _receive(self) -> None:
        try:
            data = self._socket.recv(_READ)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._drop(error)
            return
        if data:
            self._owner.received(data)
        else:
            self._held = True
            self._owner.ended()

    def _drain(self, pending: bytearray) -> None:
        try:
            del pending[: self._socket.send(pending)]
        except BlockingIOError:
            return
        except OSError as error:
            self._drop(error)
            return
        if not pending:
            self._drained()
        if self._clogged and len(pending) < _LOW and not self._closing:
            self._clogged = False
            self._owner.flowing()

    def _drained(self) -> None:
        self._pending = None
        if self._closing:
            self._drop(None)
            return
        self._watch(self._events & ~WRITABLE)
        if self._finishing:
            self._shut()

    def _shut(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError as error:  # the peer has reset the connection, and we have not seen it yet
            self._drop(error)

    def _watch(self, events: int) -> None:
        """Watch for these; where nothing is wanted, an error must not wake the loop for ever."""
        if events == self._events or self._descriptor < 0:
            return
        if not events:
            self._loop.ignore(self._descriptor)
        elif not self._events:
            self._loop.watch(self._descriptor, self, events)
        else:
            self._loop.change(self._descriptor, events)
        self._events = events

    def _drop(self, error: OSError | None) -> None:
        """Close the socket; the owner hears of it later, and then has no more to do with us."""
        self._closing = True
        self._pending = None
        if self._descriptor < 0:
            return
        if self._events:
            self._loop.forget(self._descriptor)
        self._descriptor = -1
        self._socket.close()
        owner = self._owner
        # It has us, too, and a traceback has frames: circles stay until the collector comes by.
        del self._owner
        if error is not None:
            error.__traceback__ = None
        self._loop.soon(lambda: owner.lost(error))
