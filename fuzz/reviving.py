"""Starting a target again that a stream has ended, where somebody can."""

from __future__ import annotations

from collections.abc import Callable

from conformance.harness.targets.product import LaunchError


class Revival:
    """Has the target started again: `start` does it, and returns its first process.

    `times` counts how often; `pid` is the process of the last time. One of it is for all
    the listeners of a target.
    """

    def __init__(self, start: Callable[[], int]) -> None:
        self._start = start
        self.times = 0
        self.pid = 0

    def again(self) -> bool:
        """Whether the target runs again, ended first if need be."""
        try:
            self.pid = self._start()
        except LaunchError:
            return False
        self.times += 1
        return True
