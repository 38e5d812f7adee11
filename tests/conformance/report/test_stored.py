import json

import pytest

from conformance.report.ending import data_of, report_of
from conformance.report.files import ReportError
from conformance.report.results import Check, Finding, Results
from conformance.report.stored import parse, read_report
from conformance.report.write import as_json
from conformance.verdict import Verdict

LISTENER = {
    "name": "x",
    "address": "a:1",
    "protocol": "imap",
    "tls": "none",
    "claims": {"ssl": ["on"]},
}
SAID = (("server", "clear", "hello"),)


def results(verdict=Verdict.PASS, **fields):
    made = Results(about_suite={"catalogue": "c"}, about_target={"address": "a:1"}, **fields)
    made.listeners = [LISTENER]
    made.add(Check("a.b", "a", "MUST", "stated", "x", verdict, observed="o", transcript=SAID))
    return made


def stored(made, status):
    return json.loads(as_json(data_of(made, report_of(made, exit_status=status))))


@pytest.mark.parametrize("status", [0, 1, 2, 3, 7])
@pytest.mark.parametrize("interrupted", [False, True])
def test_what_is_stored_is_read_again(status, interrupted):
    made = results(interrupted=interrupted, deselected=2, baseline_problems=["x"], level_note="n")
    made.find(Finding("oracle", "a.b", "x", "stream", "repro"))
    assert parse(stored(made, status)) == report_of(made, exit_status=status)


def test_a_twin_s_part_is_read_again():
    made = results()
    made.against = results(Verdict.FAIL)
    again = parse(stored(made, 0))
    assert again == report_of(made, exit_status=0)
    (difference,) = again.against.differences
    assert (difference.change, difference.old.transcript) == ("newly passing", SAID)


def test_fields_of_later_versions_are_passed_over():
    data = stored(results(), 0)
    data["more"] = data["checks"][0]["more"] = {"any": "thing"}
    assert parse(data) == report_of(results(), exit_status=0)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "schema"),
        ('{"schema": "waxseal-report/2"}', "waxseal-report/2"),
        ('{"schema": "waxseal-report/1"}', "'checks' is missing"),
        ('{"schema": "waxseal-report/1", "checks": 3}', "malformed"),
        ('{"schema": "waxseal-report/1", "checks": [{"verdict": "odd"}]}', "REPORT.json"),
    ],
)
def test_what_is_no_report_is_named(tmp_path, text, why):
    path = tmp_path / "REPORT.json"
    path.write_text(text)
    with pytest.raises(ReportError, match=why):
        read_report(path)


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(ReportError, match=r"none\.json: No such file"):
        read_report(tmp_path / "none.json")
