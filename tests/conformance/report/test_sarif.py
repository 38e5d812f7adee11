import json
from pathlib import Path

import pytest

from conformance.report.results import Finding
from conformance.report.sarif import sarif
from conformance.verdict import Verdict
from tests.conformance.report.reports import check, report

ROOT = Path(__file__).resolve().parents[3]
FOUND = Finding("no_plaintext", "starttls.injection", "imap", "# NOOP", "python3 repro.py")
F, W, K = Verdict.FAIL, Verdict.WARN, Verdict.KNOWN


def run_of(*checks, **fields):
    text = json.loads(sarif(report(*checks, **fields)))
    assert text["version"] == "2.1.0"
    (run,) = text["runs"]
    return run


@pytest.mark.parametrize(("verdict", "level"), [(F, "error"), (W, "warning"), (K, "note")])
def test_a_deviation_is_a_result_of_its_rule(verdict, level):
    run = run_of(check(Verdict.PASS, "rfc.noop"), check(verdict, observed="let in"))
    (result,) = run["results"]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert (result["ruleId"], result["level"]) == (rule["id"], level) == ("ssl_crl.revoked", level)
    assert "on imap" in result["message"]["text"]
    assert "let in" in result["message"]["text"]
    assert ("suppressions" in result) == (verdict is K)


def test_the_location_is_the_requirements_page():
    (result,) = run_of(check(F))["results"]
    (location,) = result["locations"]
    place = location["physicalLocation"]
    lines = (ROOT / place["artifactLocation"]["uri"]).read_text().splitlines()
    assert lines[place["region"]["startLine"] - 1] == '["ssl_crl.revoked"]'
    assert location["logicalLocations"] == [{"name": "imap", "kind": "resource"}]


def test_a_rule_tells_what_the_catalogue_does():
    (rule,) = run_of(check())["tool"]["driver"]["rules"]
    assert rule["shortDescription"]["text"].startswith("A client whose certificate is in the CRL")
    assert "Specifies a file with revoked certificates" in rule["help"]["text"]
    assert rule["defaultConfiguration"] == {"level": "error"}


def test_tags_are_told_once():
    rules = run_of(check(requirement="security.steady"))["tool"]["driver"]["rules"]
    tags = rules[0]["properties"]["tags"]
    assert len(tags) == len(set(tags)) == 3


def test_fingerprints_tell_listeners_apart_and_last():
    checks = [check(F), check(F, listener="pop3")]
    marks = [r["partialFingerprints"] for r in run_of(*checks)["results"]]
    assert marks[0] != marks[1]
    assert run_of(check(F, observed="otherwise"))["results"][0]["partialFingerprints"] == marks[0]


def test_a_find_is_a_result():
    (result,) = run_of(findings=(FOUND,), exit_status=1)["results"]
    assert (result["ruleId"], result["level"]) == ("starttls.injection", "error")
    assert result["properties"]["stream"] == ["# NOOP"]


@pytest.mark.parametrize(("verdict", "level"), [(W, "warning"), (K, "note")])
def test_a_find_is_no_worse_than_its_requirement(verdict, level):
    results = run_of(check(verdict, FOUND.requirement), findings=(FOUND,))["results"]
    assert [result["level"] for result in results] == [level, level]


def test_what_stayed_open_is_told_of_the_invocation():
    run = run_of(check(Verdict.INCONCLUSIVE, reason="silent"), exit_status=7, why="silence")
    (invocation,) = run["invocations"]
    texts = [x["message"]["text"] for x in invocation["toolExecutionNotifications"]]
    assert run["results"] == []
    assert texts == ["silence", "inconclusive: ssl_crl.revoked on imap: silent"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 7)


def test_a_requirement_that_this_catalogue_lacks_is_a_rule_without_words():
    run = run_of(check(F, "gone.away"))
    assert run["tool"]["driver"]["rules"] == [
        {"id": "gone.away", "shortDescription": {"text": "gone.away"}}
    ]
    assert "region" not in run["results"][0]["locations"][0]["physicalLocation"]
