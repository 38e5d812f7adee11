"""The error log: nginx's lines, in files or on standard error."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from reference_proxy.config.errors import ConfigError, failed
from reference_proxy.config.settings import LogTarget
from reference_proxy.config.special import LEVELS

# What clients send ends up here: no line longer than nginx's, and no control
# character that could forge a line or drive a terminal.
_LONGEST = 2048
_ESCAPES = {code: f"\\x{code:02X}" for code in (*range(32), *range(127, 160))}

_STDERR = 2

_GRAVITY = {level: rank for rank, level in enumerate(LEVELS)}


class ErrorLog:
    """Writes each message to every target whose level takes it.

    Files are opened for appending; ConfigError when one cannot be.
    """

    def __init__(self, targets: Iterable[LogTarget]) -> None:
        self._targets: tuple[LogTarget, ...] = ()
        self._files: tuple[int, ...] = ()
        self._levels: frozenset[str] = frozenset()
        self.change(targets)

    def takes(self, level: str) -> bool:
        """Whether a message of this level would be written anywhere."""
        return level in self._levels

    def write(self, level: str, text: str) -> None:
        """Write a line: `2026/11/23 22:00:00 [info] PID#PID: TEXT`."""
        if not self.takes(level):
            return
        line = formatted(level, text).encode("utf-8", "surrogateescape")
        for target, file in zip(self._targets, self._files, strict=True):
            if _takes(target, level):
                os.write(file, line)

    def change(self, targets: Iterable[LogTarget]) -> None:
        """Write to these from now on; where one cannot be opened, nothing changes."""
        targets = tuple(targets)
        files = _opened(targets)
        self.close()
        self._targets, self._files = targets, files
        self._levels = frozenset(
            level for level in LEVELS for target in targets if _takes(target, level)
        )

    def reopen(self) -> None:
        """Open the files anew, after somebody has moved them away."""
        self.change(self._targets)

    def close(self) -> None:
        """Close the files; after this nothing is written."""
        for file in self._files:
            if file != _STDERR:
                os.close(file)
        self._targets, self._files, self._levels = (), (), frozenset()


def _takes(target: LogTarget, level: str) -> bool:
    return _GRAVITY[level] <= _GRAVITY[target.level]


def formatted(level: str, text: str) -> str:
    """Make a log line with its line end; control characters are escaped and the length bounded."""
    now = time.strftime("%Y/%m/%d %H:%M:%S")
    pid = os.getpid()
    line = f"{now} [{level}] {pid}#{pid}: {text.translate(_ESCAPES)}"
    return line[:_LONGEST] + "\n"


def _opened(targets: tuple[LogTarget, ...]) -> tuple[int, ...]:
    files: list[int] = []
    for target in targets:
        try:
            files.append(_open(target.path))
        except OSError as error:
            raise ConfigError(failed(f'open() "{target.path}"', error)) from None
    return tuple(files)


def _open(path: str) -> int:
    if not path:
        return _STDERR
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
