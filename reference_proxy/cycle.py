"""The configuration in force, with what it holds open: log, listening sockets, pid file."""

from __future__ import annotations

import os
import socket

from reference_proxy.config.errors import ConfigError, failed
from reference_proxy.config.settings import Listen, LogTarget, ProxySettings
from reference_proxy.error_log import ErrorLog, with_file
from reference_proxy.pid_file import write_pid
from reference_proxy.setup import Setup, Source, prepare
from reference_proxy.sockets import close_sockets, open_sockets

Sockets = list[tuple[Listen, socket.socket]]


class Cycle:
    """One configuration after the other.

    `source` is where the next one is found. Sockets are bound on construction;
    ConfigError when that fails. `default_log` is for a configuration that has no `error_log`.
    """

    def __init__(self, setup: Setup, source: Source, default_log: LogTarget) -> None:
        self.setup = setup
        self.source = source
        self._default_log = default_log
        self.log = ErrorLog(self._log_targets(setup))
        self.sockets: dict[Listen, socket.socket] = open_sockets(setup.servers, {})

    @property
    def settings(self) -> ProxySettings:
        """What the configuration says."""
        return self.setup.settings

    def announce(self) -> None:
        """Write the pid file, and leave the caller's standard error. ConfigError when it cannot."""
        write_pid(self.settings.pid)
        self.log.take_stderr()

    def renew(self) -> Sockets | None:
        """Change to what the file now says, or log why not, change nothing, and return None.

        The sockets returned are not listened on any more: the caller closes them.
        """
        try:
            setup = prepare(self.source, self.warn)
            sockets = open_sockets(setup.servers, self.sockets)
            try:
                self.log.change(self._log_targets(setup))
                self._move_pid(setup.settings.pid)
            except ConfigError:
                close_sockets(_missing(sockets, self.sockets))
                raise
        except ConfigError as error:
            self.log.write(error.level, str(error))
            return None
        gone = _missing(self.sockets, sockets)
        self.setup, self.sockets = setup, sockets
        return gone

    def reopen(self) -> None:
        """Open the log's files anew, or log why not."""
        try:
            self.log.reopen()
        except ConfigError as error:
            self.log.write("emerg", str(error))

    def notice(self, text: str) -> None:
        """Log what is worth knowing."""
        self.log.write("notice", text)

    def warn(self, text: str) -> None:
        """Log a warning."""
        self.log.write("warn", text)

    def stop_listening(self) -> None:
        """Close the sockets, and remove the paths of local ones."""
        close_sockets(self.sockets.items())
        self.sockets = {}

    def end(self) -> None:
        """Give everything back."""
        self.stop_listening()
        self._remove_pid()
        self.notice("exit")
        self.log.close()

    def _move_pid(self, path: str) -> None:
        if path != self.settings.pid:
            write_pid(path)
            self._remove_pid()

    def _remove_pid(self) -> None:
        path = self.settings.pid
        try:
            os.unlink(path)
        except OSError as error:
            self.log.write("alert", failed(f'unlink() "{path}"', error))

    def _log_targets(self, setup: Setup) -> tuple[LogTarget, ...]:
        return with_file(setup.settings.error_logs, self._default_log)


def _missing(sockets: dict[Listen, socket.socket], others: dict[Listen, socket.socket]) -> Sockets:
    """Those whose socket the others do not have."""
    shared = set(others.values())
    return [(listen, sock) for listen, sock in sockets.items() if sock not in shared]
