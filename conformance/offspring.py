"""Runs of the suite in processes of their own, which end when we do."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

# Leads a process group. Its input ends when we close it or are gone.
_LEADER = ("/bin/sh", "-c", "trap '' TERM; read _; kill -TERM 0")


@contextmanager
def group_of_ours() -> Iterator[int]:
    """A process group, whose members are told to end when we do, in whatever way."""
    with subprocess.Popen(_LEADER, stdin=subprocess.PIPE, process_group=0) as process:
        yield process.pid


@contextmanager
def offspring(command: Sequence[str], **how: Any) -> Iterator[subprocess.Popen[str]]:
    """That process of `subprocess`; it is over behind the `with`.

    It is interrupted where something goes wrong here, an interrupt for one, and ends in order.
    """
    with group_of_ours() as group:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, text=True, process_group=group, **how
        )
        try:
            yield process
        except BaseException:
            process.send_signal(signal.SIGINT)
            raise
        finally:
            process.wait()
