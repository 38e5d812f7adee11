"""The pid file, the process behind it, and going to the background."""

from __future__ import annotations

import os
import signal

from reference_proxy.config.errors import ConfigError, failed

_LONGEST = 22
"""What nginx reads of a pid file."""


def detach() -> None:
    """Go to the background: the caller's process ends here with exit status 0."""
    if os.fork():
        os._exit(0)
    os.setsid()
    os.umask(0)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)


def write_pid(path: str) -> None:
    """Write this process's id and a line end. ConfigError when the file cannot be opened."""
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write(f"{os.getpid()}\n")
    except OSError as error:
        raise ConfigError(failed(f'open() "{path}"', error)) from None


def send_signal(path: str, number: signal.Signals) -> None:
    """Signal the process whose id is in the pid file. ConfigError when there is none."""
    try:
        with open(path, encoding="ascii", errors="replace", newline="") as file:
            text = file.read(_LONGEST).rstrip("\r\n")
    except IsADirectoryError as error:
        raise ConfigError(failed(f'pread() "{path}"', error), level="crit") from None
    except OSError as error:
        raise ConfigError(failed(f'open() "{path}"', error), level="error") from None
    if not text.isdigit() or not 0 < int(text) < 1 << 31:
        raise ConfigError(f'invalid PID number "{text}" in "{path}"', level="error")
    try:
        os.kill(int(text), number)
    except OSError as error:
        raise ConfigError(failed(f"kill({text}, {number})", error), level="alert") from None
