"""Whether what was found once still shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from conformance.harness.patience import Patience

from .campaign import REPETITIONS
from .command import FOUND, NO_VERDICT, Place, judge_at
from .judge import Unfit
from .keeping import Kept, read


class Fate(StrEnum):
    """What became of a find: it shows no more, it shows, or nothing can be said."""

    FIXED = "FIXED"
    FAILED = "FAILED"
    ERROR = "ERROR"


@dataclass(frozen=True)
class Verdict:
    """A fate, and what was seen."""

    fate: Fate
    evidence: str


Where = Callable[[Kept], Place]


def replay(files: Sequence[Path], where: Where, patience: Patience) -> int:
    """Say what became of each file's stream; returns the exit status (INTERFACE.md).

    `where` names the listener for a stream, or raises ValueError in one line.
    Raises ValueError for a file that holds no stream, before anything is said.
    """
    kept = [(path, _read(path)) for path in files]
    fates = []
    for path, known in kept:
        try:
            place = where(known)
            verdict = again(known, place, patience)
        except ValueError as error:
            verdict = Verdict(Fate.ERROR, str(error))
        fates.append(verdict.fate)
        print(f"{verdict.fate}  {path}  {verdict.evidence}", flush=True)
    if Fate.FAILED in fates:
        return FOUND
    return NO_VERDICT if Fate.ERROR in fates else 0


def again(known: Kept, place: Place, patience: Patience) -> Verdict:
    """Say a stream several times: any violation is a failure, and with what rate is told."""
    try:
        judge = judge_at(place, patience)
    except Unfit as unfit:
        return Verdict(Fate.ERROR, str(unfit))
    shown = [judge.violations(known.stream)[1] for _ in range(REPETITIONS)]
    seen = [found[0] for found in shown if found]
    if not seen:
        # Where nothing works, that nothing was seen proves nothing.
        told = f"at {place.name}: no violation in {REPETITIONS} tries"
        return Verdict(Fate.ERROR, judge.unfit) if judge.unfit else Verdict(Fate.FIXED, told)
    first = next((x for x in seen if x.oracle.name == known.oracle), seen[0])
    rate = f"{len(seen)}/{REPETITIONS}"
    other = f" (it was {known.oracle})" if known.oracle not in ("", first.oracle.name) else ""
    told = f"{first.oracle.name}{other} at {place.name}, {rate}: {first.evidence}"
    return Verdict(Fate.FAILED, told)


def _read(path: Path) -> Kept:
    try:
        return read(path)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from error
