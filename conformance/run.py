"""One run of the suite: which scenario applies where, and what became of each."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from conformance.applicability import Condition, Situation
from conformance.applying import Applying
from conformance.baseline import Baseline, BaselineError, read_baseline, update
from conformance.evidence.keeping import Keeper, requirements, rules
from conformance.expectations.outcome import SILENT, holds, no_verdict, received_alike, seen
from conformance.harness.observation import Observation
from conformance.judge import Judged, Scenario, blank, check_of, judge
from conformance.listener import Listener, shown_claims
from conformance.options import Options, UsageError
from conformance.premises import Noted, resting_on
from conformance.prepare import prepare
from conformance.relations import dropped
from conformance.report.results import Check, Results
from conformance.requirements.catalogue import Requirement, catalogue, digest
from conformance.suite import Suite
from conformance.twin import Twin
from conformance.verdict import Deviation, NoVerdict, Verdict, begin

STEADY = "security.steady"
# What a greeting says as any of its protocol does: status, capabilities, APOP's stamp.
_PROTOCOL = re.compile(r"^(\* (OK|PREAUTH)|\+OK|220)[ -]?|\[[A-Z]+[^]]*\] ?|<[^<>]+@[^<>]*>")


class Run:
    """The suite's world and the results so far; with `keeping`, also what they rest on.

    Raises `UsageError`, `NoTarget`, `CatalogueError`.
    """

    # Where nothing is kept, nobody keeps it.
    keeper: Keeper | None = None

    def __init__(self, options: Options, seed: int, *, keeping: bool = False) -> None:
        self.options = options
        # First what may be a mistake of the user's: then there is nothing to take back.
        self.baseline = _baseline(options)
        self.suite: Suite = prepare(options)
        self.results = Results(about_suite=about_suite(seed))
        self.twin = _twin(options, self.suite)
        if self.twin is not None:
            self.results.against = Results(about_suite=self.results.about_suite)
        self._stack = ExitStack()
        if keeping:
            self.keeper = Keeper(self.suite.listeners)
        self._stack.enter_context(resting_on(self.keeper.premises if self.keeper else Noted()))

    @cached_property
    def situations(self) -> list[Situation]:
        """Every listener with what can be brought there; an address is visited before (`open`)."""
        return self.suite.situations()

    def applicable(self, requirement: Requirement, when: Sequence[Condition]) -> list[Situation]:
        """Where the requirement arises; elsewhere it is NOT_APPLICABLE, with the reason."""
        chosen, left_out = self._applying.split(requirement, when)
        for situation, reason in left_out:
            self.not_applicable(requirement, situation, reason)
        return chosen

    @cached_property
    def _applying(self) -> Applying:
        return Applying(self.situations, self.suite.whole)

    def judge(
        self, scenario: Scenario, requirement: Requirement, situation: Situation, *, shown: bool
    ) -> Judged:
        """What becomes of a scenario there."""
        if self.keeper is not None:
            return self.keeper.judge(self.suite, scenario, requirement, situation)
        return Judged((judge(self.suite, scenario, requirement, situation, shown=shown),))

    def excused(self, judged: Judged) -> Judged:
        """The same with what the baseline knows as KNOWN."""
        return replace(judged, checks=tuple(map(self.baseline.applied, judged.checks)))

    def not_applicable(self, requirement: Requirement, situation: Situation, reason: str) -> None:
        """Record that the requirement does not arise there."""
        self.results.add(
            blank(requirement, situation, verdict=Verdict.NOT_APPLICABLE, reason=reason)
        )

    def begin(self) -> None:
        """Start what is to be started, and do not wait for it. Raises `NoTarget`."""
        self.suite.begin()
        if self.twin is not None:
            self.twin.begin(self.suite)

    def open(self) -> None:
        """Start what is to be started; then the report's header is known. Raises `NoTarget`."""
        self.begin()
        self.suite.open()
        _introduce(self.results, self.suite, self.situations)
        if self.twin is not None and self.results.against is not None:
            self.twin.open(self.suite)
            _introduce(self.results.against, self.twin.suite, self.twin.suite.situations())

    def finish(self) -> None:
        """After the last scenario: does every listener still receive us as it did at first?"""
        requirement = catalogue()[STEADY]
        for situation in self.situations:
            if reason := dropped(situation, STEADY, requirement.directive):
                self.not_applicable(requirement, situation, reason)
        died = _obituary(self.suite)
        for situation, first, last in _ends(self.suite, self.situations):
            self._judge_steady(situation, first, last, died)
        if self.twin is not None and self.results.against is not None:
            for ends in _ends(self.twin.suite, self.twin.suite.situations()):
                self.results.against.add(steady(*ends, _obituary(self.twin.suite)))

    def _judge_steady(
        self, situation: Situation, first: Observation, last: Observation | None, died: str = ""
    ) -> None:
        self.results.add(self.baseline.applied(steady(situation, first, last, died)))
        if self.keeper is not None:
            self.keeper.note_steady(STEADY, situation, (first, last), died)

    def account_for_all(self, *, stopped: bool) -> None:
        """Nothing disappears: what has no verdict although nobody left it out gets one now.

        `stopped`: the run ended early, so that this is no fault of ours.
        """
        reason = "the run ended before it was judged" if stopped else "no scenario judged it"
        verdict = Verdict.INCONCLUSIVE if stopped else Verdict.ERROR
        for requirement in catalogue().values():
            for situation in self.situations:
                if not self.results.has(requirement.id, situation.listener.name):
                    self.results.add(blank(requirement, situation, verdict=verdict, reason=reason))

    def close_baseline(self, *, whole: bool, remove: bool) -> None:
        """Say which entries of the baseline do not hold; with `remove` take off the needless ones.

        `whole`: nothing of the suite was left out.
        """
        checks, known, problems = self.results.checks, catalogue().keys(), []
        if remove and self.options.baseline is not None:
            needless = self.baseline.superfluous(checks, known, whole=whole)
            try:
                update(self.options.baseline, needless)
                self.baseline = self.baseline.without(needless)
            except BaselineError as error:
                problems.append(f"--baseline-update: {error}")
        problems += self.baseline.problems(checks, known, whole=whole)
        self.results.baseline_problems = problems
        self.results.baseline_unjudged = [] if whole else self.baseline.passed_over(checks, known)

    def keep(self, **asked: Any) -> None:
        """Put what can be judged again into the results; `asked` is how the run was to be judged.

        Once the run is over.
        """
        if self.keeper is None:
            return
        evidence = self.results.evidence
        evidence.add("world", "run", {**asked, "baseline": rules(self.baseline)})
        evidence.sections["catalogue"] = requirements()
        if self.suite.greeted:
            suite = self.suite
            more = {"has_kit": suite.kit is not None, "targets": bool(self.options.targets)}
            people = suite.kit.people if suite.kit else ()
            self.keeper.note_world(self.situations, people, suite.given, **more)
        evidence.merge(self.keeper.taken())

    def close(self) -> None:
        """End everything that was started."""
        # The twin first: its processes, forked later, hold the pipes by whose end those of the
        # first are told to end.
        if self.twin is not None:
            self.twin.suite.close()
        self.suite.close()
        self._stack.close()


def _introduce(results: Results, suite: Suite, situations: Sequence[Situation]) -> None:
    """The report's header, once the suite is open."""
    results.level, results.level_note = suite.evidence.name, suite.evidence_note
    results.about_target = {
        "address": ", ".join(dict.fromkeys(suite.options.targets))
        or suite.listeners[0].endpoint.host,
        "launched": suite.running.launched if suite.running else None,
        "software": suite.running.software if suite.running else _greeting(suite),
    }
    results.listeners = [
        {
            "name": s.listener.name,
            "address": s.listener.endpoint.address,
            "protocol": s.listener.protocol.value,
            "tls": s.listener.way.value,
            "claims": shown_claims(s.listener),
            **_adapted(s.listener),
        }
        for s in situations
    ]


def _greeting(suite: Suite) -> str:
    """What a remote target says of itself: the text of its greeting, without what is protocol."""
    for observation in suite.greeted.values():
        if observation.greeting:
            text = _PROTOCOL.sub("", observation.greeting.text).strip()
            return text[:120].encode("unicode_escape").decode("ascii")
    return ""


def _ends(
    suite: Suite, situations: Sequence[Situation]
) -> Iterator[tuple[Situation, Observation, Observation | None]]:
    """How each listener that an adapter left received us when the run began, and at its end."""
    again = suite.greet_again()
    for situation in situations:
        name = situation.listener.name
        if not dropped(situation, STEADY, catalogue()[STEADY].directive):
            yield situation, suite.greeted[name], again.get(name)


def _obituary(suite: Suite) -> str:
    """How the process that we started ended before its time; "" where none did."""
    return suite.running.obituary() if suite.running else ""


def _twin(options: Options, suite: Suite) -> Twin | None:
    try:
        return Twin(options, suite) if options.against else None
    except BaseException:
        suite.close()
        raise


def steady(
    situation: Situation, first: Observation, last: Observation | None, died: str = ""
) -> Check:
    """The check of whether a listener received us alike at both ends of the run.

    `died` is how the process that we started ended before its time.
    """
    judgements, error = begin(), None
    try:
        if died:
            holds("the target still runs", False, died, first)
        if last is None or first.ending in SILENT:
            no_verdict("received alike at both ends of the run", f"at first {seen(first)}", first)
        received_alike(first, last)
    except (Deviation, NoVerdict) as raised:
        error = raised
    return check_of(catalogue()[STEADY], situation, judgements, error, ())


def _adapted(listener: Listener) -> dict[str, object]:
    """What an adapter said of the listener, where it said anything."""
    said = {
        "declined": listener.declined,
        "withdrawn": dict(listener.withdrawn),
        "instead": {name: list(values) for name, values in listener.instead.items()},
    }
    return {name: value for name, value in said.items() if value}


def _baseline(options: Options) -> Baseline:
    if options.baseline is None:
        return Baseline()
    try:
        return read_baseline(options.baseline, datetime.now(UTC).date())
    except BaselineError as error:
        raise UsageError(f"--baseline {error}") from error


def suite_version() -> str:
    """The distribution's version; a checkout that is not installed says so."""
    try:
        return version("waxseal")
    except PackageNotFoundError:
        return "uninstalled checkout"


def about_suite(seed: int) -> dict[str, object]:
    """The report's `suite`. Raises `CatalogueError`."""
    catalogue()
    return {
        "version": suite_version(),
        "catalogue": digest(),
        "seed": seed,
        "python": platform.python_version(),
    }
