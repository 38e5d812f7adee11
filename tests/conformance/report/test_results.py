"""What checks amount to."""

import json
from dataclasses import replace

import pytest

from conformance.report.results import Check, Finding, Results
from conformance.verdict import Verdict

CHECK = Check("ssl.on", "ssl", "MUST", "stated", "one", Verdict.PASS)
FINDING = Finding("still_alive", "stream.alive", "one", "a\nb\n", "python3 repro.py")


def results(*verdicts, **more):
    found = Results(**more)
    for number, verdict in enumerate(verdicts):
        found.add(replace(CHECK, listener=f"{number}", verdict=verdict))
    return found


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ([Verdict.PASS, Verdict.NOT_APPLICABLE], 0),
        ([Verdict.PASS, Verdict.WARN], 0),
        ([Verdict.PASS, Verdict.ERROR, Verdict.FAIL], 1),
        ([Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.ERROR], 3),
        ([Verdict.PASS, Verdict.INCONCLUSIVE], 7),
        ([Verdict.NOT_APPLICABLE], 7),
        ([], 7),
    ],
)
def test_exit_status(verdicts, status):
    assert results(*verdicts).exit_status() == status


def test_a_warning_fails_the_pedantic():
    assert results(Verdict.PASS, Verdict.WARN).exit_status(pedantic=True) == 1


def test_less_evidence_than_required_is_no_verdict():
    found = results(Verdict.PASS, level="L1", required_level="L2")
    assert (found.exit_status(), found.verdict()) == (7, "no-verdict")
    assert results(Verdict.PASS, level="L3", required_level="L2").exit_status() == 0


def test_an_interrupted_run_is_never_conformant():
    assert results(Verdict.PASS, interrupted=True).verdict() == "no-verdict"


def test_of_two_checks_the_worse_stays():
    found = results(Verdict.FAIL)
    found.add(replace(CHECK, listener="0", verdict=Verdict.PASS))
    assert [check.verdict for check in found.checks] == [Verdict.FAIL]


def test_of_two_findings_of_a_kind_the_smaller_stays():
    found = results(Verdict.PASS)
    for stream in ("a\nb\n", "a\n", "a\nb\nc\n"):
        found.find(replace(FINDING, stream=stream))
    found.find(replace(FINDING, listener="two"))
    assert [(f.listener, f.stream) for f in found.findings] == [("one", "a\n"), ("two", "a\nb\n")]
    assert found.exit_status() == 1


def test_what_another_process_brought_counts():
    here, there = (
        results(Verdict.PASS),
        results(Verdict.FAIL, level="L3", listeners=[{"name": "0"}]),
    )
    there.find(FINDING)
    here.merge(json.loads(json.dumps(there.portable())))
    assert (here.exit_status(), here.level, here.listeners) == (1, "L3", [{"name": "0"}])
    assert here.findings == [FINDING]
