from collections import Counter

import pytest

from conformance.harness.fixtures import fixture
from conformance.requirements import coverage as module
from conformance.requirements.catalogue import Basis, catalogue
from conformance.requirements.coverage import Kind, sentences, sources
from conformance.requirements.reading import CatalogueError

PAGE = sentences(fixture("spec/ngx_mail_ssl_module.txt").read_text("utf-8"))
CLAUSES = [(source, clause) for source in sources().values() for clause in source.clauses]
RFCS = (1939, 2595, 3207, 3501, 4422, 4954, 5034, 5077, 5246, 5321, 5746, 6176, 7301, 7507)
RFCS += (7568, 7627, 8314, 8446, 8996, 9051, 9325)
HEAD = 'title = "t"\n[[clause]]\nsection = "1"\ntext = "x"\n'


def test_every_source_is_there():
    assert {"page", *(f"rfc{number}" for number in RFCS)} <= set(sources())


def test_each_sentence_of_the_page_occurs_once():
    told = Counter((clause.section, clause.text) for clause in sources()["page"].clauses)
    assert [piece for piece in PAGE if piece not in told] == []
    assert [piece for piece in told if piece not in PAGE] == []
    assert max(told.values()) == 1


def test_what_covers_a_clause_is_in_the_catalogue():
    unknown = {(s.name, name) for s, c in CLAUSES for name in c.by if name not in catalogue()}
    assert sorted(unknown) == []


def test_every_requirement_on_somebody_s_word_covers_a_clause():
    named = {name for _, clause in CLAUSES for name in clause.by}
    theirs = [r.id for r in catalogue().values() if r.basis in (Basis.STATED, Basis.RFC)]
    assert [name for name in theirs if name not in named] == []


def test_no_clause_is_open():
    assert [f"{s.name} {c.section}: {c.text}" for s, c in CLAUSES if c.kind is Kind.OPEN] == []


def test_no_clause_of_an_rfc_is_told_twice():
    told = Counter((s.name, c.section, c.text) for s, c in CLAUSES)
    assert [clause for clause, count in told.items() if count > 1] == []


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One. Two;\nthree.\n", ["One.", "Two;", "three."]),
        ("Syntax: a b;\nDefault:\na c;\nContext: mail\n", ["Syntax: a b;", "Default: a c;"]),
        ("server {\n  x;\n\n  y;\n}\n\nAfter.\n", ["server { x; y; }", "After."]),
        ("on\nallow it;\noff\ndeny it.\n", ["on allow it;", "off deny it."]),
    ],
)
def test_the_page_is_taken_apart(text, pieces):
    assert [piece for _, piece in sentences(text)][: len(pieces)] == pieces


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[clause]]\n", "coverage/a.toml: title is missing"),
        (HEAD, "coverage/a.toml: clause 1: kind is missing"),
        (HEAD + 'kind = "nothing"\nwhy_not = "w"\n', "clause 1: 'nothing' is not a valid Kind"),
        (HEAD + 'by = ["a.b"]\nwhy_not = "w"\n', "clause 1: unknown keys why_not"),
    ],
)
def test_a_malformed_coverage(tmp_path, monkeypatch, text, why):
    (tmp_path / "a.toml").write_text(text, "utf-8")
    monkeypatch.setattr(module, "_HERE", tmp_path)
    with pytest.raises(CatalogueError, match=why):
        sources.__wrapped__()
