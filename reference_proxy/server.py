"""The driver: accepts clients on the listening sockets and keeps account of them."""

from __future__ import annotations

import errno
import itertools
import socket
from collections.abc import Mapping

from reference_proxy.config.settings import Listen, ServerSettings
from reference_proxy.connection import Connection, Door
from reference_proxy.error_log import ErrorLog
from reference_proxy.loop import EXCLUSIVE, READABLE, Loop, Timer
from reference_proxy.sockets import accept
from reference_proxy.tls.context import TlsContext

_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_BREATHER = 0.5
"""Seconds without accepting, where the system has run out of something (as nginx's)."""


class Server:
    """Every connection of this process. The listening sockets belong to the caller.

    `apply` starts it or changes its configuration: clients that are there keep what they met.
    """

    def __init__(self, loop: Loop, log: ErrorLog, faults: frozenset[str]) -> None:
        self.loop = loop
        self.log = log
        self.faults = faults
        self._entrances: dict[socket.socket, _Entrance] = {}
        self._connections: set[Connection] = set()
        self._numbers = itertools.count(1)
        self._quitting = False

    def apply(
        self,
        servers: Mapping[Listen, ServerSettings],
        contexts: Mapping[Listen, TlsContext | None],
        sockets: Mapping[Listen, socket.socket],
    ) -> None:
        """Serve exactly these sockets from now on.

        Sockets must listen and not block; close one only after `apply` without it.
        """
        doors = {
            sock: Door(listen, servers[listen], contexts[listen])
            for listen, sock in sockets.items()
        }
        for sock in self._entrances.keys() - doors.keys():
            self._entrances.pop(sock).shut()
        for sock, door in doors.items():
            if sock in self._entrances:
                self._entrances[sock].door = door
            else:
                self._entrances[sock] = _Entrance(self, sock, door)

    def quit(self) -> None:
        """Accept nobody, and stop the loop once the last client has gone."""
        self._quitting = True
        self.apply({}, {}, {})
        self._settle()

    def stop(self) -> None:
        """Drop every client and stop the loop."""
        for connection in tuple(self._connections):
            connection.abort()
        self.quit()

    # --- clients ------------------------------------------------------------------

    def admit(self, client: socket.SocketType, address: str, door: Door) -> None:
        """Serve a client."""
        connection = Connection(self, door, next(self._numbers), client, address)
        self._connections.add(connection)
        connection.begin()

    def gone(self, connection: Connection) -> None:
        """Forget a client."""
        self._connections.discard(connection)
        self._settle()

    def _settle(self) -> None:
        if self._quitting and not self._connections:
            self.loop.stop()


class _Entrance:
    """A listening socket on the loop."""

    def __init__(self, server: Server, sock: socket.socket, door: Door) -> None:
        self.door = door
        self._server = server
        self._socket = sock
        self._family = int(sock.family)
        self._breather: Timer | None = None
        self._attend()

    def shut(self) -> None:
        """Accept no more."""
        if self._breather is None:
            self._server.loop.ignore(self._socket.fileno())
        else:
            self._breather.cancel()

    def ready(self, events: int) -> None:
        """Take one client: the loop calls again while there are more, and others get their turn."""
        try:
            client, address = accept(self._socket, self._family)
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # another worker was faster, or the client has thought better of it
        except OSError as error:
            self._failed(error)
            return
        self._server.admit(client, address, self.door)

    def _attend(self) -> None:
        self._breather = None
        self._server.loop.watch(self._socket.fileno(), self, READABLE | EXCLUSIVE)

    def _failed(self, error: OSError) -> None:
        self._server.log.write("crit", f"accept4() failed ({error.errno}: {error.strerror})")
        if error.errno in _EXHAUSTED:
            self._server.loop.ignore(self._socket.fileno())
            self._breather = self._server.loop.after(_BREATHER, self._attend)
