"""Report files."""

import json

import pytest

from conformance.report.ending import report_of
from conformance.report.files import ReportError
from conformance.report.results import Results
from conformance.report.write import check_report_path, write_report

EMPTY = report_of(Results(), exit_status=7)


def test_a_report_replaces_the_older_one_whole(tmp_path):
    (tmp_path / "r.json").write_text("old")
    write_report(tmp_path / "r.json", {"text": "\x1b<é"}, EMPTY)
    text = (tmp_path / "r.json").read_text()
    assert json.loads(text) == {"text": "\x1b<é"}
    assert text.isascii()
    assert [p.name for p in tmp_path.iterdir()] == ["r.json"]


@pytest.mark.parametrize("name", ["r.pdf", "r", "none/r.json"])
def test_what_cannot_be_written_is_refused_before_the_run(tmp_path, name):
    with pytest.raises(ReportError, match=r"--report .*r"):
        check_report_path(tmp_path / name)
