"""One connection at a back end: lines in, replies out, everything in bounds and on record."""

from __future__ import annotations

import asyncio

from .records import OpenSession

LINE_LIMIT = 64 * 1024
SESSION_LIMIT = 8 * 1024 * 1024
IDLE_SECONDS = 600.0


class Gone(Exception):
    """The peer ended the connection, or went out of bounds and shall be cut off."""


class Peer:
    """Reads and records what the proxy sends; sends each reply as one segment.

    A reply must not be torn: nginx takes the reply to a login from a single read.
    asyncio sets TCP_NODELAY, so one `write` is one segment as long as it fits.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, session: OpenSession
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._received = 0
        self.session = session

    async def line(self) -> bytes:
        """The next line without its line end. Raises `Gone`."""
        line = await self._read(None)
        self.session.lines.append(line)
        return line

    async def literal(self, size: int) -> tuple[bytes, bytes]:
        """An IMAP literal of `size` bytes and the rest of its line: one record. Raises `Gone`."""
        literal = await self._read(size)
        rest = await self._read(None)
        self.session.lines.append(literal + rest)
        return literal, rest

    async def say(self, *lines: bytes) -> None:
        """Send lines, in one segment. Raises `Gone`."""
        self._writer.write(b"".join(line + b"\r\n" for line in lines))
        try:
            await self._writer.drain()
        except OSError as error:
            raise Gone("while we spoke") from error

    async def _read(self, size: int | None) -> bytes:
        """So many bytes, or a line when `size` is None."""
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                if size is not None:
                    data = await self._reader.readexactly(size)
                else:
                    data = await self._reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError) as error:
            raise Gone(str(error)) from error
        self._received += len(data)
        if self._received > SESSION_LIMIT:
            raise Gone(f"over {SESSION_LIMIT} bytes in one session")
        return data if size is not None else data.removesuffix(b"\n").removesuffix(b"\r")
