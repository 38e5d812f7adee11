"""The running process: pid file, background, signals, and reload."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable

from reference_proxy.config.errors import ConfigError, failed
from reference_proxy.config.settings import Listen, LogTarget
from reference_proxy.error_log import ErrorLog, with_file
from reference_proxy.pid_file import write_pid
from reference_proxy.server import Server
from reference_proxy.setup import Setup, Source, prepare
from reference_proxy.sockets import close_sockets, open_sockets


class Process:
    """Serves one configuration until a signal ends it.

    `source` is where a reload finds the next one. Sockets are bound on
    construction; ConfigError when that fails. `default_log` is for a
    configuration that has no `error_log`.
    """

    def __init__(self, setup: Setup, source: Source, default_log: LogTarget) -> None:
        self._setup = setup
        self._source = source
        self._default_log = default_log
        self._log = ErrorLog(self._log_targets(setup))
        self._sockets: dict[Listen, socket.socket] = open_sockets(setup.servers, {})

    def run(self) -> None:
        """Serve until stopped. ConfigError when the pid file cannot be written."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        server = Server(self._log, self._source.faults)
        server.apply(self._setup.servers, self._setup.contexts, self._sockets)
        self._handle_signals(server)
        # Only now: who reads the pid file may send a signal at once.
        write_pid(self._setup.settings.pid)
        self._log.write("notice", "started")
        try:
            await server.finished()
        finally:
            close_sockets(self._sockets.items())
            self._remove_pid()
            self._log.write("notice", "exit")
            self._log.close()

    def _handle_signals(self, server: Server) -> None:
        handlers: dict[signal.Signals, tuple[str, Callable[[Server], None]]] = {
            signal.SIGTERM: ("exiting", Server.stop),
            signal.SIGINT: ("exiting", Server.stop),
            signal.SIGQUIT: ("shutting down", self._quit),
            signal.SIGHUP: ("reconfiguring", self._reload),
            signal.SIGUSR1: ("reopening logs", self._reopen),
            signal.SIGUSR2: ("ignoring", lambda server: None),
        }
        loop = asyncio.get_running_loop()
        for number, (doing, act) in handlers.items():
            loop.add_signal_handler(number, self._on_signal, server, number, doing, act)

    def _on_signal(
        self, server: Server, number: signal.Signals, doing: str, act: Callable[[Server], None]
    ) -> None:
        self._log.write("notice", f"signal {number} ({number.name}) received, {doing}")
        act(server)

    def _quit(self, server: Server) -> None:
        server.quit()
        close_sockets(self._sockets.items())
        self._sockets = {}

    def _reopen(self, server: Server) -> None:
        try:
            self._log.reopen()
        except ConfigError as error:
            self._log.write("emerg", str(error))

    def _reload(self, server: Server) -> None:
        """Change to what the file now says, or log why not and change nothing."""
        if not self._sockets and self._setup.servers:
            return  # shutting down
        try:
            setup = prepare(self._source, self._warn)
            sockets = open_sockets(setup.servers, self._sockets)
            try:
                self._log.change(self._log_targets(setup))
                self._move_pid(setup.settings.pid)
            except ConfigError:
                close_sockets(_missing(sockets, self._sockets))
                raise
        except ConfigError as error:
            self._log.write(error.level, str(error))
            return
        gone = _missing(self._sockets, sockets)
        server.apply(setup.servers, setup.contexts, sockets)
        close_sockets(gone)
        self._setup, self._sockets = setup, sockets
        self._log.write("notice", "reconfigured")

    def _warn(self, text: str) -> None:
        self._log.write("warn", text)

    def _move_pid(self, path: str) -> None:
        if path != self._setup.settings.pid:
            write_pid(path)
            self._remove_pid()

    def _remove_pid(self) -> None:
        path = self._setup.settings.pid
        try:
            os.unlink(path)
        except OSError as error:
            self._log.write("alert", failed(f'unlink() "{path}"', error))

    def _log_targets(self, setup: Setup) -> tuple[LogTarget, ...]:
        return with_file(setup.settings.error_logs, self._default_log)


def _missing(
    sockets: dict[Listen, socket.socket], others: dict[Listen, socket.socket]
) -> list[tuple[Listen, socket.socket]]:
    """Those whose socket the others do not have."""
    shared = set(others.values())
    return [(listen, sock) for listen, sock in sockets.items() if sock not in shared]
