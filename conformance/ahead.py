"""Checks are made a little ahead of pytest's own pace, in processes beside it.

A visit is half waiting and half computing, and pytest has work of its own with
every test. Here the checks are made in a few processes while pytest reports on
those that are done. What belongs together (a listener's checks, which share
visits) is done by one process, in the order in which it is asked for. Verdicts
do not depend on it: a check is a function of its listener.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from conformance.harness.forking import forkable

T = TypeVar("T")

MOST_PROCESSES = 8


@dataclass(frozen=True)
class Errand(Generic[T]):
    """Something to be made, under a key of its own; errands of one group go to one process."""

    key: str
    group: str
    make: Callable[[], T]


class Lost(Exception):
    """The process that was to make it has ended without it. One line."""


def processes() -> int:
    """How many processes to use: 0 where they cannot be forked safely.

    Even one core is worth two: while one waits for the target the other computes.
    """
    if not forkable():
        return 0
    return min(MOST_PROCESSES, max(2, 2 * len(os.sched_getaffinity(0))))


class Ahead(Generic[T]):
    """Makes errands in `count` forked processes; `outcome` gives what was made, which is pickled.

    The processes start when the first outcome is asked for. With a count of 0 it knows
    no errand. A context manager, which ends the processes.
    """

    def __init__(self, errands: Iterable[Errand[T]], count: int) -> None:
        self._shares = _shares(errands, count)
        self._owner = {errand.key: n for n, share in enumerate(self._shares) for errand in share}
        self._made: dict[str, T] = {}
        self._pipes: dict[int, Connection] = {}
        self._workers: list[Any] = []

    def __enter__(self) -> Ahead[T]:
        return self

    def __exit__(self, *raised: object) -> None:
        for worker in self._workers:
            worker.terminate()
        for worker in self._workers:
            worker.join()
        for pipe in self._pipes.values():
            pipe.close()
        self._pipes.clear()

    def knows(self, key: str) -> bool:
        """There is an errand under that key."""
        return key in self._owner

    def outcome(self, key: str) -> T:
        """What was made under that key, waiting for it where need be; each can be had once.

        Raises `Lost`, and KeyError for an unknown key.
        """
        owner = self._owner[key]
        for share in self._shares[len(self._workers) :]:
            self._start(share)
        while key not in self._made and owner in self._pipes:
            self._receive()
        if key not in self._made:
            raise Lost(f"the process that was judging this ended ({self._workers[owner].exitcode})")
        return self._made.pop(key)

    def _start(self, share: Sequence[Errand[T]]) -> None:
        mine, theirs = multiprocessing.Pipe(duplex=False)
        before = list(self._pipes.values())
        context = multiprocessing.get_context("fork")
        worker = context.Process(target=_work, args=(share, theirs, [mine, *before]), daemon=True)
        worker.start()
        theirs.close()
        self._pipes[len(self._workers)] = mine
        self._workers.append(worker)

    def _receive(self) -> None:
        """Take what has come in, of whomever."""
        ready = wait(list(self._pipes.values()))
        for number, pipe in list(self._pipes.items()):
            if pipe in ready:
                try:
                    key, made = pipe.recv()
                    self._made[key] = made
                except EOFError:
                    pipe.close()
                    del self._pipes[number]
                    self._workers[number].join()


def _shares(errands: Iterable[Errand[T]], count: int) -> list[list[Errand[T]]]:
    """The errands dealt out by group, in their order; none where nobody takes any.

    Each group goes to whoever has least to do, the largest first, so that all end at about
    the same time.
    """
    if not count:
        return []
    errands = list(errands)
    sizes = Counter(errand.group for errand in errands)
    loads, taker = [0] * count, dict[str, int]()
    for group, size in sizes.most_common():
        taker[group] = loads.index(min(loads))
        loads[taker[group]] += size
    shares: list[list[Errand[T]]] = [[] for _ in range(count)]
    for errand in errands:
        shares[taker[errand.group]].append(errand)
    return [share for share in shares if share]


def _work(share: Sequence[Errand[T]], pipe: Connection, others: Sequence[Connection]) -> None:
    """Make one errand after the other, until they are done or nobody listens any more."""
    # An interrupt at the keyboard reaches every process; ours has others to end in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Who is asked to end by name has nothing to put in order, whatever our parent does then.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # What was there before us is never garbage, and looking through it is a good part of the work.
    gc.freeze()
    # Whoever holds one of these keeps a dead sender's pipe open.
    for other in others:
        other.close()
    with suppress(BrokenPipeError):
        for errand in share:
            pipe.send((errand.key, errand.make()))
