"""One server of the configuration, started once more with two workers that are visited in turn.

Which worker takes a connection is chance. Where the suite starts the target it
need not be: while one worker is stopped, the other takes them all.
"""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from conformance.applicability import Situation
from conformance.harness.observation import AuthRequest, BackendSession, Login, Observation, Offer
from conformance.harness.patience import Deadline, Patience
from conformance.harness.targets.launch import launch
from conformance.harness.targets.listening import family
from conformance.harness.targets.loopback import free_loopback
from conformance.harness.visit import visit
from conformance.listener import Listener
from conformance.server_blocks import each_server, on_host
from conformance.verdict import NotApplicable

WORKERS = 2
_PAUSE = 0.002


@dataclass(frozen=True)
class Worker:
    """Makes visits that this worker receives: the other one is stopped meanwhile."""

    other: int
    patience: Patience

    def visit(self, listener: Listener, offer: Offer, *, log_in: str = "") -> Observation:
        """Visit the listener at this worker; each time anew, and without a login."""
        with _stopped(self.other, self.patience.deadline()):
            return visit(listener.endpoint, offer, self.patience)

    def login(self, word: str = "user") -> Login:
        """Nobody: there is no auth server here."""
        return Login("", "")

    def heard(self, user: str) -> tuple[AuthRequest, ...]:
        """Nothing."""
        return ()

    def sessions(self, user: str) -> tuple[BackendSession, ...]:
        """None."""
        return ()


@contextmanager
def two_workers(
    product: str, conf: Path, faults: tuple[str, ...], situation: Situation, patience: Patience
) -> Iterator[tuple[Situation, Worker, Worker]]:
    """Start the listener's server block alone, with two workers; its new place, and they.

    Raises `LaunchError`, and `NotApplicable` where the workers cannot be told apart.
    """
    listener = situation.listener
    host = free_loopback([listener.endpoint.port])
    moved = replace(situation, listener=listener.at(replace(listener.endpoint, host=host)))
    first_contact = Patience(factor=patience.factor)
    alone = conf.with_name(f"workers-{host}.conf")
    alone.write_text(server_alone(conf.read_text(), listener.value("server_name"), host))
    try:
        endpoints = [moved.listener.endpoint]
        with launch(product, alone, endpoints, first_contact, faults, conf.parent) as running:
            one, other = _workers(running.pid, first_contact.longer(2).deadline())
            yield moved, Worker(other, patience), Worker(one, patience)
    finally:
        alone.unlink()


def server_alone(text: str, server: str, host: str) -> str:
    """The configuration with this server block alone, on that host, and two workers."""
    only = each_server(text, lambda name, block: block if name == server else "")
    several = f"worker_processes {WORKERS};"
    return re.sub(r"^worker_processes\s.*;", several, on_host(only, host), flags=re.M)


def _workers(pid: int, deadline: Deadline) -> list[int]:
    """The processes under the first one, once there are two."""
    found: list[int] = []

    def there() -> bool:
        found[:] = family(pid)[1:]
        return len(found) == WORKERS

    if not _comes_true(there, deadline):
        raise NotApplicable(f"the target has {len(found)} worker processes that can be seen")
    return found


@contextmanager
def _stopped(pid: int, deadline: Deadline) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        _comes_true(lambda: _state(pid) == "T", deadline)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _state(pid: int) -> str:
    """The letter by which Linux calls what a process does."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def _comes_true(condition: Callable[[], bool], deadline: Deadline) -> bool:
    """Look until it does, or the deadline has passed."""
    while not condition():
        if not deadline.left():
            return False
        threading.Event().wait(_PAUSE)
    return True
