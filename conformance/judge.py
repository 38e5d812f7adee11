"""A scenario on a listener becomes a check: run it, and see what it judged and on what evidence."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from conformance.applicability import Situation
from conformance.harness.transcript import rows
from conformance.report.results import SEVERITY, Check, Finding
from conformance.requirements.catalogue import Level, Requirement
from conformance.verdict import (
    Deviation,
    Judgement,
    NotApplicable,
    NoVerdict,
    Verdict,
    Witness,
    begin,
)
from conformance.visitor import Caller, Visitor

ROWS_KEPT = 60

Scenario = Callable[..., None]
# What a scenario may take.
GIVEN = frozenset({"visit", "kit", "listener", "configure"})


@dataclass(frozen=True)
class Judged:
    """What came of a test on a listener: its checks, and what the fuzzer found with it.

    `against`: the checks of the same test at a twin.
    """

    checks: tuple[Check, ...]
    findings: tuple[Finding, ...] = ()
    # What the report keeps of it, so that it can be judged again.
    evidence: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    against: tuple[Check, ...] = ()

    @property
    def worst(self) -> Check:
        """The check that stands for the test."""
        return max(self.checks, key=lambda check: SEVERITY.index(check.verdict))


def judge(
    caller: Caller,
    scenario: Scenario,
    requirement: Requirement,
    situation: Situation,
    *,
    shown: bool = True,
) -> Check:
    """Run the scenario there, with those of its arguments (`GIVEN`) that it takes.

    `visit`, `kit` and `listener` are of the one listener; `configure` tries a
    configuration on the target. Unless the check is to be `shown` to somebody, a
    PASS keeps no transcript. Whatever it raises becomes its verdict; only an
    interrupt gets through.
    """
    visitor = Visitor(caller, situation)
    given = {
        "visit": visitor,
        "kit": situation.cast,
        "listener": situation.listener,
        "configure": caller.trying,
    }
    judgements, started = begin(), time.perf_counter()
    error: BaseException | None = None
    try:
        scenario(**{name: given[name] for name in arguments(scenario)})
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as raised:  # noqa: BLE001 - whatever it is, it becomes the check's verdict
        error = raised
    seconds = time.perf_counter() - started
    return check_of(
        requirement, situation, judgements, error, visitor.seen, seconds=seconds, shown=shown
    )


def arguments(test: Callable[..., None]) -> tuple[str, ...]:
    """The names of what a test takes."""
    code = test.__code__
    return code.co_varnames[: code.co_argcount]


def check_of(
    requirement: Requirement,
    situation: Situation,
    judgements: Sequence[Judgement],
    error: BaseException | None,
    seen: Sequence[Witness],
    *,
    seconds: float = 0.0,
    shown: bool = True,
) -> Check:
    """What became of a scenario: its verdict, and the evidence of the judgement that decided it.

    A scenario that ends without a judgement has proved nothing: that is our ERROR.
    """
    check = blank(requirement, situation, seconds=round(seconds, 6))
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
            reason = f"{type(error).__name__}: {error}{_where(error)}"
            return replace(check, verdict=Verdict.ERROR, reason=reason, transcript=_shown(seen))
    return replace(
        check,
        verdict=verdict,
        expected=judgement.expected,
        observed=judgement.observed,
        transcript=_shown(judgement.evidence or seen) if shown or error else (),
    )


def _where(error: BaseException | None) -> str:
    """The place of a mistake of ours, for whoever has to find it."""
    frames = traceback.extract_tb(error.__traceback__) if error else []
    return f" ({PurePath(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""


def _shown(observations: Sequence[Witness]) -> tuple[tuple[str, str, str], ...]:
    return tuple((a, b, c) for a, b, c in rows(o.transcript for o in observations)[:ROWS_KEPT])


def blank(
    requirement: Requirement,
    situation: Situation,
    *,
    verdict: Verdict = Verdict.ERROR,
    reason: str = "",
    expected: str = "",
    observed: str = "",
    seconds: float = 0.0,
) -> Check:
    """A check of that requirement on that listener, without evidence as yet."""
    return Check(
        requirement=requirement.id,
        directive=requirement.directive,
        level=requirement.level.value,
        basis=requirement.basis.value,
        listener=situation.listener.name,
        verdict=verdict,
        reason=reason,
        expected=expected,
        observed=observed,
        seconds=seconds,
    )
