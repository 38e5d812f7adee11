"""Judging chosen requirements on chosen listeners, in this process, against targets started for it.

One bench has one kit and one set of doubles; trials on it may run side by side,
each with its target on a loopback address of its own.
"""

from __future__ import annotations

import importlib
import pkgutil
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from conformance import scenarios as scenarios_room
from conformance.applicability import Condition, Situation
from conformance.claims import read_claims
from conformance.harness.doubles.apart import DoublesApart, doubles_at
from conformance.harness.doubles.doubles import Doubles
from conformance.harness.endpoint import Endpoint
from conformance.harness.patience import FLOOR_SECONDS, Patience
from conformance.harness.pki.kit import Kit, write_kit
from conformance.harness.targets.launch import launch
from conformance.harness.targets.loopback import free_loopback
from conformance.judge import blank, judge
from conformance.mutants.configuration import Change, mutated
from conformance.mutants.faults_of_keys import TARGET
from conformance.mutants.relics import Relic, serving
from conformance.mutants.small import write_small
from conformance.options import Options
from conformance.prepare import BASE_PORT
from conformance.report.results import Check
from conformance.requirements.catalogue import Requirement, Subject, catalogue
from conformance.server_blocks import on_host
from conformance.suite import Suite, auth_address
from conformance.verdict import DEVIATIONS, Verdict


@dataclass(frozen=True)
class Scenario:
    """A scenario function with the requirement it proves, and where that arises."""

    requirement: Requirement
    when: tuple[Condition, ...]
    function: Callable[..., None]

    def judge(self, suite: Suite, situation: Situation) -> Check:
        """What becomes of it there: what the pytest plugin would record."""
        if (self.requirement.subject is Subject.TARGET) is not situation.whole:
            return blank(
                self.requirement,
                situation,
                verdict=Verdict.NOT_APPLICABLE,
                reason="it is about the whole target, or else about a listener",
            )
        for condition in self.when:
            if why := condition(situation):
                return blank(
                    self.requirement, situation, verdict=Verdict.NOT_APPLICABLE, reason=why
                )
        return judge(suite, self.function, self.requirement, situation)


@cache
def all_scenarios() -> dict[str, tuple[Scenario, ...]]:
    """Every scenario of the suite, by the id of its requirement."""
    found: dict[str, tuple[Scenario, ...]] = {}
    for module in pkgutil.iter_modules(scenarios_room.__path__):
        room = importlib.import_module(f"{scenarios_room.__name__}.{module.name}")
        for function in vars(room).values():
            for mark in getattr(function, "pytestmark", ()):
                identifier, *when = mark.args
                scenario = Scenario(catalogue()[identifier], tuple(when), function)
                found[identifier] = (*found.get(identifier, ()), scenario)
    return found


class Trial:
    """A running target whose claims are the bench's, whatever it does.

    `start_again` ends it, if need be, starts it anew and returns its first process.
    """

    def __init__(self, suite: Suite, situations: dict[str, Situation]) -> None:
        self.suite = suite
        self._situations = situations
        self.start_again: Callable[[], int] | None = None

    def endpoint(self, listener: str) -> Endpoint:
        """Where that listener is."""
        return self._situations[listener].listener.endpoint

    def judge(self, requirement: str, listener: str) -> Check:
        """The check of a requirement on a listener. Raises KeyError for a name that is unknown."""
        situation = self._situations[listener]
        checks = [s.judge(self.suite, situation) for s in all_scenarios()[requirement]]
        return max(checks, key=lambda check: check.verdict in DEVIATIONS)

    def listeners(self, server: str) -> list[str]:
        """The listeners of that server block."""
        return [name for name in self._situations if name.split(":")[0] == server]

    def caught(self, listener: str, first: Iterable[str] = ()) -> frozenset[str]:
        """The requirements, of all that apply there, that do not hold on the listener.

        Those named are judged `first`: whoever lets us wait too often is not asked again.
        """
        names = dict.fromkeys((*first, *all_scenarios()))
        return frozenset(n for n in names if self.judge(n, listener).verdict in DEVIATIONS)


class Bench:
    """The kit, its claims and the doubles. A context manager, which removes what it wrote."""

    def __init__(self, conf: Callable[[Kit], Path] = lambda kit: kit.conf) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="waxseal-"))
        host = free_loopback(range(BASE_PORT, BASE_PORT + 1000, 10))
        self.kit = write_kit(self._directory / "kit", host, BASE_PORT)
        write_small(self.kit)
        self.conf = conf(self.kit)
        listeners = read_claims(self.conf)
        suite = Suite(Options(), listeners, self.kit)
        self.situations = {s.listener.name: s for s in suite.situations()}
        self._whole = suite.whole
        auth = auth_address(listeners) or (host, 0)
        self._place = auth[0], auth[1], auth[0]
        self._doubles: Doubles | DoublesApart
        self._stack = ExitStack()
        self._stack.callback(shutil.rmtree, self._directory, ignore_errors=True)

    @property
    def scratch(self) -> str:
        """A directory that is removed with the bench."""
        return str(self._directory)

    def __enter__(self) -> Bench:
        try:
            self._doubles = self._stack.enter_context(doubles_at(*self._place))
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *raised: Any) -> None:
        self._stack.__exit__(*raised)

    @contextmanager
    def trial(
        self,
        product: str,
        servers: Collection[str] = (),
        *,
        changes: Iterable[Change] = (),
        faults: Sequence[str] = (),
    ) -> Iterator[Trial]:
        """Start the product on these server blocks (all, when none is named) and end it afterwards.

        With them come those whose sessions they may know. Raises `LaunchError`, and
        ValueError for changes that make no sense.
        """
        needed = self._with_company(servers)
        text = mutated(self.conf.read_text(), changes, needed)
        chosen = {
            n: s for n, s in self.situations.items() if not needed or n.split(":")[0] in needed
        }
        host = free_loopback([s.listener.endpoint.port for s in chosen.values()])
        moved = {name: _at(situation, host) for name, situation in chosen.items()}
        conf = self.kit.directory / f"{host}.conf"
        conf.write_text(on_host(text, host))
        endpoints = [situation.listener.endpoint for situation in moved.values()]
        options = Options(launch=product, faults=tuple(faults))
        with ExitStack() as stack:

            def started() -> int:
                stack.close()
                running = launch(product, conf, endpoints, Patience(), faults=faults)
                return stack.enter_context(running).pid

            started()
            trial = self._trial(moved | {TARGET: self._whole}, options, conf)
            trial.start_again = started
            trial.suite.try_on(product, faults)
            try:
                yield trial
            finally:
                trial.suite.close()

    @contextmanager
    def relic(self, relic: Relic) -> Iterator[Trial]:
        """Put a server with canned answers in the place of its listener."""
        with serving(relic) as (host, port):
            situation = self.situations[relic.listener]
            yield self._trial({relic.listener: _at(situation, host, port)})

    def _with_company(self, servers: Collection[str]) -> set[str]:
        """The servers, their neighbours, and an outsider for each."""
        there = [s for n, s in self.situations.items() if n.split(":")[0] in servers]
        company = [x for s in there for x in (*s.neighbours, s.outsider) if x is not None]
        return {*servers, *(x.listener.name.split(":")[0] for x in company)}

    def _trial(
        self,
        situations: dict[str, Situation],
        options: Options | None = None,
        conf: Path | None = None,
    ) -> Trial:
        listeners = [s.listener for s in situations.values()]
        suite = Suite(options or Options(), listeners, self.kit, conf)
        suite.doubles, suite.patience = self._doubles, Patience(FLOOR_SECONDS)
        return Trial(suite, {n: _in_company(s, situations) for n, s in situations.items()})


def _in_company(situation: Situation, there: dict[str, Situation]) -> Situation:
    """The same situation, whose neighbours are those of the trial."""

    def moved(other: Situation) -> Situation:
        return there.get(other.listener.name, other)

    outsider = situation.outsider
    return replace(
        situation,
        neighbours=tuple(map(moved, situation.neighbours)),
        outsider=moved(outsider) if outsider else None,
    )


def _at(situation: Situation, host: str, port: int = 0) -> Situation:
    """The same situation at another address; who is what to the listener stays as it is."""
    listener = situation.listener
    endpoint = replace(listener.endpoint, host=host, port=port or listener.endpoint.port)
    return replace(situation, listener=listener.at(endpoint))
