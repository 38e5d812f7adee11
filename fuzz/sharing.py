"""Failing streams shared between machines, through one of Hypothesis's example databases.

What Hypothesis keeps there itself fits one version of one strategy. We keep streams in
their readable form, so that they last, and anybody's campaign can say them.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase

from conformance.harness.endpoint import Protocol

from .stream import Stream, parse

# How often it is looked whether others have found something.
LOOK_SECONDS = 3.0
SCHEMES = ("redis://", "rediss://", "unix://")
# A stream of megabytes is no use to anybody, and a database may hold anything.
_LONGEST = 64 * 1024


@contextlib.contextmanager
def database(where: str) -> Iterator[ExampleDatabase]:
    """The database at a redis:// address, else in the directory of that name, until the block ends.

    Raises ValueError in one line where it is not to be had.
    """
    if not where.startswith(SCHEMES):
        if "://" in where:
            raise ValueError(f"{where}: a database is a directory or at redis://host:port")
        yield DirectoryBasedExampleDatabase(Path(where))
        return
    try:
        import redis
        from hypothesis.extra.redis import RedisExampleDatabase
    except ImportError as error:
        raise ValueError(f"{where}: that takes the package redis: pip install redis") from error
    try:
        server = redis.Redis.from_url(where, socket_timeout=5, socket_connect_timeout=5)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
    with server:
        try:
            server.ping()
        except (redis.RedisError, ValueError) as error:
            raise ValueError(f"{where}: {error}") from error
        yield RedisExampleDatabase(server, key_prefix=b"waxseal:")


def _outlived() -> contextlib.suppress:
    """A campaign goes on where its database is gone."""
    try:
        import redis
    except ImportError:
        return contextlib.suppress(OSError)
    return contextlib.suppress(OSError, redis.RedisError)


class Shared:
    """The failing streams of one protocol, ours and everybody's."""

    def __init__(self, database: ExampleDatabase, protocol: Protocol) -> None:
        self._database = database
        self._protocol = protocol
        self._key = f"streams of {protocol}".encode()
        self._known: set[bytes] = set()
        self._next = 0.0

    def new(self) -> list[Stream]:
        """What is there that was not seen before; nothing if it was looked at just now."""
        if time.monotonic() < self._next:
            return []
        self._next = time.monotonic() + LOOK_SECONDS
        fresh = sorted(set(self._fetched()) - self._known)
        self._known.update(fresh)
        return [stream for octets in fresh if (stream := self._stream(octets))]

    def save(self, stream: Stream) -> None:
        """Let the others have it, and do not hear of it from there again."""
        octets = str(stream).encode()
        self._known.add(octets)
        if len(octets) <= _LONGEST:
            with _outlived():
                self._database.save(self._key, octets)

    def _fetched(self) -> list[bytes]:
        with _outlived():
            return list(self._database.fetch(self._key))
        return []

    def _stream(self, octets: bytes) -> Stream | None:
        try:
            stream = parse(octets[:_LONGEST].decode("ascii"))
        except ValueError:
            return None
        return stream if stream.protocol is self._protocol else None
