"""The master: starts workers, hears signals, and keeps as many workers as there should be."""

from __future__ import annotations

import os
import signal
import time
from signal import Signals

from reference_proxy.config.errors import ConfigError, failed
from reference_proxy.cycle import Cycle
from reference_proxy.sockets import close_sockets
from reference_proxy.worker import spawn

_PATIENCE = 1.0
"""Seconds that workers have to end after SIGTERM, before they are killed (as nginx's)."""

_FATAL = 2
_HEEDED = frozenset(
    {
        Signals.SIGTERM,
        Signals.SIGINT,
        Signals.SIGQUIT,
        Signals.SIGHUP,
        Signals.SIGUSR1,
        Signals.SIGUSR2,
        Signals.SIGWINCH,
        Signals.SIGCHLD,
    }
)
_DOING = {
    Signals.SIGTERM: ", exiting",
    Signals.SIGINT: ", exiting",
    Signals.SIGQUIT: ", shutting down",
    Signals.SIGHUP: ", reconfiguring",
    Signals.SIGUSR1: ", reopening logs",
    Signals.SIGUSR2: ", changing the binary is not supported, ignoring",
}


class Master:
    """One process with its workers, each forked with the configuration that was in force.

    Every signal that counts here stays blocked and is waited for: between two of them nothing
    happens in this process.
    """

    def __init__(self, cycle: Cycle) -> None:
        self._cycle = cycle
        self._lifeline = os.pipe()
        self._workers: dict[int, bool] = {}
        """Process id -> whether it has been told to end."""
        self._ending = False
        self._deadline: float | None = None

    def run(self) -> None:
        """Serve until a signal ends it.

        ConfigError when the pid file cannot be written, or when no worker is left and none can be
        started: nginx would stay, and let clients wait for ever.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, _HEEDED)
        for number in _HEEDED:  # a signal that is ignored by default might not wait
            signal.signal(number, lambda number, frame: None)
        self._cycle.announce()
        self._start_workers()
        while self._workers or not self._ending:
            self._hear()

    # --- workers ------------------------------------------------------------------

    def _start_workers(self) -> None:
        self._cycle.notice("start worker processes")
        for _ in range(self._cycle.settings.worker_processes):
            self._start_worker()

    def _start_worker(self) -> None:
        try:
            pid = spawn(self._cycle, self._lifeline, _HEEDED)
        except OSError as error:
            text = failed('fork() while spawning "worker process"', error)
            self._cycle.log.write("alert", text)
            return
        self._workers[pid] = False
        self._cycle.notice(f"start worker process {pid}")

    def _tell(self, number: Signals, *pids: int) -> None:
        for pid in pids or tuple(self._workers):
            self._workers[pid] |= number in (Signals.SIGQUIT, Signals.SIGTERM)
            os.kill(pid, number)

    def _reap(self) -> None:
        """Take leave of those that have ended, and start others in the place of who should not."""
        while self._workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            told = self._workers.pop(pid, True)
            code = os.waitstatus_to_exitcode(status)
            self._log_end(pid, code)
            if not told and not self._ending and code != _FATAL:
                self._start_worker()
            if code == _FATAL and not self._workers and not self._ending:
                raise ConfigError("no worker process is left", level="alert")

    def _log_end(self, pid: int, code: int) -> None:
        ended = f"worker process {pid} exited"
        if code < 0:
            self._cycle.log.write("alert", f"{ended} on signal {-code}")
            return
        self._cycle.notice(f"{ended} with code {code}")
        if code == _FATAL:
            text = f"{ended} with fatal code {code} and cannot be respawned"
            self._cycle.log.write("alert", text)

    # --- signals ------------------------------------------------------------------

    def _hear(self) -> None:
        """Wait for the next signal, or for the end of the workers' time."""
        if self._deadline is None:
            info = signal.sigwaitinfo(_HEEDED)
        else:
            left = max(self._deadline - time.monotonic(), 0)
            heard = signal.sigtimedwait(_HEEDED, left)
            if heard is None:
                self._deadline = None
                self._tell(Signals.SIGKILL)
                return
            info = heard
        number = Signals(info.si_signo)
        sender = f" from {info.si_pid}" if info.si_pid else ""
        doing = _DOING.get(number, "")
        self._cycle.notice(f"signal {number} ({number.name}) received{sender}{doing}")
        self._act(number)

    def _act(self, number: Signals) -> None:
        match number:
            case Signals.SIGCHLD:
                self._reap()
            case Signals.SIGTERM | Signals.SIGINT:
                self._ending = True
                self._deadline = time.monotonic() + _PATIENCE
                self._tell(Signals.SIGTERM)
            case Signals.SIGQUIT:
                self._ending = True
                self._cycle.stop_listening()
                self._tell(Signals.SIGQUIT)
            case Signals.SIGHUP if not self._ending:
                self._reload()
            case Signals.SIGUSR1:
                self._cycle.reopen()
                self._tell(Signals.SIGUSR1)
            case Signals.SIGWINCH if self._cycle.settings.daemon:
                self._tell(Signals.SIGQUIT)

    def _reload(self) -> None:
        """Let new workers meet new clients, while the old ones see theirs off."""
        gone = self._cycle.renew()
        if gone is None:
            return
        close_sockets(gone)
        old = tuple(self._workers)
        self._start_workers()
        self._cycle.notice("reconfigured")
        if old:
            self._tell(Signals.SIGQUIT, *old)
