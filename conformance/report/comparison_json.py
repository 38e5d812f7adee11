"""A comparison as JSON (`waxseal-comparison/1`), and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.report.comparison import Change, Comparison, Difference
from conformance.report.report import check_of
from conformance.report.results import Check, row_of

SCHEMA = "waxseal-comparison/1"
_LISTS = ("appeared", "vanished", "only_new", "only_old", "notes")


def as_dict(comparison: Comparison) -> dict[str, Any]:
    """For programs, and for the `against` of a report."""
    return {
        "schema": SCHEMA,
        "new": {"title": comparison.new, "verdict": comparison.new_verdict},
        "old": {"title": comparison.old, "verdict": comparison.old_verdict},
        "exit_status": comparison.exit_status,
        "same_catalogue": comparison.same_suite,
        "partial": comparison.partial,
        "summary": {
            "compared": comparison.compared,
            "same": comparison.same,
            **{change.value.replace(" ", "_"): comparison.count[change] for change in Change},
        },
        **{name: list(getattr(comparison, name)) for name in _LISTS},
        "differences": [_row(x) for x in comparison.differences],
    }


def _row(difference: Difference) -> dict[str, Any]:
    plain = {k: v for k, v in vars(difference).items() if k not in ("new", "old", "change")}
    return {
        "change": difference.change.value.replace(" ", "_"),
        **plain,
        "new": _side(difference.new),
        "old": _side(difference.old),
    }


def _side(check: Check | None) -> dict[str, Any] | None:
    return None if check is None else row_of(check)


def from_dict(data: Mapping[str, Any]) -> Comparison:
    """The comparison that `as_dict` told. Raises ValueError where it is none."""
    try:
        return Comparison(
            new=str(data["new"]["title"]),
            old=str(data["old"]["title"]),
            new_verdict=str(data["new"]["verdict"]),
            old_verdict=str(data["old"]["verdict"]),
            differences=tuple(map(_difference, data["differences"])),
            compared=int(data["summary"]["compared"]),
            same=int(data["summary"]["same"]),
            same_suite=bool(data["same_catalogue"]),
            partial=bool(data["partial"]),
            **{name: tuple(map(str, data[name])) for name in _LISTS},
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"the comparison is malformed: {error!r}") from error


def _difference(row: Mapping[str, Any]) -> Difference:
    new, old = (check_of(row[x]) if row[x] else None for x in ("new", "old"))
    return Difference(
        change=Change(str(row["change"]).replace("_", " ")),
        requirement=str(row["requirement"]),
        directive=str(row["directive"]),
        level=str(row["level"]),
        listener=str(row["listener"]),
        old_listener=str(row["old_listener"]),
        new=new,
        old=old,
    )
