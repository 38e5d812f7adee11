"""The connection to a back end, and the pressure that each side's slowness puts on the other."""

from __future__ import annotations

from typing import Protocol

from reference_proxy.loop import Loop
from reference_proxy.stream import Stream


class Client(Protocol):
    """What a back end's connection asks of the client's."""

    def upstream_received(self, data: bytes) -> None:
        """Bytes of the back end."""

    def upstream_ended(self, error: OSError | None) -> None:
        """The back end has closed, or is gone, or was never there."""

    def hold_client(self) -> None:
        """Read no more from the client: the back end is slow."""

    def release_client(self) -> None:
        """Read on."""


class Backend:
    """One TCP connection to a back end, for one client. OSError where it fails at once."""

    __slots__ = ("_client", "_stream")

    def __init__(self, loop: Loop, host: str, port: int, client: Client) -> None:
        self._client: Client | None = client
        self._stream = Stream.connect(loop, host, port, self)

    def write(self, data: bytes) -> None:
        """Send bytes to the back end."""
        self._stream.write(data)

    def hold(self) -> None:
        """Read no more from the back end: the client is slow."""
        self._stream.hold()

    def release(self) -> None:
        """Read on."""
        self._stream.release()

    def close(self) -> None:
        """Send what is left, then close; the client's side hears no more of it."""
        self._client = None
        self._stream.close()

    # --- the stream's owner -------------------------------------------------------

    def received(self, data: bytes) -> None:
        """Pass bytes on."""
        if self._client is not None:
            self._client.upstream_received(data)

    def ended(self) -> None:
        """Close as well: `lost` follows."""
        self._stream.close()

    def lost(self, error: OSError | None) -> None:
        """Tell the client's side, unless it has let go."""
        client, self._client = self._client, None
        if client is not None:
            client.upstream_ended(error)

    def clogged(self) -> None:
        """Hold the client while the back end does not take what is there."""
        if self._client is not None:
            self._client.hold_client()

    def flowing(self) -> None:
        """Let the client go on."""
        if self._client is not None:
            self._client.release_client()
