"""Where the lines of an error log end up: a file, a syslog server, or memory."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from typing import Protocol

from reference_proxy.config.logs import LEVELS
from reference_proxy.config.settings import LogTarget, Syslog

STDERR = 2

# What nginx makes room for: a line, and the longest header.
_LONGEST_DATAGRAM = 2048 + 19 + 255 + 1 + 32 + 2


class Sink(Protocol):
    """Takes lines, each with its line end, until it is closed. It never raises for a lost line."""

    def write(self, level: str, line: bytes) -> None:
        """Take one line."""

    def close(self) -> None:
        """Let go of what it holds."""


def sink(target: LogTarget) -> Sink:
    """Open the target's sink; OSError when its file cannot be."""
    if target.syslog:
        return _SyslogSink(target.syslog)
    return _Memory(target.memory) if target.memory else File(target.path)


class File:
    """A file that is appended to; standard error for "", which stays open."""

    def __init__(self, path: str) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self.descriptor = os.open(path, flags, 0o644) if path else STDERR

    def write(self, level: str, line: bytes) -> None:
        """Append the line."""
        os.write(self.descriptor, line)

    def close(self) -> None:
        """Close the file."""
        if self.descriptor != STDERR:
            os.close(self.descriptor)


class _SyslogSink:
    """One datagram a line, RFC 3164's header before it; a lost one is lost."""

    def __init__(self, syslog: Syslog) -> None:
        self._syslog = syslog
        self._socket: socket.socket | None = None

    def write(self, level: str, line: bytes) -> None:
        datagram = (self._header(level) + line.rstrip(b"\n"))[:_LONGEST_DATAGRAM]
        try:
            self._socket = self._socket or self._connected()
            self._socket.send(datagram)
        except OSError:
            self.close()

    def close(self) -> None:
        if self._socket:
            self._socket.close()
        self._socket = None

    def _header(self, level: str) -> bytes:
        priority = self._syslog.facility * 8 + LEVELS.index(level)
        now = time.localtime()
        date = time.strftime("%b", now) + f" {now.tm_mday:2} " + time.strftime("%H:%M:%S", now)
        host = f"{socket.gethostname().lower()} " if self._syslog.hostname else ""
        return f"<{priority}>{date} {host}{self._syslog.tag}: ".encode()

    def _connected(self) -> socket.socket:
        host, port = self._syslog.server
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        address: tuple[str, int] | str = (host, port)
        if host.startswith("unix:"):
            family, address = socket.AF_UNIX, host.removeprefix("unix:")
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.setblocking(False)
        with contextlib.ExitStack() as stack:
            stack.callback(sock.close)
            sock.connect(address)
            stack.pop_all()
        return sock


class _Memory:
    """The last lines in a ring of so many bytes, for whoever attaches a debugger."""

    def __init__(self, size: int) -> None:
        self._ring = bytearray(b" " * size)
        self._written = 0

    def write(self, level: str, line: bytes) -> None:
        for byte in line:
            self._ring[self._written % len(self._ring)] = byte
            self._written += 1

    def close(self) -> None:
        self._ring.clear()
