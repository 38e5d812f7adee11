"""The event loop: what is ready, what is due, which signal came.

One coarse clock serves every timer, and a watched descriptor costs one entry in a table: a mail
proxy has thousands of connections that wait, and few that do anything.
"""

from __future__ import annotations

import heapq
import select
import signal
import socket
import time
from collections.abc import Callable
from typing import Protocol

READABLE, WRITABLE = select.POLLIN, select.POLLOUT
BROKEN = select.POLLERR | select.POLLHUP
EXCLUSIVE: int = getattr(select, "EPOLLEXCLUSIVE", 0)
"""Added to READABLE: of the processes that watch the same descriptor, wake not all."""

TICK = 0.05
"""Seconds: the grain of the clock."""

_LATEST = 20  # ticks: how late a long timer may be, at most
_EPOLL = hasattr(select, "epoll")

Act = Callable[[], None]


class Watcher(Protocol):
    """Whoever has a descriptor watched."""

    def ready(self, events: int) -> None:
        """Act on READABLE, WRITABLE and BROKEN; any of them may turn out not to be true."""


class Timer:
    """Something that will be done later, unless it is cancelled."""

    __slots__ = ("_bucket", "act")

    def __init__(self, act: Act, bucket: set[Timer]) -> None:
        self.act = act
        self._bucket = bucket
        bucket.add(self)

    def cancel(self) -> None:
        """Do it not; harmless when it has been done."""
        self._bucket.discard(self)
        self.act = _nothing  # whoever has the timer is often what it acts on: no circle stays


def _nothing() -> None:
    """What a cancelled timer does."""


class Loop:
    """Calls watchers, timers and signal handlers, one at a time. It belongs to one process."""

    def __init__(self) -> None:
        self.now = time.monotonic()
        """The time, in seconds, at which the present round began."""
        self._poll = select.epoll() if _EPOLL else select.poll()
        self._watchers: dict[int, Watcher] = {}
        self._buckets: dict[int, set[Timer]] = {}
        self._ticks: list[int] = []
        self._soon: list[Act] = []
        self._running = True
        self._signals: _Signals | None = None

    def watch(self, descriptor: int, watcher: Watcher, events: int) -> None:
        """Call the watcher whenever one of the events is there; BROKEN always counts."""
        self._poll.register(descriptor, events)
        self._watchers[descriptor] = watcher

    def change(self, descriptor: int, events: int) -> None:
        """Watch for other events."""
        self._poll.modify(descriptor, events)

    def ignore(self, descriptor: int) -> None:
        """Watch it no longer."""
        del self._watchers[descriptor]
        self._poll.unregister(descriptor)

    def forget(self, descriptor: int) -> None:
        """`ignore`, for a descriptor that is closed right after: epoll knows that by itself."""
        del self._watchers[descriptor]
        if not _EPOLL:
            self._poll.unregister(descriptor)

    def after(self, seconds: float, act: Act) -> Timer:
        """Do it after so many seconds: never earlier, and 1.6 % or one second late at most."""
        ticks = int((self.now + seconds) / TICK) + 1
        grain = min(int(seconds / TICK) >> 6, _LATEST)
        if grain > 1:
            ticks += -ticks % grain
        bucket = self._buckets.get(ticks)
        if bucket is None:
            bucket = self._buckets[ticks] = set()
            heapq.heappush(self._ticks, ticks)
        return Timer(act, bucket)

    def soon(self, act: Act) -> None:
        """Do it once what is being done now is over."""
        self._soon.append(act)

    def on_signal(self, number: signal.Signals, act: Act) -> None:
        """Act on a signal, between other things."""
        if self._signals is None:
            self._signals = _Signals(self)
        self._signals.acts[number] = act
        signal.signal(number, lambda number, frame: None)

    def run(self) -> None:
        """Go on until `stop`."""
        poll, watchers = self._poll.poll, self._watchers
        while self._running:
            events = poll(self._patience())
            self.now = time.monotonic()
            for descriptor, what in events:
                watcher = watchers.get(descriptor)
                if watcher is not None:
                    watcher.ready(what)
            if self._ticks and self._ticks[0] * TICK <= self.now:
                self._ring()
            while self._soon:
                acts, self._soon = self._soon, []
                for act in acts:
                    act()

    def stop(self) -> None:
        """Let `run` return."""
        self._running = False

    def _patience(self) -> float | None:
        """Return how long to wait at most, in the unit of this system's poll."""
        if self._soon:
            return 0
        ticks, buckets = self._ticks, self._buckets
        while ticks and not buckets[ticks[0]]:
            del buckets[heapq.heappop(ticks)]
        if not ticks:
            return None
        seconds = max(ticks[0] * TICK - time.monotonic(), 0)
        return seconds if _EPOLL else seconds * 1000 + 1

    def _ring(self) -> None:
        while self._ticks and self._ticks[0] * TICK <= self.now:
            bucket = self._buckets.pop(heapq.heappop(self._ticks))
            while bucket:
                bucket.pop().act()


class _Signals:
    """Turns signals into readable bytes, so that they wake the loop and wait their turn."""

    def __init__(self, loop: Loop) -> None:
        self.acts: dict[int, Act] = {}
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._theirs.setblocking(False)
        signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        loop.watch(self._ours.fileno(), self, READABLE)

    def ready(self, events: int) -> None:
        """Act on the signals that have come."""
        for number in self._ours.recv(256):
            if number in self.acts:
                self.acts[number]()
