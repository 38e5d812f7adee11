from conformance.report.markdown import markdown, step_summary
from conformance.report.results import Finding
from conformance.verdict import Verdict
from tests.conformance.report.reports import check, report

F = Verdict.FAIL
SAID = (("server", "clear", "* OK <b>\\r\\n"),)
FAILED = report(
    check(F, observed="let in", expected="refused", transcript=SAID, reproduce="waxseal certify"),
    check(requirement="rfc.noop"),
    verdict="not-conformant",
    exit_status=1,
)


def test_the_verdict_and_the_figures():
    text = markdown(report(check(), check(listener="y")))
    assert text.startswith("# ✅ waxseal: conformant\n")
    assert "2 checks accounted for: 2 pass" in text
    assert "| ssl\\_crl | 1 | 2 |" in text


def test_a_deviation_in_full():
    text = markdown(FAILED)
    assert "### ssl\\_crl.revoked (MUST, stated)" in text
    assert "> Specifies a file with revoked certificates" in text
    assert "- observed: `let in`\n- reproduce: `waxseal certify`\n" in text
    assert "```text\nserver clear     * OK <b>\\r\\n\n```" in text


def test_the_summary_of_a_step_has_no_transcripts_and_an_end():
    assert "```" not in step_summary(FAILED)
    many = report(*(check(F, listener=f"l{n}", observed="x" * 99) for n in range(200)))
    short = step_summary(many, limit=5000)
    assert len(short.encode()) < 5200
    assert short.endswith("The rest is left out: `--report FILE.html` has it all.\n")
    assert step_summary(many).endswith("`\n")


def test_no_transcript_of_a_failure_is_lost():
    checks = [
        check(F, listener=f"l{n}", transcript=((*SAID[0][:2], f"line {n}"),)) for n in range(30)
    ]
    text = markdown(report(*checks))
    assert all(f"line {n}\n" in text for n in range(30))


def test_findings_and_problems():
    found = Finding("no_plaintext", "starttls.injection", "imap", "a\nb", "waxseal replay x")
    text = markdown(report(findings=(found,), baseline_problems=("x: gone",)))
    assert "```text\na\nb\n```" in text
    assert "❌ baseline: `x: gone`" in text
