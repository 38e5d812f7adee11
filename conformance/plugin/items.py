"""What judges a target, as items of pytest's: a scenario, or a test over streams, on a listener.

There are thousands of them and none takes a fixture, so each is run and reported
on directly, without pytest's set-up and tear-down of a function.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from types import FunctionType
from typing import TYPE_CHECKING, Any

import pytest

from conformance.plugin.state import AHEAD, RUN

if TYPE_CHECKING:
    from conformance.applicability import Condition, Situation
    from conformance.evidence.keeping import Keeper
    from conformance.judge import Judged
    from conformance.report.results import Check
    from conformance.requirements.catalogue import Requirement
    from conformance.streams import Budget
    from conformance.suite import Suite


class Judging(pytest.Item):
    """A test on one listener; `judged` is what came of it."""

    def __init__(self, *, obj: FunctionType, situation: Situation, **rest: Any) -> None:
        super().__init__(**rest)
        self.obj = obj
        self.situation = situation
        self.judged: Judged | None = None
        self.own_markers.extend(getattr(obj, "pytestmark", ()))
        # What sorts and shuffles tests goes by their modules.
        self.module = getattr(self.parent, "obj", None)

    @abstractmethod
    def judge(self) -> Judged:
        """What comes of it, made now in this process."""

    @abstractmethod
    def lost(self, reason: str) -> Judged:
        """What comes of it where it could not be made."""

    @cached_property
    def location(self) -> tuple[str, int | None, str]:
        """What `reportinfo` says, with the path as in the id: pytest works it out each time."""
        return self.nodeid.partition("::")[0], self.obj.__code__.co_firstlineno - 1, self.name

    def reportinfo(self) -> tuple[Any, int, str]:
        """Where the test stands."""
        return self.path, self.obj.__code__.co_firstlineno - 1, self.name

    def runtest(self) -> None:
        """Judge; raises AssertionError where the check does not let the run pass."""
        from conformance.verdict import Verdict

        self.judged = self.config.stash[RUN].excused(self._judged())
        check = self.judged.worst
        if check.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR):
            raise AssertionError(check.reason or f"{check.expected}; observed {check.observed}")

    def _judged(self) -> Judged:
        ahead = self.config.stash.get(AHEAD, {}).get(type(self))
        if ahead is None or not ahead.knows(self.nodeid):
            return self.judge()
        from conformance.ahead import Lost

        try:
            return ahead.outcome(self.nodeid)
        except Lost as error:
            return self.lost(str(error))


class Scenario(Judging):
    """A scenario on one listener: the proof of one requirement."""

    def __init__(self, *, requirement: Requirement, when: Sequence[Condition], **rest: Any) -> None:
        super().__init__(**rest)
        self.requirement = requirement
        self.when = when

    def judge(self) -> Judged:
        """The one check, and that of a twin, made now in this process."""
        run, here = self.config.stash[RUN], self.situation
        shown = bool(self.config.getoption("waxseal_report"))
        judged = run.judge(self.obj, self.requirement, here, shown=shown)
        if run.twin is None:
            return judged
        there = run.twin.judge(self.obj, self.requirement, self.when, here, shown=shown)
        return replace(judged, against=(there,))

    def lost(self, reason: str) -> Judged:
        """The check that could not be made is our error."""
        from conformance.judge import Judged, blank

        return Judged((blank(self.requirement, self.situation, reason=reason),))


class Streams(Judging):
    """A test of the fuzzer's on one listener, which judges several requirements at once."""

    def __init__(self, *, budget: Budget, asked: bool, **rest: Any) -> None:
        super().__init__(**rest)
        self.budget = budget
        self.asked = asked

    def judge(self) -> Judged:
        """All its checks, and those of a twin, made now in this process."""
        run = self.config.stash[RUN]
        judged = self._judge_at(run.suite, self.situation, run.keeper)
        if run.twin is None:
            return judged

        def there(suite: Suite, situation: Situation) -> Sequence[Check]:
            return self._judge_at(suite, situation).checks

        return replace(judged, against=run.twin.judge_streams(there, self.situation, self.asked))

    def _judge_at(self, suite: Suite, situation: Situation, keeper: Keeper | None = None) -> Judged:
        from conformance.excuses import excuses
        from conformance.streams import judge_streams

        run = self.config.stash[RUN]
        # Of a twin the baseline says nothing.
        known = excuses(run.baseline) if suite is run.suite else ()
        return judge_streams(suite, self.obj, situation, self.budget, known, keeper)

    def lost(self, reason: str) -> Judged:
        """The checks that could not be made are our errors."""
        from conformance.judge import Judged, blank
        from conformance.streams import requirements

        return Judged(tuple(blank(r, self.situation, reason=reason) for r in requirements()))


def is_ours(item: pytest.Item) -> bool:
    """A test that judges the target."""
    return isinstance(item, Judging)
