"""The scorecard as it is read."""

from conformance.report.results import Check, Finding, Results
from conformance.report.scorecard import WIDTH, scorecard
from conformance.verdict import Verdict

LONG = "a sentence that goes on " * 12


def card(verdict, listeners=5, **more):
    results = Results(about_target={"address": "192.0.2.1:993"}, **more)
    for number in range(listeners):
        row = ("client", "clear", "x" * 1000)
        check = Check(
            "ssl_crl.revoked", "ssl_crl", "MUST", "stated", f"listener-{number}", verdict,
            expected=LONG, observed=LONG, transcript=(row,) * 40, reproduce="waxseal certify -k x",
        )  # fmt: skip
        results.add(check)
    return results, list(scorecard(results, {"ssl_crl.revoked": LONG}))


def test_a_failure_is_told_in_full_and_fits():
    _, lines = card(Verdict.FAIL)
    text = "\n".join(lines)
    assert "NOT CONFORMANT  ssl_crl.revoked  (MUST, stated)" in text
    assert "reproduce waxseal certify -k x" in text
    assert "and on 3 more: listener-2, listener-3, listener-4" in text
    assert "16 more lines" in text
    told = [line for line in lines if "client clear" not in line]
    assert max(map(len, told)) <= WIDTH


def test_a_pass_is_a_number_in_the_table():
    _, lines = card(Verdict.PASS)
    assert not any("revoked" in line for line in lines)
    assert any(line.split()[:3] == ["ssl_crl", "1", "5"] for line in lines)
    assert "CONFORMANT, at level L1" in "\n".join(lines)


def test_no_verdict_says_why():
    _, lines = card(Verdict.INCONCLUSIVE)
    assert "NO-VERDICT: 5 checks stayed inconclusive" in "\n".join(lines)


def test_a_selection_and_a_lower_level_are_said():
    _, lines = card(Verdict.PASS, deselected=3, level_note="nobody logged in")
    assert "3 checks were deselected: this is not the whole suite" in lines
    assert "level L1 only, because nobody logged in" in lines


def test_a_finding_comes_with_its_stream_and_reproducer():
    results, _ = card(Verdict.PASS)
    results.find(Finding("still_alive", "stream.alive", "one", "a\nb", "python3 repro.py"))
    text = "\n".join(scorecard(results, {}))
    assert "FOUND BY FUZZING  stream.alive  on one  (still_alive)\n    a\n    b\n" in text
    assert "reproduce  python3 repro.py" in text
