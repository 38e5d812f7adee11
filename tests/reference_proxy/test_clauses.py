from __future__ import annotations

import re
from collections import defaultdict

from tests.reference_proxy.clauses import SECTIONS, entries, named, table
from tests.reference_proxy.named import EVERYTHING, found


def test_every_row_that_a_clause_names_is_there() -> None:
    assert [(e.id, row) for e in named() for row in e.rows if not found(row)] == []


def test_every_clause_has_a_row_or_a_reason() -> None:
    assert [e.id for e in entries() if bool(e.rows) == bool(e.reason)] == []


def test_no_number_is_left_out() -> None:
    groups = defaultdict(list)
    for entry in entries():
        group, _, number = entry.id.rpartition("-")
        groups[group].append(int(number))
    assert {group for group, numbers in groups.items() if len(numbers) != max(numbers)} == set()


def test_a_name_is_found_by_its_beginning_and_no_other_by_it() -> None:
    assert found("handshakes.two") != ()
    assert not any("two-prefer" in name for name in found("handshakes.two"))
    assert found("handshakes.tw") == found("test_clauses.py::test_") == ()
    assert len(set(EVERYTHING)) == len(EVERYTHING)


def test_the_totals_are_those_of_the_table() -> None:
    lines, _, totals = table().partition("\n\n")
    shown = [
        list(map(int, re.findall(r"(\d+) (?:not )?test", line))) for line in totals.splitlines()
    ]
    assert len(shown) == len(SECTIONS) + 1
    assert shown[-1] == [sum(column) for column in zip(*shown[:-1], strict=True)]
    assert shown[-1][0] == lines.count(" tested by ")
    assert sum(shown[-1]) == len(lines.splitlines()) == len(entries())
