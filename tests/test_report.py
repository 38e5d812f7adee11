"""What one run over the six listeners of an operator says, on the terminal and in its report."""

import pytest

from conformance.requirements.catalogue import catalogue

QUICK = ("--fuzz-examples", "10", "--fuzz-seconds", "0.3")


@pytest.fixture(scope="module")
def all_of_the_shop(commands, shop):
    """One run over the six listeners, by the operator's own file and nothing else."""
    words = (shop.host, "--claims", str(shop.conf), "--report", "shop.json", *QUICK)
    return commands.certify(*words), commands.report("shop.json")


def test_a_real_nginx_keeps_its_own_claims(all_of_the_shop):
    done, report = all_of_the_shop
    assert done.status == 0, done.out + done.err
    assert report["exit_status"] == 0
    assert report["verdict"] == "conformant"
    assert {x["name"] for x in report["listeners"]} == {
        "imap",
        "imaps",
        "pop3",
        "pop3s",
        "smtp",
        "smtps",
    }


def test_without_certificates_what_needs_one_is_not_applicable(all_of_the_shop):
    _, report = all_of_the_shop
    reasons = {c["reason"] for c in report["checks"] if c["requirement"] == "ssl_crl.revoked"}
    assert any("--client-cert" in reason for reason in reasons)


def test_every_requirement_has_one_verdict_on_every_listener(all_of_the_shop):
    _, report = all_of_the_shop
    pairs = [(c["requirement"], c["listener"]) for c in report["checks"]]
    names = [x["name"] for x in report["listeners"]]
    assert sorted(pairs) == sorted((r, name) for r in catalogue() for name in names)
    assert report["summary"]["checks"] == len(pairs)


FIELDS = {
    "schema": str, "suite": dict, "target": dict, "level": str, "verdict": str, "exit_status": int,
    "summary": dict, "listeners": list, "checks": list, "findings": list,
}  # fmt: skip
CHECK = {
    "requirement": str, "directive": str, "level": str, "basis": str, "listener": str,
    "verdict": str, "reason": str, "expected": str, "observed": str, "transcript": list,
    "reproduce": str, "seconds": float,
}  # fmt: skip
LISTENER = {"name": str, "address": str, "protocol": str, "tls": str, "claims": dict}
COUNTS = [
    "requirements",
    "checks",
    "pass",
    "warn",
    "fail",
    "inconclusive",
    "not_applicable",
    "error",
    "known",
]


def has(row, fields):
    return all(isinstance(row.get(name), kind) for name, kind in fields.items())


def test_the_report_is_what_the_interface_says(all_of_the_shop):
    _, report = all_of_the_shop
    assert report["schema"] == "waxseal-report/1"
    assert has(report, FIELDS)
    assert all(has(check, CHECK) for check in report["checks"])
    assert all(has(listener, LISTENER) for listener in report["listeners"])
    assert {"version", "catalogue", "seed"} <= set(report["suite"])
    assert {"address", "launched", "software"} <= set(report["target"])
    assert all(isinstance(report["summary"][name], int) for name in COUNTS)
    verdicts = [check["verdict"] for check in report["checks"]]
    assert all(report["summary"][v] == verdicts.count(v) for v in set(verdicts))


def test_the_scorecard_fits_a_terminal(all_of_the_shop):
    done, _ = all_of_the_shop
    lines = [x for x in done.out.splitlines() if "reproduce" not in x and " clear " not in x]
    assert max(map(len, lines)) <= 100
