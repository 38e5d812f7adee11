"""How long a target takes, by which all later waiting is measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from conformance.harness.endpoint import Way
from conformance.harness.observation import Observation, Stage
from conformance.harness.patience import Patience
from conformance.harness.visit import several, visit
from conformance.phrases import UNKNOWN


def paced(greeted: Iterable[Observation], first: Patience, at_once: int) -> Patience:
    """The patience for a target whose listeners were greeted so, with the `first` patience.

    One listener of each protocol is told a word that it does not know: who slows down those
    that guess keeps errors back for seconds (Perdition: three), and that is no silence.
    """
    served = [seen for seen in greeted if seen.stage is Stage.SERVICE]
    # A target that did not serve us within the first patience gets the shortest from now on.
    seconds = sorted(seen.seconds for seen in served)
    usual = seconds[len(seconds) // 2] if seconds else 0.0
    asked = {seen.endpoint.protocol: seen for seen in reversed(served)}.values()
    wrong = several([partial(_with_an_error, seen, first) for seen in asked], at_once)
    return first.measured(usual, max(wrong, default=0.0))


def _with_an_error(greeted: Observation, patience: Patience) -> float:
    """By how many seconds the visit takes longer with one error; 0.0 where that is never over."""
    said = (UNKNOWN,)
    clear = greeted.endpoint.way is Way.NONE
    offer = replace(greeted.offer, before=said) if clear else replace(greeted.offer, inside=said)
    seen = visit(greeted.endpoint, offer, patience)
    answered = seen.answer(UNKNOWN) is not None
    return max(0.0, seen.seconds - greeted.seconds) if answered else 0.0
