"""Verdicts, and the judgements they are made of."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from conformance.harness.transcript import Transcript


class Verdict(StrEnum):
    """What became of one requirement on one listener. KNOWN: a deviation that a baseline lists."""

    PASS = "pass"
    KNOWN = "known"
    WARN = "warn"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


DEVIATIONS = frozenset({Verdict.FAIL, Verdict.WARN})
"""The target does something else than it should, and nobody has listed that."""


class Witness(Protocol):
    """What a judgement can rest on: something that was seen, and what was said."""

    @property
    def transcript(self) -> Transcript:
        """Who said what."""


@dataclass(frozen=True)
class Judgement:
    """One expectation held against what was observed, and the evidence behind it."""

    verdict: Verdict
    expected: str
    observed: str
    evidence: tuple[Witness, ...] = ()


class Deviation(AssertionError):
    """The target did not do what its claims (or an RFC) say: FAIL, or WARN where it SHOULD."""

    def __init__(self, judgement: Judgement) -> None:
        super().__init__(f"expected {judgement.expected}; observed {judgement.observed}")
        self.judgement = judgement


class NoVerdict(Exception):
    """What was seen proves neither. INCONCLUSIVE, which is never green."""

    def __init__(self, judgement: Judgement) -> None:
        super().__init__(f"expected {judgement.expected}; observed {judgement.observed}")
        self.judgement = judgement


class NotApplicable(Exception):
    """The requirement does not arise on this listener, or nobody can tell. The text says why."""


_judged: ContextVar[list[Judgement] | None] = ContextVar("judged", default=None)


def begin() -> list[Judgement]:
    """Start collecting the judgements of one scenario; returns the list they go to."""
    judgements: list[Judgement] = []
    _judged.set(judgements)
    return judgements


def record(judgement: Judgement) -> None:
    """Add a judgement to the current scenario's."""
    judgements = _judged.get()
    if judgements is not None:
        judgements.append(judgement)


def conclude(judgement: Judgement) -> None:
    """Add a judgement to the current scenario's; raises unless it is a PASS."""
    record(judgement)
    if judgement.verdict is Verdict.FAIL:
        raise Deviation(judgement)
    if judgement.verdict is Verdict.INCONCLUSIVE:
        raise NoVerdict(judgement)
