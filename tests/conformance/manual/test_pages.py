"""docs/reference is what `python -m conformance.manual` would write now."""

from pathlib import Path

from conformance.manual.__main__ import main
from conformance.manual.pages import NOTE, pages
from conformance.manual.prose import cell, prose
from conformance.requirements.catalogue import catalogue

REFERENCE = Path(__file__).resolve().parents[3] / "docs/reference"
STALE = "run python -m conformance.manual, and commit what it writes"


def test_the_pages_are_not_stale():
    kept = {str(p.relative_to(REFERENCE)): p.read_text("utf-8") for p in REFERENCE.rglob("*.md")}
    wanted = pages()
    assert sorted(kept) == sorted(wanted), STALE
    assert [name for name in wanted if kept[name] != wanted[name]] == [], STALE


def test_every_requirement_has_its_entry_once():
    entries = [
        line.removeprefix("## ")
        for path in REFERENCE.glob("requirements/*.md")
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("## ")
    ]
    assert sorted(entries) == sorted(catalogue())


def test_what_is_gone_is_taken_away(tmp_path, capsys):
    (tmp_path / "gone.md").write_text(f"{NOTE}once")
    assert main([str(tmp_path)]) == 0
    assert {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.md")} == set(pages())


def test_a_mistyped_option_writes_nothing(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["--hlep"]) == 4
    assert "usage" in capsys.readouterr().err
    assert main(["--help"]) == 0
    assert "usage" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_nothing_but_code_is_markup():
    assert prose("* BYE <x> `a*|b`\n [y]") == r"\* BYE \<x\> `a*|b` \[y\]"
    assert cell("a|b `c|d`") == r"a\|b `c\|d`"


def test_what_somebody_else_wrote_stays(tmp_path, capsys):
    beside, stale = tmp_path / "notes.md", tmp_path / "requirements/gone.md"
    stale.parent.mkdir()
    beside.write_text("mine")
    stale.write_text(f"{NOTE}# gone")
    assert main([str(tmp_path)]) == 0
    assert beside.read_text() == "mine"
    assert not stale.exists()
    (tmp_path / "options.md").write_text("mine, too")
    assert main([str(tmp_path)]) == 4
    assert (tmp_path / "options.md").read_text() == "mine, too"
    assert "options.md: somebody else wrote that" in capsys.readouterr().err
