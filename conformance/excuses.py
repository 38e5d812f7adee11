"""What a baseline has for the fuzzer: entries with a stream, as excuses that it can try."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.baseline import OF_STREAMS, Baseline, BaselineError, read_baseline
from conformance.options import UsageError

if TYPE_CHECKING:
    from fuzz.excusing import Excuse


def baseline_in(path: Path | None) -> Baseline:
    """The baseline in that file as it stands today, an empty one for None. Raises `UsageError`."""
    if path is None:
        return Baseline()
    try:
        baseline = read_baseline(path, datetime.now(UTC).date())
        excuses(baseline)
    except (BaselineError, ValueError) as error:
        raise UsageError(f"--baseline {error}") from error
    return baseline


def excuses(baseline: Baseline) -> tuple[Excuse, ...]:
    """The entries that are the fuzzer's. Raises ValueError in one line for what is no stream."""
    entries = baseline.of_streams
    if not entries:
        return ()
    # Who has none need not wait for the fuzzer.
    from fuzz.excusing import excuse

    made = []
    for known in entries:
        try:
            made.append(excuse(known.requirement, known.listeners, known.stream, known.told))
        except ValueError as error:
            raise ValueError(f"{known.where}: 'stream': {error}") from error
    return tuple(made)


def failing(baseline: Baseline, catalogue: Collection[str]) -> list[str]:
    """A line for each entry that fails a campaign, which judges nothing but streams."""
    return baseline.problems((), catalogue, whole=False)


def silent(baseline: Baseline) -> list[str]:
    """A line for each entry about streams that excuses no find, since it has none."""
    return [
        f"{known}: it has no 'stream', and so explains no find"
        for known in baseline.entries
        if known.requirement.startswith(OF_STREAMS) and not known.stream
    ]
