"""The run once more: the same scenarios on the same claims, with tapes in place of the target."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from conformance.applicability import Evidence, Situation
from conformance.applying import Applying, Split, the_whole
from conformance.baseline import Baseline, Known
from conformance.cast import cast
from conformance.evidence.codec import Decoder, Undecodable
from conformance.evidence.keeping import OF_THE_TARGET, tape_name
from conformance.evidence.replaying import Archive, Replay
from conformance.harness.endpoint import Endpoint
from conformance.harness.pki.person import Person
from conformance.judge import blank, judge
from conformance.listener import Listener
from conformance.mutants.bench import Scenario, all_scenarios
from conformance.premises import Missing, Stored, resting_on
from conformance.rejudging.stored import NoReport, Report
from conformance.relations import dropped, related
from conformance.report.results import Check
from conformance.requirements.catalogue import catalogue
from conformance.run import STEADY, steady
from conformance.streams import Outcome, requirements, where_said
from conformance.verdict import Verdict

_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError, Undecodable)
Key = tuple[str, str]


@dataclass(frozen=True)
class Remade:
    """The checks of a report, made again: by requirement and listener, all that came of it.

    Several targets may have been judged in parts of the run, and several scenarios prove one
    requirement. An ERROR is one that could not be made again, with the reason.
    """

    checks: Mapping[Key, tuple[Check, ...]]


def remade(report: Report) -> Remade:
    """Make all the checks again; no socket is opened. Raises `NoReport`."""
    found: dict[Key, list[Check]] = defaultdict(list)
    for name in report.worlds:
        try:
            world = _World(report, name)
        except _MALFORMED as error:
            raise NoReport(f"{report.path}: evidence.world.{name}: {error!r}") from error
        with resting_on(world.premises):
            for check in world.checks():
                found[check.requirement, check.listener].append(check)
    return Remade({key: tuple(checks) for key, checks in found.items()})


class _World:
    """One target as the report has it."""

    def __init__(self, report: Report, name: str) -> None:
        self._name = name
        self._report = report
        self._stored = report.worlds[name]
        evidence = report.evidence
        moment = datetime.fromisoformat(self._stored["now"])
        self.premises = Stored(moment, evidence["files"], evidence["facts"])
        people = [Person(who, Path(where), Path()) for who, where in self._stored["people"]]
        given = {r: Person(r, Path(x), Path()) for r, x in self._stored["given"].items()}
        known = {(p.name, str(p.certificate)): p for p in (*people, *given.values())}
        self._archive = Archive(evidence["visits"], Decoder(evidence["texts"], known))
        self._baseline = _baseline(report.run["baseline"])
        level = Evidence(self._stored["evidence"])
        with resting_on(self.premises):
            self._situations = self._related(people, given, level)
        first = self._situations[0].listener
        whole = the_whole(first, level, has_kit=self._stored["has_kit"])
        self._whole = replace(whole, adapted=self._stored["adapted"])

    def _related(
        self, people: list[Person], given: Mapping[str, Person], level: Evidence
    ) -> list[Situation]:
        listeners = [self._listener(row) for row in self._stored["listeners"]]
        can_login = self._stored["can_login"]
        of_target = {name: self._stored[name] for name in OF_THE_TARGET}
        alone = [Situation(x, cast(x, people, given), level, can_login) for x in listeners]
        return related([replace(situation, **of_target) for situation in alone])

    def _listener(self, row: Mapping[str, Any]) -> Listener:
        endpoint: Endpoint = self._archive.decoder.value(Endpoint, row["endpoint"])
        claims = {name: tuple(values) for name, values in row["claims"].items()}
        instead = {name: tuple(values) for name, values in row["instead"].items()}
        return Listener(
            row["name"], endpoint, claims, row["where"], row["declined"], row["withdrawn"], instead
        )

    def checks(self) -> Iterator[Check]:
        """Everything that the run could judge here, with what the baseline knows as KNOWN."""
        applying = Applying(self._situations, self._whole)
        for scenarios in all_scenarios().values():
            for scenario in scenarios:
                yield from map(self._baseline.applied, self._of_scenario(scenario, applying))
        yield from map(self._baseline.applied, self._of_streams())
        yield from map(self._baseline.applied, self._of_greetings())

    def _of_scenario(self, scenario: Scenario, applying: Applying) -> Iterator[Check]:
        requirement = scenario.requirement
        try:
            chosen, left_out = applying.split(requirement, scenario.when)
        except Missing as error:
            for situation in self._situations:
                yield blank(requirement, situation, reason=str(error))
            return
        for situation, reason in left_out:
            yield blank(requirement, situation, verdict=Verdict.NOT_APPLICABLE, reason=reason)
        for situation in chosen:
            tape = self._tape("checks", tape_name(scenario.function, situation))
            if tape is not None:
                yield self._replayed(scenario, situation, tape)

    def _replayed(self, scenario: Scenario, situation: Situation, tape: Any) -> Check:
        """What a scenario makes of its tape, all of which it must ask for."""
        replay = Replay(tape, self._archive)
        check = judge(replay, scenario.function, scenario.requirement, situation)
        if check.verdict is Verdict.ERROR:
            return check
        try:
            replay.finish()
        except Missing as error:
            return blank(scenario.requirement, situation, reason=str(error))
        return check

    def _of_streams(self) -> Iterator[Check]:
        """What was found is taken as it is: the report has no traces."""
        asked = self._report.run["fuzzing_asked"]
        split: Split = where_said(self._situations, asked=asked, remote=self._stored["targets"])
        for situation, reason in split[1]:
            for requirement in requirements():
                yield blank(requirement, situation, verdict=Verdict.NOT_APPLICABLE, reason=reason)
        for situation in split[0]:
            for told in self._told_of(situation.listener.name):
                # Reports of earlier releases know of none.
                found = [SimpleNamespace(**{"known": "", **row}) for row in told["found"]]
                outcome = Outcome(tuple(told["judged"]), [*found])
                yield from outcome.checks(situation, _raised(told["error"]))

    def _told_of(self, listener: str) -> Iterator[Any]:
        """What each test over streams said of a listener; reports once had one by its bare name."""
        for name in self._report.evidence["streams"]:
            if name == listener or name.endswith(f"[{listener}]"):
                told = self._tape("streams", name)
                if told is not None:
                    yield told

    def _of_greetings(self) -> Iterator[Check]:
        for situation in self._situations:
            if reason := dropped(situation, STEADY, catalogue()[STEADY].directive):
                yield blank(
                    catalogue()[STEADY], situation, verdict=Verdict.NOT_APPLICABLE, reason=reason
                )
                continue
            tape = self._tape("checks", f"{STEADY}[{situation.listener.name}]")
            if tape is None:
                continue
            try:
                _, died, (first, last) = tape[0]
                seen = self._archive.visit(first)
                again = self._archive.visit(last) if last else None
                yield steady(situation, seen, again, died)
            except (Missing, *_MALFORMED) as error:
                yield blank(catalogue()[STEADY], situation, reason=str(error))

    def _tape(self, section: str, name: str) -> Any:
        """The tape of that name, if it is of this world."""
        match self._report.evidence[section].get(name):
            case [world, tape] if world == self._name:
                return tape
        return None


def _raised(error: Any) -> BaseException | None:
    """What a test over streams raised, by its name and words."""
    if error is None:
        return None
    name, text, inconclusive = error
    kind = type(name, (Exception,), {"inconclusive": inconclusive})
    raised: BaseException = kind(text)
    return raised


def _baseline(rules: Mapping[str, Any]) -> Baseline:
    entries = [
        Known(**{**row, "expires": date.fromisoformat(row["expires"]) if row["expires"] else None})
        for row in rules["entries"]
    ]
    return Baseline(tuple(entries), date.fromisoformat(rules["today"]))
