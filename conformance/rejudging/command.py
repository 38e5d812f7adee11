"""`waxseal judge REPORT.json`, as the user sees it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from conformance.harness.transcript import escaped
from conformance.rejudging.differences import Differences, differences
from conformance.rejudging.stored import NoEvidence, NoReport, read_report

USAGE, NO_VERDICT = 4, 7


def rejudge(path: Path) -> int:
    """Judge a report again, and say what differs; returns the exit status."""
    try:
        found = differences(read_report(path))
    except NoReport as error:
        return _refuse(str(error), USAGE)
    except NoEvidence as error:
        return _refuse(str(error), NO_VERDICT)
    for line in _lines(path, found):
        # Whoever wrote the report may have meant to write on our terminal.
        print(escaped(line.encode("utf-8", "replace")))
    return found.status


def _refuse(text: str, status: int) -> int:
    print(f"waxseal judge: {escaped(text.encode('utf-8', 'replace'))}", file=sys.stderr)
    return status


def _lines(path: Path, found: Differences) -> Iterator[str]:
    kinds = {
        "CATALOGUE": found.catalogue,
        "EDITED": found.edited,
        "DIFFERS": found.differing,
        "NOT RECOMPUTED": [*found.lacking, *found.excused],
    }
    for word, sentences in kinds.items():
        yield from (f"{word}  {sentence}" for sentence in sentences)
    counts = [
        f"{len(found.differing)} differ" if found.differing else "",
        f"{len(found.edited)} edited" if found.edited else "",
        f"another catalogue ({len(found.catalogue)} lines)" if found.catalogue else "",
        f"{len(found.lacking) + len(found.excused)} not recomputed"
        if found.lacking or found.excused
        else "",
    ]
    wrong = ", ".join(filter(None, counts))
    equal = f"{found.equal} verdicts recomputed and equal"
    yield (
        f"{path}: {equal}; {wrong}"
        if wrong
        else (f"{path}: {found.equal} verdicts recomputed, all equal")
    )
