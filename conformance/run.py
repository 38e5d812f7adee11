"""One run of the suite: which scenario applies where, and what became of each."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

from conformance.applicability import Condition, Situation
from conformance.expectations import received_alike
from conformance.options import Options
from conformance.report.results import Check, Results
from conformance.requirements.catalogue import Level, Requirement, catalogue, digest
from conformance.suite import Suite, prepare
from conformance.harness.observation import Observation
from conformance.harness.transcript import rows
from conformance.verdict import Deviation, Judgement, NotApplicable, NoVerdict, Verdict, begin

ROWS_KEPT = 60
STEADY = "security.steady"


class Run:
    """The suite's world and the results so far. Raises `UsageError`, `NoTarget`, `CatalogueError`."""

    def __init__(self, options: Options, seed: int) -> None:
        self.options = options
        self.suite: Suite = prepare(options)
        self.situations: list[Situation] = self.suite.situations()
        self.results = Results(about_suite=_about_suite(seed))

    def applicable(self, requirement: Requirement, when: Sequence[Condition]) -> list[Situation]:
        """Where the requirement arises; everywhere else it is recorded as NOT_APPLICABLE, with the reason."""
        chosen = []
        for situation in self.situations:
            reason = next((why for why in (condition(situation) for condition in when) if why), None)
            if reason is None:
                chosen.append(situation)
            else:
                self.not_applicable(requirement, situation, reason)
        return chosen

    def not_applicable(self, requirement: Requirement, situation: Situation, reason: str) -> None:
        """Record that the requirement does not arise there."""
        self.results.add(blank(requirement, situation, verdict=Verdict.NOT_APPLICABLE, reason=reason))

    def open(self) -> None:
        """Start what is to be started; then the report's header is known. Raises `NoTarget`."""
        self.suite.open()
        suite, results = self.suite, self.results
        results.level = suite.evidence.name
        results.about_target = {
            "address": ", ".join(dict.fromkeys(self.options.targets)) or suite.listeners[0].endpoint.host,
            "launched": suite.running.launched if suite.running else None,
            "software": suite.running.software if suite.running else self._greeting(),
        }
        results.listeners = [
            {
                "name": s.listener.name,
                "address": s.listener.endpoint.address,
                "protocol": s.listener.protocol.value,
                "tls": s.listener.way.value,
                "claims": {name: list(values) for name, values in s.listener.claims.items()},
            }
            for s in self.situations
        ]

    def finish(self) -> None:
        """After the last scenario: does every listener still receive us as it did at first?"""
        again = self.suite.greet_again()
        for situation in self.situations:
            name = situation.listener.name
            if name in again:
                self._judge_steady(situation, self.suite.greeted[name], again[name])

    def _judge_steady(self, situation: Situation, first: Observation, last: Observation) -> None:
        judgements, error = begin(), None
        try:
            received_alike(first, last)
        except (Deviation, NoVerdict) as raised:
            error = raised
        self.results.add(check_of(catalogue()[STEADY], situation, judgements, error, ()))

    def close(self) -> None:
        """End everything that was started."""
        self.suite.close()

    def _greeting(self) -> str:
        """What a remote target says of itself: the text of its greeting."""
        for observation in self.suite.greeted.values():
            if observation.greeting:
                return observation.greeting.text[:120].encode("unicode_escape").decode("ascii")
        return ""


def check_of(
    requirement: Requirement,
    situation: Situation,
    judgements: Sequence[Judgement],
    error: BaseException | None,
    seen: Sequence[Observation],
) -> Check:
    """What became of a scenario: its verdict, and the evidence of the judgement that decided it.

    A scenario that ends without a judgement has proved nothing: that is our ERROR.
    """
    check = blank(requirement, situation)
    match error:
        case Deviation(judgement=judgement):
            verdict = Verdict.FAIL if requirement.level is Level.MUST else Verdict.WARN
        case NoVerdict(judgement=judgement):
            verdict = Verdict.INCONCLUSIVE
        case NotApplicable():
            return replace(check, verdict=Verdict.NOT_APPLICABLE, reason=str(error))
        case None if judgements:
            judgement, verdict = judgements[-1], Verdict.PASS
        case None:
            return replace(check, verdict=Verdict.ERROR, reason="the scenario judged nothing")
        case _:
            reason = f"{type(error).__name__}: {error}"
            return replace(check, verdict=Verdict.ERROR, reason=reason, transcript=_shown(seen))
    return replace(
        check,
        verdict=verdict,
        expected=judgement.expected,
        observed=judgement.observed,
        transcript=_shown(judgement.evidence or seen),
    )


def _shown(observations: Sequence[Observation]) -> tuple[tuple[str, str, str], ...]:
    return tuple((a, b, c) for a, b, c in rows(o.transcript for o in observations)[:ROWS_KEPT])


def blank(
    requirement: Requirement, situation: Situation, *, verdict: Verdict = Verdict.ERROR, **more: str
) -> Check:
    """A check of that requirement on that listener, without evidence as yet."""
    return Check(
        requirement=requirement.id,
        directive=requirement.directive,
        level=requirement.level.value,
        basis=requirement.basis.value,
        listener=situation.listener.name,
        verdict=verdict,
        **more,
    )


def suite_version() -> str:
    """The distribution's version; a checkout that is not installed says so."""
    try:
        return version("waxseal")
    except PackageNotFoundError:
        return "uninstalled checkout"


def _about_suite(seed: int) -> dict[str, object]:
    catalogue()
    return {
        "version": suite_version(),
        "catalogue": digest(),
        "seed": seed,
        "python": platform.python_version(),
    }
