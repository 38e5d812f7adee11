"""The matrix in every form: the figures, what is wrong, and nothing that is taken for markup."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.mutants.matrix import Fate, Kind, Matrix, Row
from conformance.mutants.report.html import html
from conformance.mutants.report.markdown import markdown
from conformance.mutants.report.text import full_text, short_text
from conformance.mutants.report.write import (
    SCHEMA,
    as_json,
    check_report_path,
    write_report,
)
from conformance.report.files import ReportError

ODD = "imap: ssl_ciphers <b>|`x`"


def row(name: str, fate: Fate, *killers: str, reason: str = "") -> Row:
    kind = Kind.CONFIGURATION
    return Row(name, kind, "nginx", ("ssl_ciphers",), "ssl_ciphers A", fate, killers, (), reason)


MATRIX = Matrix(
    "nginx",
    "nginx/1",
    {"ssl_ciphers.listed": "ssl_ciphers", "rfc.noop": "rfc"},
    "",
    [
        row(ODD, Fate.KILLED, "ssl_ciphers.listed"),
        row("imap: ssl_ciphers B", Fate.SURVIVED),
        row("imap: ssl_ciphers C", Fate.UNOBSERVABLE, reason="nobody <could>"),
        row("imap: ssl_ciphers D", Fate.REFUSED, reason="no cipher match"),
    ],
)


def test_terminal_has_figures_survivors_reasons_and_idle_requirements() -> None:
    text = "\n".join(short_text(MATRIX))
    assert [line.split()[1:] for line in text.splitlines() if line.startswith("ssl_ciphers")] == [
        ["4", "1", "1", "1", "1"]
    ]
    assert "SURVIVED  configuration imap: ssl_ciphers B\n  claimed: ssl_ciphers A" in text
    assert "nobody <could>" in text
    assert "NOTICED NOTHING\n  rfc.noop" in text
    assert "1 of 2 observable mutants were noticed (50.0 %)" in text
    assert "imap: ssl_ciphers <b>" not in text


def test_full_text_has_every_mutant_with_its_killers() -> None:
    text = "\n".join(full_text(MATRIX))
    assert f"  {ODD}: killed\n      ssl_ciphers.listed" in text


def test_html_is_escaped() -> None:
    page = html(MATRIX)
    assert "<b>" not in page
    assert "ssl_ciphers &lt;b&gt;|`x`" in page
    assert "nobody &lt;could&gt;" in page


def test_markdown_is_escaped() -> None:
    text = markdown(MATRIX)
    assert r"ssl\_ciphers \<b\>\|\`x\`" in text
    assert "<b>" not in text


def test_json_has_both_directions() -> None:
    report = json.loads(as_json(MATRIX))
    assert (report["schema"], report["exit_status"], report["idle"]) == (SCHEMA, 1, ["rfc.noop"])
    assert report["requirements"] == {"ssl_ciphers.listed": [ODD], "rfc.noop": []}
    assert report["mutants"][0]["killers"] == ["ssl_ciphers.listed"]


@pytest.mark.parametrize("suffix", [".json", ".md", ".html", ".txt"])
def test_file_by_suffix(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"report{suffix}"
    check_report_path(path)
    write_report(path, MATRIX)
    assert "imap: ssl" in path.read_text().replace("\\", "")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["report.pdf", "no/such/report.md"])
def test_impossible_file_is_refused_before_anything_is_done(tmp_path: Path, name: str) -> None:
    with pytest.raises(ReportError, match=r"report\.(pdf|md)"):
        check_report_path(tmp_path / name)
