"""Mutants under running targets: in rounds, side by side, every requirement judged."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr
from functools import partial
from typing import TypeVar

from conformance.ahead import Ahead, Errand, processes
from conformance.harness.targets.product import LaunchError
from conformance.mutants.bench import Bench, Trial
from conformance.mutants.matrix import Fate, Kind, Row
from conformance.mutants.systematic.mutants import Mutant
from conformance.premises import Noted, resting_on

T = TypeVar("T")

# What no mutant is to be credited with: by listener, the requirements that fail without any.
Baseline = Mapping[str, frozenset[str]]

# One waits for a target while another computes.
_THREADS = 3
_BASELINE_PARTS = 4


def side_by_side(
    jobs: Mapping[str, Callable[[], T]], done: Callable[[T], None], scratch: str
) -> None:
    """Do the jobs in processes of their own, and say of each, in its order, what came of it.

    What a process leaves behind when it is ended is in the directory `scratch`.
    """
    errands = [Errand(key, key, partial(_within, scratch, job)) for key, job in jobs.items()]
    with Ahead(errands, processes()) as ahead:
        for errand in errands:
            done(ahead.outcome(errand.key) if ahead.knows(errand.key) else errand.make())


def _within(scratch: str, job: Callable[[], T]) -> T:
    """Other people's clients, whom a mutant makes fail, tell standard error all about it."""
    before, tempfile.tempdir = tempfile.tempdir, scratch
    try:
        with open(os.devnull, "w") as nobody, redirect_stderr(nobody):
            return job()
    finally:
        tempfile.tempdir = before


def baseline(bench: Bench, product: str, servers: Sequence[str]) -> Baseline:
    """What fails on these server blocks although nothing is wrong. Raises `LaunchError`."""
    parts = [servers[at::_BASELINE_PARTS] for at in range(_BASELINE_PARTS)]
    jobs = {str(n): partial(_all_of, bench, product, part) for n, part in enumerate(parts) if part}
    found: dict[str, frozenset[str]] = {}
    failures: list[str] = []

    def done(outcome: dict[str, frozenset[str]] | str) -> None:
        failures.append(outcome) if isinstance(outcome, str) else found.update(outcome)

    side_by_side(jobs, done, bench.scratch)
    if failures:
        raise LaunchError(failures[0])
    return found


def _all_of(bench: Bench, product: str, servers: Sequence[str]) -> dict[str, frozenset[str]] | str:
    """What fails on each listener; a text is why the product did not start."""
    try:
        with resting_on(Noted()), bench.trial(product, servers) as trial:
            names = [name for server in servers for name in trial.listeners(server)]
            return dict(zip(names, _threaded(trial.caught, names), strict=True))
    except LaunchError as error:
        return str(error)


def _threaded(judge: Callable[[str], T], names: Sequence[str]) -> list[T]:
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(judge, names))


def rounds_of(mutants: Iterable[Mutant]) -> list[list[Mutant]]:
    """As few as it takes for no server block to be changed twice in one, and as even."""
    by_server: dict[str, list[Mutant]] = {}
    for mutant in mutants:
        by_server.setdefault(mutant.change.server, []).append(mutant)
    count = max(map(len, by_server.values()), default=0)
    rounds: list[list[Mutant]] = [[] for _ in range(count)]
    for several in sorted(by_server.values(), key=len, reverse=True):
        emptiest = sorted(range(count), key=lambda n: len(rounds[n]))
        for number, mutant in zip(emptiest, several, strict=False):
            rounds[number].append(mutant)
    return rounds


def judge_round(
    bench: Bench, product: str, mutants: Sequence[Mutant], usual: Baseline
) -> list[Row]:
    """Start the product with all of these at once, and see who notices which.

    Where it does not start, half of them are tried, and so on, until it is known which
    one it refuses.
    """
    servers = [mutant.change.server for mutant in mutants]
    try:
        changes = [mutant.change for mutant in mutants]
        with resting_on(Noted()), bench.trial(product, servers, changes=changes) as trial:
            found = _threaded(partial(_noticed, trial, usual), servers)
    except LaunchError as error:
        if len(mutants) == 1:
            return [_row(bench, product, mutants[0], frozenset(), str(error))]
        half = len(mutants) // 2
        parts = mutants[:half], mutants[half:]
        return [row for part in parts for row in judge_round(bench, product, part, usual)]
    return [_row(bench, product, m, k) for m, k in zip(mutants, found, strict=True)]


def _noticed(trial: Trial, usual: Baseline, server: str) -> frozenset[str]:
    """The requirements that fail on one of the server's listeners, and would not otherwise."""
    return frozenset(
        name
        for listener in trial.listeners(server)
        for name in trial.caught(listener) - usual.get(listener, frozenset())
    )


def _row(
    bench: Bench, product: str, mutant: Mutant, killers: frozenset[str], refused: str = ""
) -> Row:
    fate = Fate.REFUSED if refused else Fate.KILLED if killers else Fate.SURVIVED
    return Row(
        str(mutant), Kind.CONFIGURATION, product, (mutant.change.directive,),
        claimed(bench, mutant), fate, tuple(sorted(killers)), reason=refused,
    )  # fmt: skip


def claimed(bench: Bench, mutant: Mutant) -> str:
    """What the changed directive is claimed to be."""
    directive = mutant.change.directive
    listener = next(
        s.listener for s in bench.situations.values()
        if s.listener.value("server_name") == mutant.change.server
    )  # fmt: skip
    base = f"{bench.kit.directory}/"
    values = [value.removeprefix(base) for value in listener.values(directive)]
    if directive == "listen":
        values = values[1:] or ["without ssl"]
    return f"{directive} {' '.join(values) or '(unset)'}"
