"""From reports to the page."""

import argparse
import json

import pytest

from conformance.scoreboard.board import BoardError, Confirmed, Entry, entry_of, read_confirmed
from conformance.scoreboard.command import run
from conformance.scoreboard.markdown import markdown


def check(requirement, verdict, listener="one", **rest):
    directive = requirement.partition(".")[0]
    plain = {"level": "MUST", "reason": "", "observed": "", "directive": directive}
    return {**plain, "requirement": requirement, "verdict": verdict, "listener": listener, **rest}


REPORT = {
    "target": {"software": "x/1"},
    "verdict": "not-conformant",
    "listeners": [
        {"name": "one", "instead": {"ssl_verify_depth": ["100"]}},
        {"name": "two", "declined": "declined: ssl_crl: no CRLs"},
    ],
    "checks": [
        check("starttls.injection", "fail", observed="it *ran* <b>"),
        check("starttls.offered", "pass"),
        check("ssl_crl.revoked", "not_applicable", "one", reason="one, which is like it, stands"),
        check("ssl_crl.revoked", "not_applicable", "two", reason="declined: ssl_crl: no CRLs"),
    ],
}


def page(entry, confirmed=None):
    return markdown([entry], confirmed or {}, {"starttls.injection": "Nothing is injected."})


def test_a_finding_is_shown_with_its_listeners_and_escaped():
    text = page(entry_of("x", REPORT))
    assert "**x**, starttls.injection (MUST): Nothing is injected." in text
    assert "Seen on one: it \\*ran\\* \\<b\\>." in text
    assert "Not confirmed by hand yet." in text


def test_a_confirmed_finding_names_its_clause():
    hand = {("x", "starttls.injection"): Confirmed("RFC 3207", "a socket did.")}
    text = page(entry_of("x", REPORT), hand)
    assert "It breaks RFC 3207. By hand: a socket did." in text
    assert "Not confirmed" not in text


def test_each_cell_says_what_is_not_right():
    text = page(entry_of("x", REPORT))
    assert "| starttls | **1 of 2 FAIL** |" in text
    assert "| ssl\\_crl | n/a |" in text


def test_what_was_declined_and_what_is_claimed_instead_is_listed():
    text = page(entry_of("x", REPORT))
    assert "- 1 listeners declined: ssl\\_crl: no CRLs" in text
    assert "- 1 listeners claim ssl\\_verify\\_depth 100 instead" in text


def test_a_reason_is_the_same_whoever_is_named_in_it():
    assert "| ssl\\_crl | 1 | another listener, which is like it, stands |" in page(
        entry_of("x", REPORT)
    )


def test_who_is_not_here_is_skipped_with_the_reason():
    assert "skipped: hitch is not installed" in page(
        Entry("hitch", skipped="hitch is not installed")
    )


@pytest.mark.parametrize("report", [{}, {"listeners": []}, {**REPORT, "checks": [{}]}])
def test_another_file_is_none_of_our_reports(report):
    with pytest.raises(BoardError, match="the report on x"):
        entry_of("x", report)


def test_the_confirmations_of_the_fixture_are_of_known_requirements():
    from conformance.harness.fixtures import fixture
    from conformance.requirements.catalogue import catalogue

    found = read_confirmed(fixture("confirmed.toml"))
    assert found
    assert {requirement for _, requirement in found} <= set(catalogue())


@pytest.fixture
def command(tmp_path):
    def call(*products):
        return run(argparse.Namespace(directory=tmp_path, product=products or None, output=None))

    return call


def test_a_report_that_is_there_is_taken(command, tmp_path, capsys):
    (tmp_path / "hitch.json").write_text(json.dumps(REPORT))
    assert command("hitch") == 1
    assert "starttls.injection" in (tmp_path / "scoreboard.md").read_text()
    assert capsys.readouterr().out.strip() == str(tmp_path / "scoreboard.md")


def test_without_any_product_there_is_no_verdict(command, tmp_path, monkeypatch):
    monkeypatch.setenv("WAXSEAL_HITCH", "/nonexistent/hitch")
    assert command("hitch") == 7
    assert "apt install hitch" in (tmp_path / "scoreboard.md").read_text()


def test_an_unknown_product_is_a_usage_error(command, capsys):
    assert command("sendmail") == 4
    assert "sendmail" in capsys.readouterr().err
