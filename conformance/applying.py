"""Where each requirement arises among the listeners of a target, and why not elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conformance.applicability import Condition, Evidence, Situation
from conformance.cast import Cast
from conformance.listener import Listener
from conformance.relations import stood_for
from conformance.requirements.catalogue import Requirement, Subject

# Where it arises; where it does not, with the reason.
Split = tuple[list[Situation], list[tuple[Situation, str]]]


def the_whole(first: Listener, evidence: Evidence, *, has_kit: bool) -> Situation:
    """The target as a whole, under the name of its first listener, and with no claims."""
    somewhere = replace(first, claims={})
    return Situation(somewhere, Cast(), evidence, False, has_kit=has_kit, whole=True)


class Applying:
    """Holds conditions against situations; `whole` is the target as a whole."""

    def __init__(self, situations: Sequence[Situation], whole: Situation) -> None:
        self._situations = situations
        self._whole = whole
        self._said: dict[tuple[Condition, str], str | None] = {}

    def split(self, requirement: Requirement, when: Sequence[Condition]) -> Split:
        """Where the requirement arises if all of `when` hold there, and where it does not."""
        if requirement.subject is Subject.TARGET:
            return self._of_target(when)
        chosen, left_out = [], []
        for situation in self._situations:
            reason = stood_for(situation, requirement.id, requirement.directive) or next(
                (why for condition in when if (why := self._why_not(condition, situation))), None
            )
            if reason is None:
                chosen.append(situation)
            else:
                left_out.append((situation, reason))
        return chosen, left_out

    def _of_target(self, when: Sequence[Condition]) -> Split:
        """The target as a whole, which is judged once and under the name of its first listener."""
        whole = self._whole
        reason = next((why for condition in when if (why := condition(whole))), None)
        once = f"it is about the whole target: judged once, with {whole.listener.name}"
        others = self._situations[1 if reason is None else 0 :]
        return [whole] if reason is None else [], [(other, reason or once) for other in others]

    def _why_not(self, condition: Condition, situation: Situation) -> str | None:
        """What the condition says there; many requirements have the same, and some read files."""
        key = (condition, situation.listener.name)
        if key not in self._said:
            self._said[key] = condition(situation)
        return self._said[key]
