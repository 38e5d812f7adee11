from __future__ import annotations

import gc
import os
import random
import signal
import time
from collections.abc import Callable

import pytest

from reference_proxy.config.settings import Zone
from reference_proxy.tls import zone as module
from reference_proxy.tls.errors import ContextError
from reference_proxy.tls.zone import SharedSessions, shared_sessions

SMALL, SESSION = 32768, b"s" * 150


def identity(number: int) -> bytes:
    return number.to_bytes(32, "big")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    return lambda now: monkeypatch.setattr(module.time, "time", lambda: now)


def in_child(act: Callable[[], object]) -> int:
    """The exit status of a forked process in which this is done, 0 if it returned."""
    child = os.fork()
    if not child:
        try:
            act()
        except BaseException:  # noqa: BLE001 - nothing of the test may go on here
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_what_is_stored_is_found_until_it_is_removed():
    sessions = SharedSessions(SMALL)
    sessions.store(b"short", b"one", 300)
    sessions.store(identity(2), b"two" * 1000, 300)
    assert sessions.find(b"short") == b"one"
    assert sessions.find(identity(2)) == b"two" * 1000
    assert sessions.find(b"shor") is None
    sessions.remove(b"short")
    sessions.remove(b"unknown")
    assert sessions.find(b"short") is None
    assert sessions.find(identity(2)) is not None


def test_the_last_session_of_an_id_counts():
    sessions = SharedSessions(SMALL)
    sessions.store(b"id", b"old", 300)
    sessions.store(b"id", b"new", 300)
    assert sessions.find(b"id") == b"new"


def test_a_session_ends_with_its_last_second(clock):
    sessions = SharedSessions(SMALL)
    clock(1000.9)
    sessions.store(b"id", SESSION, 5)
    clock(1004.99)
    assert sessions.find(b"id") == SESSION
    clock(1005.0)
    assert sessions.find(b"id") is None


def test_the_longest_time_fits():
    sessions = SharedSessions(SMALL)
    sessions.store(b"id", SESSION, 2**63 - 1)
    assert sessions.find(b"id") == SESSION


def test_the_oldest_go_when_it_is_full():
    sessions = SharedSessions(SMALL)
    for number in range(1000):
        sessions.store(identity(number), SESSION, 300)
    known = [number for number in range(1000) if sessions.find(identity(number))]
    assert known == list(range(1000 - len(known), 1000))
    assert 50 < len(known) < 70


def test_the_dead_make_room_before_the_living(clock):
    sessions = SharedSessions(SMALL)
    clock(1000)
    for number in range(40):
        sessions.store(identity(number), SESSION, 5)
    clock(1010)
    for number in range(40, 80):
        sessions.store(identity(number), SESSION, 300)
    assert all(sessions.find(identity(number)) for number in range(40, 80))


def test_any_mixture_of_sizes_is_kept_whole():
    chance = random.Random(5)
    sessions, stored = SharedSessions(SMALL), {}
    for number in range(3000):
        content = chance.randbytes(chance.randrange(1, 4097))
        stored[identity(number)] = content
        sessions.store(identity(number), content, 300)
        guess = identity(chance.randrange(max(0, number - 20), number + 1))
        assert sessions.find(guess) in (None, stored[guess])
        assert sessions.find(identity(number)) == content


def test_forked_processes_share_it():
    sessions = SharedSessions(SMALL)
    assert in_child(lambda: sessions.store(b"of the child", SESSION, 300)) == 0
    assert sessions.find(b"of the child") == SESSION
    sessions.remove(b"of the child")

    def check() -> None:
        assert sessions.find(b"of the child") is None

    assert in_child(check) == 0


def test_processes_do_not_disturb_each_other():
    sessions = SharedSessions(SMALL)

    def work(seed: int) -> None:
        for number in range(300):
            name = identity(seed * 1000 + number)
            sessions.store(name, name * 5, 300)
            assert sessions.find(name) in (None, name * 5)

    children = []
    for seed in range(4):
        child = os.fork()
        if not child:
            os._exit(in_child(lambda seed=seed: work(seed)))
        children.append(child)
    statuses = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert statuses == [0] * 4
    kept = [n for seed in range(4) for n in range(300) if sessions.find(identity(seed * 1000 + n))]
    assert 30 < len(kept) < 70


def test_the_lock_ends_with_the_process_that_has_it():
    sessions = SharedSessions(SMALL)

    def die() -> None:
        with sessions._locked():
            os.kill(os.getpid(), signal.SIGKILL)

    assert in_child(die) == -signal.SIGKILL
    began = time.monotonic()
    sessions.store(b"id", SESSION, 300)
    assert sessions.find(b"id") == SESSION
    assert time.monotonic() - began < 20  # and not for ever


def test_the_lock_keeps_another_process_out():
    sessions = SharedSessions(SMALL)
    inside, leave = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        with sessions._locked():
            os.write(inside[1], b"!")
            os.read(leave[0], 1)
        os._exit(0)
    os.read(inside[0], 1)

    def come_in() -> None:
        signal.alarm(1)
        sessions.find(b"id")

    assert in_child(come_in) == -signal.SIGALRM
    os.write(leave[1], b"!")
    os.waitpid(child, 0)
    assert in_child(come_in) == 0
    for end in (*inside, *leave):
        os.close(end)


def test_a_killed_process_leaves_it_whole():
    sessions = SharedSessions(SMALL)
    sessions.store(b"before", SESSION, 300)

    def store_forever() -> None:
        signal.setitimer(signal.ITIMER_REAL, random.uniform(0.001, 0.02))
        number = 0
        while True:
            sessions.store(identity(number % 20), SESSION, 300)
            number += 1

    for _ in range(20):
        assert in_child(store_forever) == -signal.SIGALRM
        sessions.store(b"after", SESSION, 300)
        assert sessions.find(b"after") == SESSION
        assert all(sessions.find(identity(n)) in (None, SESSION) for n in range(20))


def test_a_zone_is_one_while_it_is_used():
    first = shared_sessions(Zone("one", SMALL))
    assert shared_sessions(Zone("one", SMALL)) is first
    assert shared_sessions(Zone("one", 2 * SMALL)) is not first
    assert shared_sessions(Zone("other", SMALL)) is not first
    first.store(b"id", SESSION, 300)
    del first
    gc.collect()
    assert shared_sessions(Zone("one", SMALL)).find(b"id") is None


def test_its_lock_is_given_back():
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        SharedSessions(SMALL)
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before


def test_memory_that_is_not_there():
    with pytest.raises(ContextError, match=r"^mmap\(MAP_ANON\|MAP_SHARED, \d+\) failed \(12: "):
        SharedSessions(2**62)
