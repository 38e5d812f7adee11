from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator

import pytest

from reference_proxy.loop import READABLE, TICK, Loop


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


class Reader:
    """Notes what it is told, and stops the loop."""

    def __init__(self, loop: Loop) -> None:
        self.events: list[int] = []
        self.loop = loop

    def ready(self, events: int) -> None:
        self.events.append(events)
        self.loop.stop()


def test_who_watches_is_told(loop: Loop, pair: tuple[socket.socket, socket.socket]) -> None:
    reader = Reader(loop)
    loop.watch(pair[0].fileno(), reader, READABLE)
    pair[1].send(b"x")
    loop.run()
    assert reader.events == [READABLE]


def test_who_ignores_is_not_told(loop: Loop, pair: tuple[socket.socket, socket.socket]) -> None:
    reader = Reader(loop)
    loop.watch(pair[0].fileno(), reader, READABLE)
    loop.ignore(pair[0].fileno())
    pair[1].send(b"x")
    loop.after(0, loop.stop)
    loop.run()
    assert reader.events == []


@pytest.mark.parametrize("seconds", [0, 0.1, 0.3])
def test_a_timer_is_not_early(loop: Loop, seconds: float) -> None:
    begun = time.monotonic()
    loop.after(seconds, loop.stop)
    loop.run()
    assert time.monotonic() - begun >= seconds


def test_timers_go_in_the_order_of_their_times(loop: Loop) -> None:
    done: list[int] = []
    loop.after(4 * TICK, loop.stop)
    loop.after(2 * TICK, lambda: done.append(2))
    loop.after(0, lambda: done.append(1))
    loop.run()
    assert done == [1, 2]


def test_a_cancelled_timer_does_nothing(loop: Loop) -> None:
    done: list[int] = []
    timer = loop.after(0, lambda: done.append(1))
    loop.after(2 * TICK, loop.stop)
    timer.cancel()
    loop.run()
    assert done == []


def test_a_timer_may_cancel_one_that_is_due_as_well(loop: Loop) -> None:
    done: list[int] = []
    timers = [loop.after(0, lambda: (done.append(1), [t.cancel() for t in timers])) for _ in "ab"]
    loop.after(2 * TICK, loop.stop)
    loop.run()
    assert done == [1]


def test_soon_is_after_what_is_being_done(loop: Loop) -> None:
    done: list[str] = []

    def act() -> None:
        loop.soon(lambda: (done.append("soon"), loop.stop()))
        done.append("now")

    loop.after(0, act)
    loop.run()
    assert done == ["now", "soon"]


def test_a_signal_is_acted_on(loop: Loop) -> None:
    before = signal.getsignal(signal.SIGUSR1)
    try:
        loop.on_signal(signal.SIGUSR1, loop.stop)
        os.kill(os.getpid(), signal.SIGUSR1)
        loop.run()
    finally:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGUSR1, before)
        assert loop._signals
        loop._signals._ours.close()
        loop._signals._theirs.close()
