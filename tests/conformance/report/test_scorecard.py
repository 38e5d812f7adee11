from conformance.report.ending import report_of
from conformance.report.results import Check, Finding, Results
from conformance.report.scorecard import SHOWN_IN_FULL, scorecard
from conformance.report.wrapping import WIDTH
from conformance.verdict import Verdict

LISTENER = {"name": "x", "address": "a:1", "protocol": "imap", "tls": "none", "claims": {}}


def check(verdict, listener="x", directive="ssl_crl", **fields):
    return Check(f"{directive}.b", directive, "MUST", "stated", listener, verdict, **fields)


def card(*checks, pedantic=False, **fields):
    made = Results(**fields)
    for one in checks:
        made.add(one)
    status = made.exit_status(pedantic=pedantic)
    report = report_of(made, exit_status=status, pedantic=pedantic)
    return list(scorecard(report, {"ssl_crl.b": "It is so."}))


def test_a_deviation_in_full():
    lines = card(
        check(
            Verdict.FAIL,
            reason="why",
            expected="rain",
            observed="sunshine",
            transcript=(("client", "clear", "x" * 500),),
            reproduce="waxseal certify -k x",
        )
    )
    assert lines[1:9] == [
        "NOT CONFORMANT  ssl_crl.b  (MUST, stated)",
        "  It is so.",
        "  on x",
        "    reason    why",
        "    expected  rain",
        "    observed  sunshine",
        "      client clear     " + "x" * 288 + " …",
        "    reproduce waxseal certify -k x",
    ]


def test_many_of_one_kind_are_counted():
    names = [f"x{n}" for n in range(SHOWN_IN_FULL + 2)]
    lines = card(*(check(Verdict.INCONCLUSIVE, listener=name) for name in names))
    assert lines[1].startswith("INCONCLUSIVE  ssl_crl.b")
    assert [line for line in lines if line.startswith("  on ")] == ["  on x0", "  on x1"]
    assert f"  and on 2 more: {names[-2]}, {names[-1]}" in lines


def test_a_clean_run_is_a_table():
    lines = card(
        check(Verdict.PASS),
        check(Verdict.NOT_APPLICABLE, listener="y"),
        listeners=[LISTENER, LISTENER],
        about_target={"launched": "nginx", "software": "nginx/1.22.1"},
    )
    assert lines == [
        "",
        "directive  reqs   pass   warn   FAIL   open  error    n/a",
        "ssl_crl       1      1      ·      ·      ·      ·      1",
        "",
        "nginx (nginx/1.22.1): CONFORMANT at level L1",
        "1 requirements on 2 listeners, 2 checks accounted for: 1 pass, 1 n/a",
    ]


def test_what_is_known_is_told_apart():
    lines = card(check(Verdict.KNOWN, reason="FAIL, known: why"), baseline_problems=["x: why"])
    assert "directive  reqs   pass  known   warn   FAIL   open  error    n/a" in lines
    assert any(line.startswith("KNOWN (the baseline lists it)  ssl_crl.b") for line in lines)
    assert "BASELINE  x: why" in lines
    assert "NOT-CONFORMANT" in lines[-2]
    assert "CONFORMANT at level" in card(check(Verdict.KNOWN))[-2]


def test_nothing_at_all():
    lines = card(about_target={"address": "a:1"})
    assert lines[-2:] == [
        "a:1: NO-VERDICT (no requirement was applicable) at level L1",
        "0 requirements on 0 listeners, 0 checks accounted for: none",
    ]


def test_the_worst_is_last_before_the_table():
    lines = card(check(Verdict.FAIL), check(Verdict.WARN, directive="rfc"))
    assert next(x for x in lines if x).startswith("WARNING (a SHOULD is broken)  rfc.b")


def test_pedantic():
    warned = check(Verdict.WARN), check(Verdict.PASS, directive="rfc")
    assert "target: CONFORMANT at level L1" in card(*warned)
    assert "target: NOT-CONFORMANT at level L1" in card(*warned, pedantic=True)


def test_findings():
    found = Finding("no_plaintext", "starttls.injection", "x", "one\ntwo", "waxseal replay f")
    results = Results()
    results.find(found)
    lines = list(scorecard(report_of(results, exit_status=1), {}))
    assert lines[1:5] == [
        "FOUND BY FUZZING  starttls.injection  on x  (no_plaintext)",
        "    one",
        "    two",
        "  reproduce  waxseal replay f",
    ]


def test_of_an_endless_stream_the_beginning_is_shown():
    results = Results()
    results.find(Finding("long_lines", "stream.bounded", "x", "NOOP\\r\\n" * 900, "replay"))
    lines = list(scorecard(report_of(results, exit_status=1), {}))
    assert max(map(len, lines)) <= WIDTH
    assert lines[2].endswith("… 7136 more characters")


def test_a_selection_says_so():
    assert card(check(Verdict.PASS), deselected=3)[-1].startswith("3 checks were deselected")


def test_whatever_is_long_is_wrapped_or_cut():
    long = "a sentence that goes on " * 12
    rows = (("client", "clear", "x"),) * 40
    names = [f"listener-{n}" for n in range(30)]
    checks = [
        check(Verdict.FAIL, listener=name, expected=long, observed=long, transcript=rows)
        for name in names
    ]
    lines = card(*checks)
    assert max(map(len, lines)) <= WIDTH
    assert any("16 more lines" in line for line in lines)


def test_no_verdict_and_a_low_level_say_why():
    lines = card(check(Verdict.INCONCLUSIVE), level_note="nobody logged in")
    assert "target: NO-VERDICT (1 checks stayed inconclusive) at level L1" in lines
    assert "level L1 only, because nobody logged in" in lines
