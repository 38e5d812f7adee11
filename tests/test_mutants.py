"""`waxseal mutants`: a small sample end to end, and the exit statuses."""

from __future__ import annotations

import shutil

import pytest

NGINX = pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
ONE = ("-k", "imap-depth-1: ssl_verify_depth")


@pytest.mark.parametrize("product", [pytest.param("nginx", marks=NGINX), "reference"])
def test_changes_are_noticed(commands, product):
    done = commands.waxseal("mutants", "--launch", product, *ONE, "--report", "report.json")
    assert (done.status, done.out.count("SURVIVED")) == (0, 0), done.out
    report = commands.report()
    names = {"imap-depth-1: ssl_verify_depth 0", "imap-depth-1: ssl_verify_depth 2"}
    noticed = {m["name"]: m["killers"] for m in report["mutants"] if m["fate"] == "killed"}
    assert names <= set(noticed)
    assert "ssl_verify_depth.deepest_accepted" in noticed["imap-depth-1: ssl_verify_depth 0"]
    assert "mutants tried" in done.err


def test_a_fault_is_noticed_by_the_requirement_of_its_clause(commands):
    done = commands.waxseal(
        "mutants", "-k", "fault pop3-keeps-plaintext", "--report", "report.json"
    )
    assert done.status == 0, done.out
    [fault] = commands.report()["mutants"]
    assert (fault["fate"], fault["clauses"]) == ("killed", ["starttls"])
    assert "starttls.injection_same_segment" in fault["killers"]


def test_a_sample_is_the_same_for_the_same_seed(commands):
    words = ("mutants", "--list", "-k", "imap-crl", "--sample", "5", "--seed", "3")
    first, second = (commands.waxseal(*words) for _ in range(2))
    assert first.out == second.out
    assert len(first.out.splitlines()) == 5


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--report", "x.pdf"), 4, "--report x.pdf"),
        (("--launch", "sendmail"), 4, "--launch sendmail"),
        (("-k", "nothing is so named"), 4, "-k"),
        (("--faults-only", "--configuration-only"), 4, "not allowed with"),
        (("--sample", "many"), 4, "--sample"),
    ],
)
def test_usage(commands, words, status, said):
    done = commands.waxseal("mutants", *words)
    assert (done.status, len(done.err.splitlines())) == (status, 1)
    assert said in done.err


def test_target_that_is_not_there(commands):
    done = commands.waxseal("mutants", "--launch", "nginx", WAXSEAL_NGINX="/nonexistent")
    assert done.status == 7
    assert "no such program" in done.err


def test_help_says_what_comes_of_it(commands):
    done = commands.waxseal("mutants", "--help")
    assert done.status == 0
    assert "exit status: 0" in done.out
