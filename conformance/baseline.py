"""Known deviations: what a target is allowed to go on doing wrong, why, and until when.

A baseline is a ratchet. Whoever is listed may stay as bad as he is; an entry that is not needed
any more, has expired, or names nothing that is judged fails the run, so that the list only gets
shorter.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from conformance.report.results import Check
from conformance.verdict import DEVIATIONS, Verdict

NEVER = "never"
_KEYS = frozenset({"requirement", "reason", "listeners", "observed", "stream"})
# What streams are judged by begins so.
OF_STREAMS = "stream."
_ENTRY = re.compile(r"^[ \t]*\[\[[ \t]*known[ \t]*\]\][ \t]*(?:#[^\n]*)?$", re.MULTILINE)
_BEFORE = re.compile(r"(?:^#[^\n]*\n)*\Z", re.MULTILINE)


class BaselineError(Exception):
    """The file cannot be read as a baseline. One line that names it and the entry."""


@dataclass(frozen=True)
class Known:
    """One entry: `listeners` and `observed` are globs, `expires` is None for never.

    `stream` is a stream of the fuzzer's, as text, that shows the deviation: then the entry excuses
    no check, but what the fuzzer finds and that stream explains. `where` is the entry's place,
    `known.toml: entry 3`.
    """

    requirement: str
    reason: str
    expires: date | None
    listeners: str = "*"
    observed: str = "*"
    stream: str = ""
    where: str = field(default="", compare=False)

    def __str__(self) -> str:
        named = f"{self.requirement} on {self.listeners}"
        return f"{self.where}: {named}" if self.where else named

    def alike(self, other: Known) -> bool:
        """Both are about the same deviation."""
        return replace(self, reason=other.reason, expires=other.expires) == other

    @property
    def told(self) -> str:
        """What is said where it excuses something: until when, and the reason."""
        until = f" until {self.expires}" if self.expires else ""
        return f"known{until}: {self.reason}"

    def names(self, check: Check) -> bool:
        """The entry is about this check, whatever became of it."""
        return check.requirement == self.requirement and fnmatchcase(check.listener, self.listeners)

    def excuses(self, check: Check) -> bool:
        """The check deviates, and in the way that the entry says."""
        return (
            not self.stream
            and self.names(check)
            and check.verdict in DEVIATIONS
            and fnmatchcase(check.observed or check.reason, self.observed)
        )


@dataclass(frozen=True)
class Baseline:
    """The entries of a file, in its order, as they stand on the day `today`."""

    entries: tuple[Known, ...] = ()
    today: date = date.min

    def applied(self, check: Check) -> Check:
        """The check; as KNOWN, with the reason, where an entry that has not expired excuses it."""
        for known in self.entries:
            if not self._expired(known) and known.excuses(check):
                reason = f"{check.verdict.upper()}, {known.told}"
                return replace(check, verdict=Verdict.KNOWN, reason=reason)
        return check

    @property
    def of_streams(self) -> tuple[Known, ...]:
        """The entries that have a stream and have not expired."""
        return tuple(x for x in self.entries if x.stream and not self._expired(x))

    def problems(
        self, checks: Iterable[Check], catalogue: Collection[str], *, whole: bool
    ) -> list[str]:
        """A line for each entry that fails the run. `whole`: nothing of the suite was left out."""
        judged: dict[str, list[Check]] = {}
        for check in checks:
            judged.setdefault(check.requirement, []).append(check)
        problems = (
            self._problem(known, judged.get(known.requirement, ()), catalogue, whole)
            for known in self.entries
        )
        return [f"{known}: {why}" for known, why in zip(self.entries, problems, strict=True) if why]

    def superfluous(
        self, checks: Sequence[Check], catalogue: Collection[str], *, whole: bool
    ) -> list[int]:
        """The positions of the entries that may go: nothing is excused by them any more."""
        return [
            position
            for position, known in enumerate(self.entries)
            if self._problem(known, checks, catalogue, whole)
            and not any(c.verdict is Verdict.KNOWN and known.names(c) for c in checks)
        ]

    def without(self, positions: Collection[int]) -> Baseline:
        """The baseline without the entries at these positions."""
        kept = tuple(x for n, x in enumerate(self.entries) if n not in set(positions))
        return replace(self, entries=kept)

    def _expired(self, known: Known) -> bool:
        return known.expires is not None and known.expires < self.today

    def _problem(
        self, known: Known, checks: Iterable[Check], catalogue: Collection[str], whole: bool
    ) -> str:
        if known.requirement not in catalogue:
            return "no such requirement: see waxseal requirements"
        if self._expired(known):
            return f"expired on {known.expires}"
        if known.stream:
            # Chance may not have come upon it: that a campaign did not proves nothing.
            return ""
        named = [check for check in checks if known.names(check)]
        if passing := [check.listener for check in named if check.verdict is Verdict.PASS]:
            others = f" and on {len(passing) - 1} more" if len(passing) > 1 else ""
            return f"passes on {passing[0]}{others}: take it off the list there"
        if whole and not any(check.verdict is not Verdict.NOT_APPLICABLE for check in named):
            return f"nothing of it was judged: {_why_not(named)}"
        return ""

    def passed_over(self, checks: Sequence[Check], catalogue: Collection[str]) -> list[str]:
        """The entries of which a part of the suite says nothing: no harm, and no proof either."""
        judged = [check for check in checks if check.verdict is not Verdict.NOT_APPLICABLE]
        return [
            str(known)
            for known in self.entries
            if known.requirement in catalogue
            and not self._expired(known)
            and not any(map(known.names, judged))
        ]


def _why_not(named: Sequence[Check]) -> str:
    """Why there is no verdict on any of these listeners."""
    if not named:
        return "no listener of that name is there"
    others = f", and likewise on {len(named) - 1} more" if len(named) > 1 else ""
    return f"it does not apply to {named[0].listener} ({named[0].reason}){others}"


def read_baseline(path: Path, today: date) -> Baseline:
    """The baseline in that file. Raises `BaselineError`."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BaselineError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise BaselineError(f"{path}: {error}") from error
    rows = data.pop("known", [])
    if data or not isinstance(rows, list):
        raise BaselineError(f"{path}: a baseline has [[known]] tables and nothing else")
    entries: list[Known] = []
    for number, row in enumerate(rows, 1):
        try:
            known = _known(row, f"{path}: entry {number}")
            if before := next((n for n, x in enumerate(entries, 1) if x.alike(known)), 0):
                raise ValueError(f"it is about the same as entry {before}: leave one of them out")
            entries.append(known)
        except ValueError as error:
            raise BaselineError(f"{path}: entry {number}: {error}") from error
    return Baseline(tuple(entries), today)


def _known(row: Any, where: str) -> Known:
    if not isinstance(row, dict):
        raise ValueError("it is no table")
    texts = {key: value for key, value in row.items() if key != "expires"}
    if odd := [key for key in texts if key not in _KEYS]:
        raise ValueError(f"unknown key {odd[0]!r}")
    for key in ("requirement", "reason", "expires"):
        if not str(row.get(key, "")).strip():
            raise ValueError(f"it needs {key!r}")
    for key, value in texts.items():
        if not isinstance(value, str):
            raise ValueError(f"{key!r} is no text")
    if row.get("stream") is not None and not row["requirement"].startswith(OF_STREAMS):
        raise ValueError(f"'stream' is for a requirement of the fuzzer's, {OF_STREAMS}…")
    if "stream" in row and "observed" in row:
        raise ValueError("'stream' and 'observed' exclude each other")
    expires = row["expires"]
    # A date with a time is a date, too.
    if type(expires) is not date and expires != NEVER:
        raise ValueError(f"'expires' is a date, as in 2027-12-31, or \"{NEVER}\"")
    return Known(expires=None if expires == NEVER else expires, where=where, **texts)


def update(path: Path, positions: Collection[int]) -> None:
    """Take the entries at these positions off the file, whole or not at all.

    Raises `BaselineError`; then the file is as it was.
    """
    if not positions:
        return
    try:
        text = path.read_text("utf-8")
        shorter = without(text, positions)
        kept = [x for n, x in enumerate(_rows(text)) if n not in set(positions)]
        if _rows(shorter) != kept:
            raise BaselineError(f"{path}: entries can only be taken off where each is a [[known]]")
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        partial.write_text(shorter, "utf-8")
        partial.replace(path)
    except OSError as error:
        raise BaselineError(f"{path}: {error.strerror or error}") from error


def _rows(text: str) -> list[Any]:
    """The entries in a text; [{}] where it is none."""
    try:
        rows: list[Any] = tomllib.loads(text).get("known", [])
    except ValueError:
        return [{}]
    return rows


def without(text: str, positions: Collection[int]) -> str:
    """A baseline's text without the entries at these positions, and the comments above them."""
    starts = []
    for match in _ENTRY.finditer(text):
        comment = _BEFORE.search(text, 0, match.start())
        starts.append(comment.start() if comment else match.start())
    edges = [*starts, len(text)]
    kept = [text[edges[n] : edges[n + 1]] for n, _ in enumerate(starts) if n not in set(positions)]
    return text[: edges[0]] + "".join(kept)
