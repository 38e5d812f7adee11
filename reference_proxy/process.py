"""The running process: the master of workers, or alone (`master_process off`)."""

from __future__ import annotations

import gc
from signal import Signals

from reference_proxy.config.settings import LogTarget
from reference_proxy.cycle import Cycle
from reference_proxy.loop import Loop
from reference_proxy.master import Master
from reference_proxy.server import Server
from reference_proxy.setup import Setup, Source
from reference_proxy.sockets import close_sockets
from reference_proxy.worker import Deed, heed


class Process:
    """Serves until a signal ends it. Sockets are bound on construction: ConfigError otherwise."""

    def __init__(self, setup: Setup, source: Source, default_log: LogTarget) -> None:
        self._cycle = Cycle(setup, source, default_log)

    def run(self) -> None:
        """Serve until stopped. ConfigError when the pid file cannot be written."""
        # What is here now stays: the collector need not look at it, nor a worker copy it.
        gc.collect()
        gc.freeze()
        try:
            if self._cycle.settings.master_process:
                Master(self._cycle).run()
            else:
                Alone(self._cycle).run()
        finally:
            self._cycle.end()


class Alone:
    """One process that does everything."""

    def __init__(self, cycle: Cycle) -> None:
        self._cycle = cycle
        self._loop = Loop()
        self._server = Server(self._loop, cycle.log, cycle.source.faults)
        self._quitting = False

    def run(self) -> None:
        """Serve until a signal ends it. ConfigError when the pid file cannot be written."""
        self._apply()
        heed(self._loop, self._cycle.log, self._deeds())
        # Only now: who reads the pid file may send a signal at once.
        self._cycle.announce()
        self._cycle.notice("started")
        self._loop.run()

    def _deeds(self) -> dict[Signals, Deed]:
        return {
            Signals.SIGTERM: Deed("exiting", self._server.stop),
            Signals.SIGINT: Deed("exiting", self._server.stop),
            Signals.SIGQUIT: Deed("shutting down", self._quit),
            Signals.SIGHUP: Deed("reconfiguring", self._reload),
            Signals.SIGUSR1: Deed("reopening logs", self._cycle.reopen),
            Signals.SIGUSR2: Deed("ignoring"),
            Signals.SIGWINCH: Deed("ignoring"),
        }

    def _apply(self) -> None:
        setup = self._cycle.setup
        self._server.apply(setup.servers, setup.contexts, self._cycle.sockets)

    def _quit(self) -> None:
        self._quitting = True
        self._server.quit()
        self._cycle.stop_listening()
        self._cycle.notice("gracefully shutting down")

    def _reload(self) -> None:
        """Change to what the file now says, or change nothing."""
        if self._quitting:
            return
        gone = self._cycle.renew()
        if gone is None:
            return
        self._apply()
        close_sockets(gone)
        self._cycle.notice("reconfigured")
