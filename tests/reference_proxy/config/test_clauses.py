from __future__ import annotations

from tests.reference_proxy.config.clauses import CLAUSES, table
from tests.reference_proxy.config.rows import rows


def test_every_clause_has_a_row_or_a_reason() -> None:
    assert [clause.id for clause in CLAUSES if bool(clause.rows) == bool(clause.unseen)] == []


def test_every_row_that_a_clause_names_is_tried() -> None:
    named = {row for clause in CLAUSES for row in clause.rows}
    assert named - rows().keys() == set()


def test_the_table_has_each_clause_once() -> None:
    ids = [line.split()[0] for line in table().splitlines()]
    assert len(set(ids)) == len(ids) == len(CLAUSES)
