"""One run of the suite: which scenario applies where, and what became of each."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version

from conformance.applicability import Condition, Situation
from conformance.baseline import Baseline, BaselineError, read_baseline, without
from conformance.expectations.outcome import SILENT, no_verdict, received_alike, seen
from conformance.harness.observation import Observation
from conformance.judge import Judged, blank, check_of
from conformance.listener import shown_claims
from conformance.options import Options, UsageError
from conformance.prepare import prepare
from conformance.relations import stood_for
from conformance.report.results import Check, Results
from conformance.requirements.catalogue import Requirement, Subject, catalogue, digest
from conformance.suite import Suite
from conformance.twin import Twin
from conformance.verdict import Deviation, NoVerdict, Verdict, begin

STEADY = "security.steady"


class Run:
    """The suite's world and the results so far.

    Raises `UsageError`, `NoTarget`, `CatalogueError`.
    """

    def __init__(self, options: Options, seed: int) -> None:
        self.options = options
        # First what may be a mistake of the user's: then there is nothing to take back.
        self.baseline = _baseline(options)
        self.suite: Suite = prepare(options)
        self.results = Results(about_suite=about_suite(seed))
        self.twin = _twin(options, self.suite)
        if self.twin is not None:
            self.results.against = Results(about_suite=self.results.about_suite)
        self._said: dict[tuple[Condition, str], str | None] = {}

    @cached_property
    def situations(self) -> list[Situation]:
        """Every listener with what can be brought there; an address is visited before (`open`)."""
        return self.suite.situations()

    def applicable(self, requirement: Requirement, when: Sequence[Condition]) -> list[Situation]:
        """Where the requirement arises; elsewhere it is NOT_APPLICABLE, with the reason."""
        if requirement.subject is Subject.TARGET:
            return self._of_target(requirement, when)
        chosen = []
        for situation in self.situations:
            reason = stood_for(situation, requirement.id, requirement.directive) or next(
                (why for condition in when if (why := self._why_not(condition, situation))), None
            )
            if reason is None:
                chosen.append(situation)
            else:
                self.not_applicable(requirement, situation, reason)
        return chosen

    def _of_target(self, requirement: Requirement, when: Sequence[Condition]) -> list[Situation]:
        """The target as a whole, which is judged once and under the name of its first listener."""
        whole = self.suite.whole
        reason = next((why for condition in when if (why := condition(whole))), None)
        once = f"it is about the whole target: judged once, with {whole.listener.name}"
        for situation in self.situations[1 if reason is None else 0 :]:
            self.not_applicable(requirement, situation, reason or once)
        return [whole] if reason is None else []

    def _why_not(self, condition: Condition, situation: Situation) -> str | None:
        """What the condition says there; many requirements have the same, and some read files."""
        key = (condition, situation.listener.name)
        if key not in self._said:
            self._said[key] = condition(situation)
        return self._said[key]

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
        for check in _steady(self.suite, self.situations):
            self.results.add(self.baseline.applied(check))
        if self.twin is not None and self.results.against is not None:
            for check in _steady(self.twin.suite, self.twin.suite.situations()):
                self.results.against.add(check)

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

    def close_baseline(self, *, whole: bool, update: bool) -> None:
        """Say which entries of the baseline do not hold; with `update` remove the needless ones.

        `whole`: nothing of the suite was left out.
        """
        checks, known = self.results.checks, catalogue().keys()
        if update and self.options.baseline is not None:
            needless = self.baseline.superfluous(checks, known, whole=whole)
            self.baseline = self.baseline.without(needless)
            path = self.options.baseline
            path.write_text(without(path.read_text("utf-8"), needless), "utf-8")
        self.results.baseline_problems = self.baseline.problems(checks, known, whole=whole)

    def close(self) -> None:
        """End everything that was started."""
        # The twin first: its processes, forked later, hold the pipes by whose end those of the
        # first are told to end.
        if self.twin is not None:
            self.twin.suite.close()
        self.suite.close()


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
        }
        for s in situations
    ]


def _greeting(suite: Suite) -> str:
    """What a remote target says of itself: the text of its greeting."""
    for observation in suite.greeted.values():
        if observation.greeting:
            return observation.greeting.text[:120].encode("unicode_escape").decode("ascii")
    return ""


def _steady(suite: Suite, situations: Sequence[Situation]) -> Iterator[Check]:
    """Whether each listener receives us as it did when the run began."""
    again = suite.greet_again()
    for situation in situations:
        name = situation.listener.name
        yield _judge_steady(situation, suite.greeted[name], again.get(name))


def _judge_steady(situation: Situation, first: Observation, last: Observation | None) -> Check:
    judgements, error = begin(), None
    try:
        if last is None or first.ending in SILENT:
            no_verdict("received alike at both ends of the run", f"at first {seen(first)}", first)
        received_alike(first, last)
    except (Deviation, NoVerdict) as raised:
        error = raised
    return check_of(catalogue()[STEADY], situation, judgements, error, ())


def _twin(options: Options, suite: Suite) -> Twin | None:
    try:
        return Twin(options, suite) if options.against else None
    except BaseException:
        suite.close()
        raise


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
