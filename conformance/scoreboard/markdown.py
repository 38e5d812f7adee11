"""The scoreboard as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from conformance.scoreboard.board import Confirmed, Entry, Trouble

_VERDICTS = ("pass", "warn", "fail", "inconclusive", "error", "known", "not_applicable")
_TITLES = ("pass", "warn", "FAIL", "open", "error", "known", "n/a")
# What would be read as Markdown, or as HTML within it.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|&~])")
_NAMED = 4

Hand = Mapping[tuple[str, str], Confirmed]


def markdown(entries: Sequence[Entry], confirmed: Hand, readings: Mapping[str, str]) -> str:
    """The whole board; `readings` are the requirements' testable sentences by id."""
    return "\n".join(_lines(entries, confirmed, readings)) + "\n"


def _lines(entries: Sequence[Entry], confirmed: Hand, readings: Mapping[str, str]) -> Iterator[str]:
    judged = [entry for entry in entries if not entry.skipped]
    yield from (
        "# Scoreboard",
        "",
        "Written by `waxseal scoreboard`: each product from its package, started by `--launch` on",
        "the certification configuration, as far as it can do what that claims.",
        "",
    )
    yield from _head("product", "software", "verdict", "listeners", "declined", *_TITLES)
    for entry in entries:
        yield _line(*_summary(entry))
    yield from ("", "## By directive", "")
    yield from _legend()
    yield from _head("directive", *(entry.name for entry in judged))
    for directive in sorted({name for entry in judged for name in entry.cells}):
        yield _line(_safe(directive), *(_cell(entry, directive) for entry in judged))
    for title, verdicts in (
        ("Findings", ("fail",)),
        ("Open", ("inconclusive", "error")),
        ("Warnings (a SHOULD is broken)", ("warn",)),
    ):
        yield from ("", f"## {title}", "")
        yield from _troubles(judged, verdicts, confirmed, readings)
    yield from ("", "## What the adapters decline, and what they claim instead")
    for entry in judged:
        yield from _declined(entry)
    yield from ("", "## Why requirements are not applicable")
    for entry in judged:
        yield from _inapplicable(entry)


def _summary(entry: Entry) -> list[str]:
    if entry.skipped:
        return [_safe(entry.name), f"skipped: {_safe(entry.skipped)}", *[""] * (3 + len(_TITLES))]
    declined = sum(entry.declined.values())
    counts = [str(entry.sums[verdict] or "·") for verdict in _VERDICTS]
    words = (_safe(entry.name), _safe(entry.software), entry.verdict)
    return [*words, str(entry.listeners - declined), str(declined or "·"), *counts]


def _legend() -> Iterator[str]:
    yield "`12` passed on twelve listeners; `3 of 12 FAIL`, `2 warn`, `1 open` say what did not;"
    yield "`n/a` is never applicable, for the reasons below."
    yield ""


def _cell(entry: Entry, directive: str) -> str:
    count = entry.cells.get(directive)
    if count is None:
        return ""
    judged = sum(count.values()) - count["not_applicable"]
    if not judged:
        return "n/a"
    wrong = [
        f"**{count['fail']} of {judged} FAIL**" if count["fail"] else "",
        f"{count['inconclusive']} open" if count["inconclusive"] else "",
        f"{count['error']} error" if count["error"] else "",
        f"{count['known']} known" if count["known"] else "",
        f"{count['warn']} warn" if count["warn"] else "",
    ]
    told = ", ".join(filter(None, wrong))
    return told or str(count["pass"])


def _troubles(
    judged: Sequence[Entry],
    verdicts: Sequence[str],
    confirmed: Hand,
    readings: Mapping[str, str],
) -> Iterator[str]:
    found = [(e, t) for e in judged for t in e.troubles if t.verdict in verdicts]
    if not found:
        yield "None."
    for entry, trouble in found:
        reading = readings.get(trouble.requirement, "")
        what = f"{_safe(trouble.requirement)} ({trouble.level})"
        yield f"- **{_safe(entry.name)}**, {what}: {_safe(reading)}"
        yield f"  Seen on {_where(trouble)}: {_safe(trouble.observed)}."
        hand = confirmed.get((entry.name, trouble.requirement))
        if hand is not None:
            yield f"  It breaks {_safe(hand.clause)}. By hand: {_safe(hand.seen)}"
        elif trouble.verdict == "fail":
            yield "  Not confirmed by hand yet."


def _where(trouble: Trouble) -> str:
    names = ", ".join(_safe(name) for name in trouble.listeners[:_NAMED])
    more = len(trouble.listeners) - _NAMED
    return f"{names} and {more} more" if more > 0 else names


def _declined(entry: Entry) -> Iterator[str]:
    yield from ("", f"### {_safe(entry.name)}", "")
    for reason, count in entry.declined.most_common():
        yield f"- {count} listeners {_safe(reason)}"
    for claim, count in entry.instead.most_common():
        yield f"- {count} listeners claim {_safe(claim)} instead"
    if not entry.declined and not entry.instead:
        yield "Nothing."


def _inapplicable(entry: Entry) -> Iterator[str]:
    yield from ("", f"### {_safe(entry.name)}", "")
    yield from _head("directive", "checks", "reason")
    for directive, reasons in sorted(entry.inapplicable.items()):
        for reason, count in reasons.most_common():
            if not reason.startswith("declined: "):
                yield _line(_safe(directive), str(count), _safe(reason))


def _head(*cells: str) -> Iterator[str]:
    yield _line(*cells)
    yield _line(*["---"] * len(cells))


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _safe(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
