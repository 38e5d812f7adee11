"""A client's stream with or without TLS on it: bytes in, bytes out, an orderly end."""

from __future__ import annotations

from reference_proxy.loop import Loop, Timer
from reference_proxy.session.events import TlsState
from reference_proxy.stream import Stream
from reference_proxy.tls.context import TlsContext
from reference_proxy.tls.engine import Engine

LINGER = 2.0
"""How long, in seconds, a closed connection still takes (and discards) what the client sends.

Closing a socket that has unread bytes resets it, and the reset destroys replies on the way.
"""


class Channel:
    """Writes, and reads, in the layer that is up. TLS trouble raises `TlsFailure`."""

    __slots__ = ("_engine", "_linger", "_loop", "_stream", "ended", "handshaking")

    def __init__(self, loop: Loop, stream: Stream) -> None:
        self._loop = loop
        self._stream = stream
        self._engine: Engine | None = None
        self._linger: Timer | None = None
        self.ended = False
        """Whether we have ended the dialogue."""
        self.handshaking = False
        """Whether arriving bytes belong to a handshake that is not complete."""

    @property
    def peer_closed(self) -> bool:
        """Whether the client has said close_notify."""
        return self._engine is not None and self._engine.closed

    def ends(self) -> tuple[tuple[str, int], tuple[str, int]]:
        """Return address and port of the client's end and of ours."""
        return self._stream.ends()

    def start_tls(self, context: TlsContext) -> None:
        """Take everything from here on as TLS."""
        self._engine = Engine(context)
        self.handshaking = True

    def leave_tls(self) -> None:
        """Send what TLS has left to say (an alert), and drop it."""
        if self._engine is not None:
            self._stream.write(self._engine.outgoing())
            self._engine.free()
        self._engine, self.handshaking = None, False

    def handshake(self, data: bytes) -> TlsState | None:
        """Go on with the handshake; its result, or None while it wants more.

        Its last message goes out with whatever is written, or read, next.
        """
        assert self._engine is not None
        self._engine.feed(data)
        state = self._engine.handshake()
        self.handshaking = state is None
        if self.handshaking:
            self._stream.write(self._engine.outgoing())
        return state

    def read(self, data: bytes) -> bytes:
        """Return the plaintext of these bytes, b"" where there is none yet."""
        if self._engine is None:
            return data
        self._engine.feed(data)
        plaintext = self._engine.read()
        self._stream.write(self._engine.outgoing())
        if self._engine.goes_on:
            self.leave_tls()
        return plaintext

    def write(self, data: bytes) -> None:
        """Send bytes to the client."""
        if not data or self._stream.closing:
            return
        if self._engine is not None:
            self._engine.write(data)
            data = self._engine.outgoing()
        self._stream.write(data)

    def hold(self) -> None:
        """Read no more from the client."""
        self._stream.hold()

    def release(self) -> None:
        """Read on."""
        self._stream.release()

    def end(self, quiet: bool) -> None:
        """Say close_notify unless `quiet`, flush, end our direction, and close soon after."""
        self._farewell(quiet)
        self.release()
        self._stream.finish()
        if not self._stream.closing:
            self._wait()

    def close(self) -> None:
        """Say close_notify if that is still to be said, flush, and close: the client has ended."""
        self._farewell(quiet=False)
        self._stream.close()

    def abort(self) -> None:
        """Drop the connection without ceremony."""
        self.ended = True
        self._stream.abort()

    def lost(self) -> None:
        """Give everything back: the socket is gone."""
        self.ended = True
        if self._linger is not None:
            self._linger.cancel()
        if self._engine is not None:
            self._engine.free()
        self._engine = self._linger = None

    def _farewell(self, quiet: bool) -> None:
        self.ended = True
        if self._engine is not None and not quiet:
            self._engine.shutdown()
        self.leave_tls()

    def _wait(self, before: int = -1) -> None:
        """Close after a while, or later as long as a slow client still takes what is left."""
        left = self._stream.waiting
        if before >= 0 and (left == 0 or left == before):
            self._stream.abort()
            return
        self._linger = self._loop.after(LINGER, lambda: self._wait(left))
