"""The doubles in a process of their own, where any process of the suite can ask them.

They serve thousands of logins, and what they compute need not wait for what the
suite computes.
"""

from __future__ import annotations

import multiprocessing
import os
import secrets
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Client, Connection, Listener
from types import TracebackType
from typing import Any, Self

from ..endpoint import Protocol
from ..forking import forkable
from ..observation import AuthRequest, BackendSession
from .doubles import Doubles, DoublesError, Names

STOP_SECONDS = 10.0
_AUTHKEY_BYTES = 16
# In Linux's abstract namespace: a file's path may be longer than a socket's address.
_ADDRESS = "\0waxseal-doubles-{}"


@dataclass(frozen=True)
class _Ready:
    """Where the doubles are, and what lets a user in."""

    auth_port: int
    password: str
    places: Mapping[Protocol, tuple[str, int]]
    address: str
    authkey: bytes


class DoublesApart:
    """`Doubles` in a forked process: the same servers and policy, and `requests` and `sessions`.

    It may be asked from every process that is forked while it runs. Raises
    `DoublesError` as `Doubles` does.
    """

    def __init__(self, auth_host: str, auth_port: int, backend_host: str = "127.0.0.1") -> None:
        self.auth_host = auth_host
        self._place = (auth_host, auth_port, backend_host)
        self._ours, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("fork")
        self._process = context.Process(
            target=_serve, args=(self._place, theirs, self._ours), daemon=True
        )
        self._theirs = theirs
        # One line to the doubles for each process that asks, and names of its own.
        self._askers: dict[int, _Asker] = {}
        self.auth_port = auth_port
        self.password = ""

    def __enter__(self) -> Self:
        try:
            self._process.start()
            self._theirs.close()
            self._ready = self._answer()
        except BaseException:
            # By the end of this line it knows that nobody waits for it; that may take its time.
            self._ours.close()
            if self._process.pid is not None:
                self._process.kill()
                self._process.join()
            raise
        answer = self._ready
        self.auth_port, self.password = answer.auth_port, answer.password
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        failure = None
        with suppress(OSError, EOFError):
            self._ours.send("stop")
            if self._ours.poll(STOP_SECONDS):
                failure = self._ours.recv()
        self._process.join(STOP_SECONDS)
        self._process.kill()
        self._ours.close()
        if failure is not None and error is None:
            raise failure

    def _answer(self) -> _Ready:
        """Where they are, once they are. Raises `DoublesError`."""
        try:
            answer = self._ours.recv()
        except EOFError:
            answer = DoublesError(f"the doubles' process ended with {self._process.exitcode}")
        if isinstance(answer, DoublesError):
            raise answer
        assert isinstance(answer, _Ready)
        return answer

    @property
    def places(self) -> Mapping[Protocol, tuple[str, int]]:
        """As `Doubles.places`."""
        return self._ready.places

    def new_user(self, word: str = "user") -> str:
        """As `Doubles.new_user`."""
        return self._asker().names.new(word)

    def requests(self, user: str) -> tuple[AuthRequest, ...]:
        """As `Doubles.requests`."""
        result: tuple[AuthRequest, ...] = self._asker().ask("requests", user)
        return result

    def sessions(self, user: str) -> tuple[BackendSession, ...]:
        """As `Doubles.sessions`."""
        result: tuple[BackendSession, ...] = self._asker().ask("sessions", user)
        return result

    def records(self, user: str) -> tuple[tuple[AuthRequest, ...], tuple[BackendSession, ...]]:
        """As `Doubles.records`."""
        result: tuple[tuple[AuthRequest, ...], tuple[BackendSession, ...]]
        result = self._asker().ask("records", user)
        return result

    def _asker(self) -> _Asker:
        pid = os.getpid()
        if pid not in self._askers:
            self._askers[pid] = _Asker(self._ready)
        return self._askers[pid]


class _Asker:
    """One process's line to the doubles."""

    def __init__(self, ready: _Ready) -> None:
        self.names = Names()
        self._lock = threading.Lock()
        self._line: Connection = Client(ready.address, authkey=ready.authkey)

    def ask(self, *question: str) -> Any:
        with self._lock:
            self._line.send(question)
            return self._line.recv()


@contextmanager
def doubles_at(
    auth_host: str, auth_port: int, backend_host: str
) -> Iterator[Doubles | DoublesApart]:
    """The doubles, in a process of their own where one can be forked, else in a thread."""
    place = auth_host, auth_port, backend_host
    with DoublesApart(*place) if forkable() else Doubles(*place) as doubles:
        yield doubles


def _serve(place: tuple[str, int, str], control: Connection, other_end: Connection) -> None:
    """Run the doubles until told to stop, or until whoever told us to start is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    other_end.close()
    authkey = secrets.token_bytes(_AUTHKEY_BYTES)
    address = _ADDRESS.format(secrets.token_hex(_AUTHKEY_BYTES))
    failure: DoublesError | None = None
    try:
        with Doubles(*place) as doubles, Listener(address, authkey=authkey) as listener:
            threading.Thread(target=_receive, args=(listener, doubles), daemon=True).start()
            at = doubles.auth_port, doubles.password, doubles.places
            control.send(_Ready(*at, address, authkey))
            with suppress(EOFError):
                control.recv()
    except DoublesError as error:
        failure = DoublesError(str(error))
    with suppress(OSError):
        control.send(failure)


def _receive(listener: Listener, doubles: Doubles) -> None:
    """Take every process that wants to ask, until the listener is closed."""
    with suppress(OSError):
        while True:
            line = listener.accept()
            threading.Thread(target=_answer, args=(line, doubles), daemon=True).start()


def _answer(line: Connection, doubles: Doubles) -> None:
    ask = {
        "requests": doubles.requests,
        "sessions": doubles.sessions,
        "records": doubles.records,
    }
    with suppress(EOFError, OSError):
        while True:
            what, user = line.recv()
            line.send(ask[what](user))
