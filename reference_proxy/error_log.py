"""The error log: nginx's lines, in files or on standard error."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from reference_proxy.config.errors import ConfigError, failed, shortened
from reference_proxy.config.logs import LEVELS
from reference_proxy.config.settings import LogTarget

# What clients send ends up here: no line longer than nginx's, and no control
# character that could forge a line or drive a terminal.
_LONGEST = 2047
_ESCAPES = {code: f"\\x{code:02X}" for code in (*range(32), *range(127, 160))}

_STDERR = 2

_GRAVITY = {level: rank for rank, level in enumerate(LEVELS)}


class ErrorLog:
    """Writes each message to every target whose level takes it.

    Files are opened for appending; ConfigError when one cannot be.
    """

    def __init__(self, targets: Iterable[LogTarget]) -> None:
        self._targets = tuple(targets)
        self._files = _opened(self._targets)

    def write(self, level: str, text: str) -> bool:
        """Write a line: `2026/11/23 22:00:00 [info] PID#PID: TEXT`.

        True where standard error is among those that took it.
        """
        line = _formatted(level, text).encode(errors="surrogateescape")
        taken = [
            file
            for target, file in zip(self._targets, self._files, strict=True)
            if at_least(level, target.level)
        ]
        for file in taken:
            os.write(file, line)
        return _STDERR in taken

    def change(self, targets: Iterable[LogTarget]) -> None:
        """Write to these from now on; where one cannot be opened, nothing changes."""
        targets = tuple(targets)
        files = _opened(targets)
        self.close()
        self._targets, self._files = targets, files

    def reopen(self) -> None:
        """Open the files anew, after somebody has moved them away."""
        self.change(self._targets)

    def close(self) -> None:
        """Close the files; after this nothing is written."""
        for file in self._files:
            if file != _STDERR:
                os.close(file)
        self._targets, self._files = (), ()


def at_least(level: str, threshold: str) -> bool:
    """Whether the level is as grave as the threshold, or graver."""
    return _GRAVITY[level] <= _GRAVITY[threshold]


def room(level: str) -> int:
    """How many bytes of text a line of this level holds."""
    return _LONGEST - len(_head(level))


def _formatted(level: str, text: str) -> str:
    """Make a log line with its line end; control characters are escaped and the length bounded."""
    return shortened(_head(level) + text.translate(_ESCAPES), _LONGEST) + "\n"


def _head(level: str) -> str:
    pid = os.getpid()
    return time.strftime(f"%Y/%m/%d %H:%M:%S [{level}] {pid}#{pid}: ")


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
