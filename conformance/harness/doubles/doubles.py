"""The doubles together: one auth server and three back ends, in a thread of the suite's process."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from ..endpoint import Protocol
from ..observation import AuthRequest, BackendSession
from .auth_http import REQUEST_LIMIT, answer, serve_auth
from .backend import BackEnd
from .imap import ImapBackEnd
from .peer import LINE_LIMIT, Peer
from .policy import DENIED_PREFIX, Policy
from .pop3 import Pop3BackEnd
from .records import Message, Records
from .smtp import SmtpBackEnd

_BACK_ENDS: dict[Protocol, type[BackEnd]] = {
    Protocol.IMAP: ImapBackEnd,
    Protocol.POP3: Pop3BackEnd,
    Protocol.SMTP: SmtpBackEnd,
}
STOP_SECONDS = 5.0

_Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class DoublesError(Exception):
    """A double could not be started, or failed while it served; the text names what to do."""


class Names:
    """Names of users that nobody else has, in whatever process."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._run = secrets.token_hex(3)

    def new(self, word: str) -> str:
        """A name that is part of no other: `user-3fa2c1-00000007`."""
        return f"{word}-{self._run}-{next(self._numbers):08x}"


class Doubles:
    """The auth server at `auth_host:auth_port` and the back ends at ports of `backend_host`.

    A context manager; the servers run inside it, in a thread of their own. Who is
    let in: any user name with `password`, except names that start with `denied-`
    (`denied_user`); a request with `Auth-Method: none` always. Records stay
    readable afterwards. `auth_port` 0 picks a free one; the attribute then has it.

    Raises `DoublesError` on entering when an address cannot be bound, on leaving
    when a double failed of its own.
    """

    def __init__(self, auth_host: str, auth_port: int, backend_host: str = "127.0.0.1") -> None:
        self.auth_host = auth_host
        self.auth_port = auth_port
        self.backend_host = backend_host
        self.password = secrets.token_hex(8)
        self.places: dict[Protocol, tuple[str, int]] = {}
        self._policy = Policy(self.password)
        self._records = Records()
        self._names = Names()
        self._failures: list[BaseException] = []
        self._loop = asyncio.new_event_loop()
        self._servers: list[asyncio.Server] = []
        self._thread = threading.Thread(target=self._loop.run_forever, name="doubles", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()
        if self._failures and error is None:
            raise DoublesError(f"a double failed: {self._failures[0]!r}") from self._failures[0]

    def new_user(self, word: str = "user") -> str:
        """A name that nobody else has and that is part of no other: `user-3fa2c1-00000007`."""
        return self._names.new(word)

    def denied_user(self) -> str:
        """A name of its own that is refused whatever the password."""
        return self.new_user(DENIED_PREFIX.rstrip("-"))

    def requests(self, user: str) -> tuple[AuthRequest, ...]:
        """What the auth server was asked about `user`, oldest first.

        A request of SMTP without a login is found by a name in its envelope.
        """
        return self._records.requests_of(user)

    def sessions(self, user: str) -> tuple[BackendSession, ...]:
        """The back ends' sessions of `user` so far, oldest first; each line as received.

        What answers a continuation request (an IMAP literal, a SASL response) is
        a line of its own. Behind those come the sessions in which nobody logged
        in and a line has the name in it.
        """
        return tuple(x.snapshot() for x in self._records.sessions_of(user))

    def records(self, user: str) -> tuple[tuple[AuthRequest, ...], tuple[BackendSession, ...]]:
        """`requests` and `sessions` of that user."""
        return self.requests(user), self.sessions(user)

    def all_requests(self) -> tuple[AuthRequest, ...]:
        """Every request so far (the newest 20,000), oldest first."""
        return self._records.requests()

    def all_sessions(self) -> tuple[BackendSession, ...]:
        """Every session so far (the newest 20,000), oldest first."""
        return tuple(x.snapshot() for x in self._records.sessions())

    @property
    def messages(self) -> tuple[Message, ...]:
        """What the SMTP back end took, oldest first."""
        return self._records.messages()

    async def _start(self) -> None:
        for protocol, kind in _BACK_ENDS.items():
            place = await self._listen(self._served_by(kind), self.backend_host, 0, LINE_LIMIT)
            self.places[protocol] = place
        place = await self._listen(self._serve_auth, self.auth_host, self.auth_port, REQUEST_LIMIT)
        self.auth_port = place[1]

    async def _listen(self, serve: _Serve, host: str, port: int, limit: int) -> tuple[str, int]:
        try:
            server = await asyncio.start_server(self._guarded(serve), host, port, limit=limit)
        except OSError as error:
            what = "the auth server" if limit == REQUEST_LIMIT else "a back end"
            raise DoublesError(
                f"{what} cannot listen on {host}:{port}: {error.strerror or error}. "
                "Free that address, or give one of this machine that is free"
            ) from error
        self._servers.append(server)
        return host, server.sockets[0].getsockname()[1]

    def _guarded(self, serve: _Serve) -> _Serve:
        """`serve` with its connection closed at the end and its failure kept."""

        async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await serve(reader, writer)
            except (OSError, asyncio.CancelledError):
                # The proxy went away while it was answered, or the run is over.
                writer.transport.abort()
            except Exception as error:  # noqa: BLE001 - raised again on leaving
                self._failures.append(error)
                writer.transport.abort()
            finally:
                writer.close()

        return guarded

    def _served_by(self, kind: type[BackEnd]) -> _Serve:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            peer = Peer(reader, writer, self._records.open_session())
            await kind(peer, self._policy, self._records).serve()

        return serve

    async def _serve_auth(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def reply(request: AuthRequest) -> bytes:
            self._records.add_request(request)
            return answer(request, self._policy, self.places)

        await serve_auth(reader, writer, reply)

    def _stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(STOP_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STOP_SECONDS)
        self._loop.close()

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
