"""A worker: serves clients on the master's sockets until the master says otherwise."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from signal import Signals

from reference_proxy.cycle import Cycle
from reference_proxy.error_log import ErrorLog
from reference_proxy.loop import READABLE, Act, Loop
from reference_proxy.server import Server


def _nothing() -> None:
    """What is done about a signal that means nothing here."""


@dataclass(frozen=True)
class Deed:
    """What a signal leads to: in nginx's word for the log, and in fact."""

    doing: str
    act: Act = _nothing


def heed(loop: Loop, log: ErrorLog, deeds: Mapping[Signals, Deed]) -> None:
    """Log these signals and act on them, on the loop."""
    for number, deed in deeds.items():
        loop.on_signal(number, _logged(log, number, deed))


def _logged(log: ErrorLog, number: Signals, deed: Deed) -> Callable[[], None]:
    def act() -> None:
        log.write("notice", f"signal {number} ({number.name}) received, {deed.doing}")
        deed.act()

    return act


class Worker:
    """The body of a forked process. `lifeline` becomes readable when the master is gone."""

    def __init__(self, cycle: Cycle, lifeline: int) -> None:
        self._cycle = cycle
        self._lifeline = lifeline
        self._loop = Loop()
        self._server = Server(self._loop, cycle.log, cycle.source.faults)
        setup = cycle.setup
        self._server.apply(setup.servers, setup.contexts, cycle.sockets)
        self._loop.watch(lifeline, self, READABLE)
        heed(self._loop, cycle.log, self._deeds())

    def run(self) -> None:
        """Serve until told to stop, or to quit and the last client has gone."""
        self._loop.run()
        self._cycle.notice("exiting")
        self._cycle.notice("exit")

    def ready(self, events: int) -> None:
        """Quit: without a master nobody could tell us to. (nginx's workers stay.)"""
        self._loop.ignore(self._lifeline)
        self._cycle.log.write("alert", "the master process is gone, shutting down")
        self._quit()

    def _deeds(self) -> dict[Signals, Deed]:
        return {
            Signals.SIGTERM: Deed("exiting", self._server.stop),
            Signals.SIGINT: Deed("exiting", self._server.stop),
            Signals.SIGQUIT: Deed("shutting down", self._quit),
            Signals.SIGUSR1: Deed("reopening logs", self._cycle.reopen),
            Signals.SIGHUP: Deed("ignoring"),
            Signals.SIGUSR2: Deed("ignoring"),
            Signals.SIGWINCH: Deed("ignoring"),
            Signals.SIGCHLD: Deed("ignoring"),
        }

    def _quit(self) -> None:
        """Accept nobody; the paths of local sockets are the master's to remove."""
        self._server.quit()
        for sock in self._cycle.sockets.values():
            sock.close()
        self._cycle.notice("gracefully shutting down")


def become_worker(cycle: Cycle, lifeline: int, blocked: frozenset[Signals]) -> int:
    """Serve as a freshly forked process; return the exit status.

    2 is nginx's for a worker that could not begin and would not the next time; signals stay
    `blocked` until it can heed them.
    """
    try:
        worker = Worker(cycle, lifeline)
    except Exception as error:  # noqa: BLE001 - whatever it is, the master must hear of it
        cycle.log.write("alert", f"a worker could not begin: {error!r}")
        return 2
    signal.pthread_sigmask(signal.SIG_UNBLOCK, blocked)
    worker.run()
    return 0


def spawn(cycle: Cycle, lifeline: tuple[int, int], blocked: frozenset[Signals]) -> int:
    """Fork a worker and return its process id. OSError when that fails."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.close(lifeline[1])
        status = become_worker(cycle, lifeline[0], blocked)
    finally:
        # Not through the master's own way out: its pid file and its caller are not ours.
        os._exit(status)
