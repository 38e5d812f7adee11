"""The driver: accepts clients on the listening sockets and keeps account of them."""

from __future__ import annotations

import asyncio
import errno
import itertools
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from reference_proxy.config.settings import Listen, ServerSettings
from reference_proxy.connection import Connection
from reference_proxy.error_log import ErrorLog
from reference_proxy.tls.context import TlsContext

_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_BREATHER = 0.5
"""Seconds without accepting, where the system has run out of something (as nginx's)."""

_BATCH = 64
"""Clients accepted from one socket before the loop turns to others."""


@dataclass(frozen=True)
class _Door:
    """What a client that comes through a listening socket meets."""

    listen: Listen
    settings: ServerSettings
    context: TlsContext | None


class Server:
    """Every connection of this process. The listening sockets belong to the caller.

    `apply` starts it or changes its configuration: clients that are there keep what they met.
    """

    def __init__(self, log: ErrorLog, faults: frozenset[str]) -> None:
        self._log = log
        self._faults = faults
        self._doors: dict[socket.socket, _Door] = {}
        self._connections: set[Connection] = set()
        self._arriving: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)
        self._quitting = False
        self._finished = asyncio.Event()

    def apply(
        self,
        servers: Mapping[Listen, ServerSettings],
        contexts: Mapping[Listen, TlsContext | None],
        sockets: Mapping[Listen, socket.socket],
    ) -> None:
        """Serve exactly these sockets from now on; call it on the running loop.

        Sockets must listen and not block; close one only after `apply` without it.
        """
        doors = {
            sock: _Door(listen, servers[listen], contexts[listen])
            for listen, sock in sockets.items()
        }
        for sock in self._doors.keys() - doors.keys():
            self._ignore(sock)
        new = doors.keys() - self._doors.keys()
        self._doors = doors
        for sock in new:
            self._attend(sock)

    async def finished(self) -> None:
        """Return once `stop` has dropped, or `quit` has seen off, every client."""
        await self._finished.wait()

    def quit(self) -> None:
        """Accept nobody, and be finished once the last client has gone."""
        self._quitting = True
        for sock in self._doors:
            self._ignore(sock)
        self._doors = {}
        self._settle()

    def stop(self) -> None:
        """Drop every client and be finished."""
        for task in self._arriving:
            task.cancel()
        for connection in self._connections:
            connection.abort()
        self.quit()

    # --- accepting ----------------------------------------------------------------

    def _attend(self, sock: socket.socket) -> None:
        if sock in self._doors:
            asyncio.get_running_loop().add_reader(sock, self._accept, sock)

    def _ignore(self, sock: socket.socket) -> None:
        asyncio.get_running_loop().remove_reader(sock)

    def _accept(self, sock: socket.socket) -> None:
        for _ in range(_BATCH):
            try:
                client, _address = sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._accept_failed(sock, error)
                return
            client.setblocking(False)
            if client.family != socket.AF_UNIX:  # asyncio does not for sockets that it did not make
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            task = asyncio.get_running_loop().create_task(self._receive(client, self._doors[sock]))
            self._arriving.add(task)
            task.add_done_callback(self._received)

    def _accept_failed(self, sock: socket.socket, error: OSError) -> None:
        self._log.write("crit", f"accept4() failed ({error.errno}: {error.strerror})")
        if error.errno in _EXHAUSTED:
            self._ignore(sock)
            asyncio.get_running_loop().call_later(_BREATHER, self._attend, sock)

    async def _receive(self, client: socket.socket, door: _Door) -> None:
        connection = Connection(
            next(self._numbers),
            door.listen,
            door.settings,
            door.context,
            self._log,
            self._faults,
            self._connections.add,
            self._gone,
        )
        await asyncio.get_running_loop().connect_accepted_socket(lambda: connection, client)

    def _received(self, task: asyncio.Task[None]) -> None:
        self._arriving.discard(task)
        self._settle()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.write("alert", f"a client could not be served: {error!r}")

    def _gone(self, connection: Connection) -> None:
        self._connections.discard(connection)
        self._settle()

    def _settle(self) -> None:
        if self._quitting and not self._connections and not self._arriving:
            self._finished.set()
