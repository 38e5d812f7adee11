"""The connection to a back end, and the pressure that each side's slowness puts on the other."""

from __future__ import annotations

import asyncio
from typing import Protocol, cast


class Client(Protocol):
    """What a back end's connection asks of the client's."""

    def upstream_connected(self, backend: Backend) -> None:
        """The connection is there."""

    def upstream_received(self, data: bytes) -> None:
        """Bytes of the back end."""

    def upstream_ended(self) -> None:
        """The back end has closed, or is gone."""

    def hold_client(self) -> None:
        """Read no more from the client: the back end is slow."""

    def release_client(self) -> None:
        """Read on."""


class Backend(asyncio.Protocol):
    """One TCP connection to a back end, for one client; `header` is sent first."""

    def __init__(self, client: Client, header: bytes = b"") -> None:
        self._client: Client | None = client
        self._header = header
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Tell the client's side, or close at once where it has gone meanwhile."""
        self._transport = cast(asyncio.Transport, transport)
        if self._client is None:
            self._transport.abort()
        else:
            self.write(self._header)
            self._client.upstream_connected(self)

    def data_received(self, data: bytes) -> None:
        """Pass bytes on."""
        if self._client is not None:
            self._client.upstream_received(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Tell the client's side, unless it has let go."""
        client, self._client = self._client, None
        if client is not None:
            client.upstream_ended()

    def pause_writing(self) -> None:
        """Hold the client while the back end does not take what is there."""
        if self._client is not None:
            self._client.hold_client()

    def resume_writing(self) -> None:
        """Let the client go on."""
        if self._client is not None:
            self._client.release_client()

    def write(self, data: bytes) -> None:
        """Send bytes to the back end."""
        if data and self._transport is not None:
            self._transport.write(data)

    def hold(self) -> None:
        """Read no more from the back end: the client is slow."""
        if self._transport is not None and self._transport.is_reading():
            self._transport.pause_reading()

    def release(self) -> None:
        """Read on."""
        if self._transport is not None and not self._transport.is_reading():
            self._transport.resume_reading()

    def close(self) -> None:
        """Send what is left, then close; the client's side hears no more of it."""
        self._client = None
        if self._transport is not None:
            self._transport.close()
