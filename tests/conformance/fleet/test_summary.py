"""What many runs come to."""

import json

import pytest

from conformance.fleet.member import Member
from conformance.fleet.running import Ended
from conformance.fleet.summary import merged, status_of, summary
from conformance.verdict import Verdict


@pytest.fixture
def ended(tmp_path):
    """A run on `host` that ended so, with these verdicts of requirements on a listener `imap`."""

    def ended(host, status, **verdicts):
        path = tmp_path / f"{host}.json"
        if verdicts:
            checks = [
                {"requirement": name, "listener": "imap", "verdict": verdict}
                for name, verdict in verdicts.items()
            ]
            counts = {"checks": len(checks), "fail": list(verdicts.values()).count("fail")}
            report = {
                "schema": "waxseal-report/1", "suite": {"version": "1"}, "level": "L1",
                "verdict": "conformant", "summary": {"requirements": len(checks), **counts},
                "listeners": [{"name": "imap"}], "checks": checks, "findings": [],
                "baseline_problems": [],
            }  # fmt: skip
            path.write_text(json.dumps(report))
        member = Member(host, (f"imap://{host}:143",))
        return Ended(member, status, "first\nno verdict: \x1b[31mgone\n", path, 1.0)

    return ended


@pytest.mark.parametrize(
    ("statuses", "worst"),
    [([0, 0], 0), ([0, 7], 7), ([7, 4], 4), ([4, 3], 3), ([3, 1, 7], 1), ([2, 1], 2), ([-9], 3)],
)
def test_the_worst_status_is_that_of_all(ended, statuses, worst):
    assert status_of([ended(str(n), status) for n, status in enumerate(statuses)]) == worst


def test_an_interrupted_run_says_so_whoever_was_judged(ended):
    assert status_of([ended("a", 0)], interrupted=True) == 2


def test_each_target_has_a_row_and_each_deviation_its_targets(ended):
    runs = [ended("a", 1, x="fail", y="pass"), ended("b", 1, x="fail"), ended("c", 7)]
    lines = list(summary(runs, left=2))
    assert [line.split()[0] for line in lines[1:4]] == [f"imap://{h}:143" for h in "abc"]
    assert "NOT CONFORMANT  x  on 2 targets: imap://a:143, imap://b:143" in lines
    assert r"imap://c:143: no verdict: \x1b[31mgone" in lines
    assert "2 targets were not judged: the run was interrupted" in lines
    assert lines[-1] == "3 targets: 2 NOT CONFORMANT, 1 no verdict"


def test_one_report_over_all_accounts_for_each(ended):
    runs = [ended("a", 0, x="pass", y="pass"), ended("b", 1, x="fail"), ended("c", 7)]
    report = merged(runs, 1)
    assert [x["name"] for x in report["listeners"]] == ["a/imap", "b/imap"]
    assert [(c["listener"], c["requirement"]) for c in report["checks"]] == [
        ("a/imap", "x"), ("a/imap", "y"), ("b/imap", "x"),
    ]  # fmt: skip
    none = dict.fromkeys((*Verdict, "deselected"), 0)
    assert report["summary"] == {**none, "requirements": 2, "checks": 3, "fail": 1}
    assert [x["exit_status"] for x in report["targets"]] == [0, 1, 7]
    assert (report["verdict"], report["exit_status"]) == ("not-conformant", 1)
