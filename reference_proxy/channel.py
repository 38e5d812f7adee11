"""A client's socket with or without TLS on it: bytes in, bytes out, an orderly end."""

from __future__ import annotations

import asyncio

from reference_proxy.session.events import TlsState
from reference_proxy.tls.context import TlsContext
from reference_proxy.tls.engine import Engine

LINGER = 2.0
"""How long, in seconds, a closed connection still takes (and discards) what the client sends.

Closing a socket that has unread bytes resets it, and the reset destroys replies on the way.
"""


class Channel:
    """Writes, and reads, in the layer that is up. TLS trouble raises `TlsFailure`."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._engine: Engine | None = None
        self._handshaking = False
        self._linger: asyncio.TimerHandle | None = None
        self.ended = False

    @property
    def handshaking(self) -> bool:
        """Whether arriving bytes belong to a handshake that is not complete."""
        return self._handshaking

    @property
    def peer_closed(self) -> bool:
        """Whether the client has said close_notify."""
        return self._engine is not None and self._engine.closed

    def extra(self, name: str) -> object:
        """Return what the transport knows of itself under this name (`peername`, `sockname`)."""
        return self._transport.get_extra_info(name)

    def start_tls(self, context: TlsContext) -> None:
        """Take everything from here on as TLS."""
        self._engine = Engine(context)
        self._handshaking = True

    def leave_tls(self) -> None:
        """Send what TLS has left to say (an alert), and drop it."""
        if self._engine is not None:
            self._flush(self._engine)
            self._engine.free()
        self._engine, self._handshaking = None, False

    def handshake(self, data: bytes) -> TlsState | None:
        """Go on with the handshake; its result, or None while it wants more.

        Its last message goes out with whatever is written, or read, next.
        """
        assert self._engine is not None
        self._engine.feed(data)
        state = self._engine.handshake()
        self._handshaking = state is None
        if self._handshaking:
            self._flush(self._engine)
        return state

    def read(self, data: bytes) -> bytes:
        """Return the plaintext of these bytes, b"" where there is none yet."""
        if self._engine is None:
            return data
        self._engine.feed(data)
        plaintext = self._engine.read()
        self._flush(self._engine)
        return plaintext

    def write(self, data: bytes) -> None:
        """Send bytes to the client."""
        if not data or self._transport.is_closing():
            return
        if self._engine is None:
            self._transport.write(data)
        else:
            self._engine.write(data)
            self._flush(self._engine)

    def hold(self) -> None:
        """Read no more from the client."""
        if self._transport.is_reading():
            self._transport.pause_reading()

    def release(self) -> None:
        """Read on."""
        if not self._transport.is_closing() and not self._transport.is_reading():
            self._transport.resume_reading()

    def end(self, quiet: bool) -> None:
        """Say close_notify unless `quiet`, flush, end our direction, and close soon after."""
        self.ended = True
        if self._engine is not None and not quiet:
            self._engine.shutdown()
        self.leave_tls()
        if self._transport.is_closing():
            return
        self.release()
        try:
            self._transport.write_eof()
        except OSError:  # the client has reset the connection, and the loop has not seen it yet
            self._transport.abort()
            return
        self._wait()

    def close(self) -> None:
        """Close now: the client has ended as well."""
        self._transport.close()

    def abort(self) -> None:
        """Drop the connection without ceremony."""
        self.ended = True
        self._transport.abort()

    def lost(self) -> None:
        """Give everything back: the socket is gone."""
        self.ended = True
        if self._linger is not None:
            self._linger.cancel()
        if self._engine is not None:
            self._engine.free()
        self._engine = None

    def _wait(self, before: int = -1) -> None:
        """Close after a while, or later as long as a slow client still takes what is left."""
        left = self._transport.get_write_buffer_size()
        if before >= 0 and (left == 0 or left == before):
            self._transport.abort()
            return
        loop = asyncio.get_running_loop()
        self._linger = loop.call_later(LINGER, self._wait, left)

    def _flush(self, engine: Engine) -> None:
        data = engine.outgoing()
        if data and not self._transport.is_closing():
            self._transport.write(data)
