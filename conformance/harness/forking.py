"""When a process of ours may be forked."""

from __future__ import annotations

import sys
import threading


def forkable() -> bool:
    """This process can be forked safely: on Linux, while no thread of it but ours runs."""
    return sys.platform.startswith("linux") and threading.active_count() == 1
