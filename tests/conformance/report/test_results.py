import json
from dataclasses import replace

import pytest

from conformance.report.results import Check, Finding, Results
from conformance.verdict import Verdict

FOUND = Finding("oracle", "starttls.injection", "x", "stream", "repro")
P, W, F = Verdict.PASS, Verdict.WARN, Verdict.FAIL
Q, N, E = Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE, Verdict.ERROR


def check(verdict, requirement="a.b", listener="x", **fields):
    return Check(requirement, "a", "MUST", "stated", listener, verdict, **fields)


def results(*verdicts, **fields):
    made = Results(**fields)
    for number, verdict in enumerate(verdicts):
        made.add(check(verdict, requirement=f"a.{number}"))
    return made


def found(made, **fields):
    made.find(replace(FOUND, **fields))
    return made


@pytest.mark.parametrize(
    ("verdicts", "status", "pedantic"),
    [
        ([], 7, 7), ([N], 7, 7), ([P], 0, 0), ([P, N], 0, 0), ([P, W], 0, 1), ([W], 7, 1),
        ([P, Q], 7, 7), ([P, E], 3, 3), ([P, Q, E], 3, 3), ([P, Q, E, F], 1, 1), ([F], 1, 1),
    ],
)  # fmt: skip
def test_exit_status(verdicts, status, pedantic):
    assert results(*verdicts).exit_status() == status
    assert results(*verdicts).exit_status(pedantic=True) == pedantic


def test_a_finding_is_no_conformance():
    assert found(results(P)).exit_status() == 1


def test_a_finding_of_a_should_fails_the_pedantic_alone():
    made = results(P)
    made.add(check(W, requirement=FOUND.requirement))
    assert found(made).exit_status() == 0
    assert made.exit_status(pedantic=True) == 1


@pytest.mark.parametrize("better", [N, P, W, Q, E])
def test_the_worse_of_two_checks_stays(better):
    for order in ([better, F], [F, better]):
        made = Results()
        for verdict in order:
            made.add(check(verdict))
        assert [c.verdict for c in made.checks] == [F]


def test_the_first_of_two_equals_stays():
    made = Results()
    made.add(check(F, reason="first"))
    made.add(check(F, reason="second"))
    assert made.checks[0].reason == "first"


def test_checks_are_in_order():
    made = Results()
    for requirement, listener in [("b", "x"), ("a", "y"), ("a", "x")]:
        made.add(check(P, requirement, listener))
    assert [(c.requirement, c.listener) for c in made.checks] == [
        ("a", "x"),
        ("a", "y"),
        ("b", "x"),
    ]
    assert made.having(F) == []
    assert len(made.having(P, F)) == 3


def test_every_check_is_accounted_for():
    summary = results(P, P, W, F, Q, N, E).summary()
    assert summary["checks"] == sum(summary[v.value] for v in Verdict) == 7


@pytest.mark.parametrize(
    ("made", "status", "verdict"),
    [
        (results(P), 0, "conformant"),
        (results(F), 1, "not-conformant"),
        (results(Q), 7, "no-verdict"),
        (results(P), 7, "no-verdict"),  # --require-level
        (results(P, interrupted=True), 2, "no-verdict"),
    ],
)
def test_the_verdict_goes_with_the_exit_status(made, status, verdict):
    report = made.as_dict(exit_status=status)
    assert (report["verdict"], report["exit_status"]) == (verdict, status)


def test_the_report_is_the_interface_s():
    made = found(results(P, level="L2", about_target={"address": "a:1"}))
    report = json.loads(json.dumps(made.as_dict(exit_status=1)))
    assert list(report) == [
        "schema", "suite", "target", "level", "level_note", "verdict", "why", "interrupted",
        "exit_status", "summary", "listeners", "checks", "findings", "baseline_problems",
        "baseline_unjudged",
    ]  # fmt: skip
    assert report["schema"] == "waxseal-report/1"
    assert set(report["summary"]) == {
        "requirements", "checks", "pass", "warn", "fail", "inconclusive", "not_applicable",
        "error", "known", "deselected",
    }  # fmt: skip
    assert set(report["checks"][0]) == {
        "requirement", "directive", "level", "basis", "listener", "verdict", "reason", "expected",
        "observed", "transcript", "reproduce", "seconds",
    }  # fmt: skip
    assert report["checks"][0]["verdict"] == "pass"
    assert set(report["findings"][0]) == {
        "oracle", "requirement", "listener", "stream", "reproducer",
    }  # fmt: skip


def test_less_evidence_than_required_is_no_verdict():
    made = results(P, level="L1", required_level="L2")
    assert (made.exit_status(), made.verdict()) == (7, "no-verdict")
    assert results(P, level="L3", required_level="L2").exit_status() == 0


def test_of_two_findings_of_a_kind_the_smaller_stays():
    made = found(results(P), listener="other")
    for stream in ("a\nb\n", "a\n", "a\nb\nc\n"):
        found(made, stream=stream)
    assert [(f.listener, f.stream) for f in made.findings] == [("other", "stream"), ("x", "a\n")]


def test_what_another_process_brought_counts():
    here, there = results(P), found(results(F, level="L3", listeners=[{"name": "0"}]))
    here.merge(json.loads(json.dumps(there.portable())))
    assert (here.exit_status(), here.level, here.listeners) == (1, "L3", [{"name": "0"}])
    assert here.findings == [FOUND]
