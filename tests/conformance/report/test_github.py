import pytest

from conformance.report.github import append_summary, muted, notices
from conformance.report.markdown import SUMMARY_LIMIT
from conformance.report.results import Finding
from conformance.verdict import Verdict
from tests.conformance.report.reports import check, report

F = Verdict.FAIL


def test_a_notice_for_each_requirement():
    made = report(
        check(F, expected="refused", observed="100 %\n::error::x"),
        check(F, listener="pop3"),
        check(Verdict.INCONCLUSIVE, "rfc.noop", reason="silent"),
        check(Verdict.WARN, "rfc.case"),
    )
    assert list(notices(made)) == [
        "::error title=waxseal%3A ssl_crl.revoked::on imap and 1 more: "
        "expected refused; observed 100 %25\\n::error::x",
        "::warning title=waxseal%3A rfc.noop::on imap: silent",
    ]


def test_finds_and_problems_are_errors():
    found = Finding("oracle", "starttls.injection", "imap", "a\nb", "x")
    lines = list(notices(report(findings=(found,), baseline_problems=("gone",))))
    assert lines[0].startswith("::error title=waxseal%3A starttls.injection%2C by fuzzing::oracle")
    assert lines[1] == "::error title=waxseal%3A baseline::gone"


@pytest.mark.parametrize(
    ("verdict", "command"), [(Verdict.WARN, "warning"), (Verdict.KNOWN, "notice")]
)
def test_a_find_is_no_worse_than_its_requirement(verdict, command):
    found = Finding("oracle", "stream.errors_bounded", "imap", "a\nb", "x")
    made = report(check(verdict, found.requirement), findings=(found,))
    assert [line.partition(" ")[0] for line in notices(made)] == [f"::{command}"]


def test_the_summary_is_appended(tmp_path):
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    append_summary({"GITHUB_STEP_SUMMARY": str(path)}, report(check()))
    assert path.read_text().startswith("before\n# ✅ waxseal: conformant")
    append_summary({}, report(check()))


def test_a_summary_that_is_full_stays_within_what_is_taken(tmp_path):
    path = tmp_path / "summary.md"
    path.write_text("x" * SUMMARY_LIMIT)
    append_summary({"GITHUB_STEP_SUMMARY": str(path)}, report(check()))
    assert path.stat().st_size < SUMMARY_LIMIT + 200


def test_commands_are_muted_by_a_word_that_nobody_can_know():
    begin, end = muted()
    assert end == f"::{begin.removeprefix('::stop-commands::')}::"
    assert muted() != (begin, end)
