"""What the command line says, on standard error and in the error log."""

from __future__ import annotations

import os
from dataclasses import replace

from reference_proxy.config.errors import ConfigError
from reference_proxy.config.logs import LEVELS
from reference_proxy.config.settings import LogTarget
from reference_proxy.error_log import ErrorLog, at_least, fitting, with_file


def say(text: str) -> None:
    """Print nginx's line without a level on standard error."""
    os.write(2, f"nginx: {text}\n".encode(errors="surrogateescape"))


class Console:
    """Where messages go until the process runs.

    To standard error as `nginx: [LEVEL] TEXT`, when grave enough, and to the log as log lines;
    what the log writes to standard error is not said there again. The log is at first what
    `-e` names ("" for standard error, None for nothing) and takes what is at least `level`.
    """

    def __init__(self, error_log: str | None, prefix: str, level: str) -> None:
        path = os.path.join(prefix, error_log) if error_log else ""
        self.default_log = LogTarget(path)
        """What the configuration's `error_log` is when it has none."""
        self._named = () if error_log is None else (self.default_log,)
        self._level = level
        try:
            self._log = ErrorLog(replace(target, level=level) for target in self._named)
        except ConfigError as error:
            say(f"[alert] could not open error log file: {error}")
            self._log = ErrorLog([LogTarget("", level)])

    def change(self, targets: tuple[LogTarget, ...]) -> None:
        """Log to the configuration's own targets, if any; ConfigError when one does not open.

        From now on their levels are what is printed, too.
        """
        all_targets = with_file(targets, self.default_log)
        self._level = max((target.level for target in all_targets), key=LEVELS.index)
        self._log.change(all_targets if self._named else targets)

    def close(self) -> None:
        """Let go of the log; after this messages are only printed."""
        self._log.close()

    def log(self, level: str, text: str) -> None:
        """Print and log a message, unless no log is to take its level."""
        if not at_least(level, self._level):
            return
        if not self._log.write(level, text) and at_least(level, "warn"):
            say(f"[{level}] {fitting(level, text)}")

    def warn(self, text: str) -> None:
        """Print and log a warning."""
        self.log("warn", text)
