"""The error log: nginx's lines, to wherever `error_log` says."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from reference_proxy.config.errors import ConfigError, failed, limited, shortened
from reference_proxy.config.logs import LEVELS
from reference_proxy.config.settings import LogTarget
from reference_proxy.sinks import STDERR, File, Sink, sink

# What clients send ends up here: no line longer than nginx's, and no control
# character that could forge a line or drive a terminal.
_LONGEST = 2047
_ESCAPES = {code: f"\\x{code:02X}" for code in (*range(32), *range(127, 160))}

_GRAVITY = {level: rank for rank, level in enumerate(LEVELS)}


class ErrorLog:
    """Writes each message to every target whose level takes it.

    Files are opened for appending; ConfigError when one cannot be.
    """

    def __init__(self, targets: Iterable[LogTarget]) -> None:
        self._targets: tuple[LogTarget, ...] = ()
        self._sinks: tuple[Sink, ...] = ()
        self._levels: frozenset[str] = frozenset()
        self._is_stderr = False
        self.change(targets)

    def takes(self, level: str) -> bool:
        """Whether a message of this level would be written anywhere."""
        return level in self._levels

    def write(self, level: str, text: str) -> bool:
        """Write a line: `2026/11/23 22:00:00 [info] PID#PID: TEXT`.

        True where standard error is among those that took it.
        """
        if not self.takes(level):
            return False
        line = _formatted(level, text).encode(errors="surrogateescape")
        taken = [
            one
            for target, one in zip(self._targets, self._sinks, strict=True)
            if at_least(level, target.level)
        ]
        for one in taken:
            one.write(level, line)
        return any(isinstance(one, File) and one.descriptor == STDERR for one in taken)

    def change(self, targets: Iterable[LogTarget]) -> None:
        """Write to these from now on; where one cannot be opened, nothing changes."""
        targets = tuple(targets)
        sinks = _opened(targets)
        self.close()
        self._targets, self._sinks = targets, sinks
        self._levels = frozenset(
            level for level in LEVELS for target in targets if at_least(level, target.level)
        )
        if self._is_stderr:
            self.take_stderr()

    def take_stderr(self) -> None:
        """Have all that is written to standard error end up in the first file, now and later.

        As nginx has it once it has started, so that whoever started it can see the end of what
        was told. Nothing changes where standard error is one of the targets.
        """
        self._is_stderr = True
        files = [one.descriptor for one in self._sinks if isinstance(one, File)]
        if files and STDERR not in files:
            os.dup2(files[0], STDERR)

    def reopen(self) -> None:
        """Open the files anew, after somebody has moved them away."""
        self.change(self._targets)

    def close(self) -> None:
        """Close the files; after this nothing is written."""
        for one in self._sinks:
            one.close()
        self._targets, self._sinks, self._levels = (), (), frozenset()


def at_least(level: str, threshold: str) -> bool:
    """Whether the level is as grave as the threshold, or graver."""
    return _GRAVITY[level] <= _GRAVITY[threshold]


def fitting(level: str, text: str) -> str:
    """Return as much of the text as a line of this level holds."""
    room = _LONGEST - len(_head(level))
    return shortened(limited(text, room + 1), room)  # the line end counts, but not always


def _formatted(level: str, text: str) -> str:
    """Make a log line with its line end; control characters are escaped and the length bounded."""
    return _head(level) + fitting(level, text.translate(_ESCAPES)) + "\n"


def _head(level: str) -> str:
    pid = os.getpid()
    return time.strftime(f"%Y/%m/%d %H:%M:%S [{level}] {pid}#{pid}: ")


def with_file(targets: tuple[LogTarget, ...], default: LogTarget) -> tuple[LogTarget, ...]:
    """The targets, and the default one where none of them is a file."""
    return targets if any(target.is_file for target in targets) else (*targets, default)


def _opened(targets: tuple[LogTarget, ...]) -> tuple[Sink, ...]:
    sinks: list[Sink] = []
    for target in targets:
        try:
            sinks.append(sink(target))
        except OSError as error:
            raise ConfigError(failed(f'open() "{target.path}"', error)) from None
    return tuple(sinks)
