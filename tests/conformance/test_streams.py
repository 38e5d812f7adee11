"""What the fuzzer's findings amount to."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from conformance.applicability import Evidence, Situation
from conformance.cast import Cast
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.judge import Judged
from conformance.listener import Listener
from conformance.streams import (
    EXAMPLES,
    NO_LOGIN,
    OF_A_LOGIN,
    OF_AN_UPGRADE,
    Outcome,
    budget,
    requirements,
    where_said,
)
from conformance.verdict import Judgement, NoVerdict, Verdict
from fuzz.oracles import requirements_at

ENDPOINT = Endpoint("127.0.0.1", 143, Protocol.IMAP, Way.STARTTLS)
SITUATION = Situation(Listener("one", ENDPOINT), Cast(), Evidence.L1, can_login=False)
IDS = tuple(requirement.id for requirement in requirements())


@dataclass(frozen=True)
class Found:
    """A finding as the plugin sees one."""

    requirement: str
    steady: bool = True
    evidence: str = "it said yes"
    rate: str = "5/5"
    note: str = ""
    stream: str = "STARTTLS\n"

    @property
    def oracle(self) -> object:
        return SimpleNamespace(name="yes_or_no")

    def save(self, directory: Path) -> Path:
        return directory / "one two"


def verdicts(outcome, error=None):
    return {check.requirement: check.verdict for check in outcome.checks(SITUATION, error)}


def test_what_no_stream_broke_passes():
    assert set(verdicts(Outcome(IDS)).values()) == {Verdict.PASS}


def test_a_steady_finding_fails_and_a_rare_one_stays_open():
    first, second, *rest = IDS
    found = [Found(first), replace(Found(second), steady=False)]
    seen = verdicts(Outcome(IDS, found))
    assert (seen[first], seen[second]) == (Verdict.FAIL, Verdict.INCONCLUSIVE)
    assert {seen[other] for other in rest} == {Verdict.PASS}


def test_where_tls_comes_first_nothing_before_it_is_judged():
    endpoint = replace(ENDPOINT, way=Way.IMPLICIT)
    inside = replace(SITUATION, listener=Listener("one", endpoint))
    judged = requirements_at(Way.IMPLICIT)
    checks = {c.requirement: c.verdict for c in Outcome(judged).checks(inside, None)}
    assert {name for name, x in checks.items() if x is Verdict.NOT_APPLICABLE} == OF_AN_UPGRADE
    assert {*judged, *OF_AN_UPGRADE} == set(IDS) == set(requirements_at(Way.STARTTLS))


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({}, ""),
        ({"ssl_protocols": ("TLSv1", "TLSv1.2")}, ""),
        ({"ssl_protocols": ("TLSv1",), "ssl_ciphers": ("ALL:@SECLEVEL=0",)}, "TLSv1.2 or TLSv1.3"),
        ({"ssl_verify_client": ("on",)}, "certificate"),
    ],
)
def test_where_streams_are_said(claims, why):
    there = replace(SITUATION, listener=Listener("one", ENDPOINT, claims))
    said, left_out = where_said([there], asked=True, remote=True)
    assert said == ([] if why else [there])
    assert all(why in reason for _, reason in left_out)


OPEN = NoVerdict(Judgement(Verdict.INCONCLUSIVE, "an answer", "none"))


@pytest.mark.parametrize(
    ("error", "verdict"), [(OPEN, Verdict.INCONCLUSIVE), (RuntimeError("ours"), Verdict.ERROR)]
)
def test_what_could_not_be_tried_is_open_unless_it_is_our_fault(error, verdict):
    outcome = Outcome()
    assert verdicts(outcome, error) == dict.fromkeys(IDS, verdict)
    assert Judged(tuple(outcome.checks(SITUATION, error))).worst.verdict is verdict


@pytest.mark.parametrize("launched", [True, False])
def test_how_to_show_it_again_fits_what_is_left_of_the_target(launched):
    (finding,) = Outcome(IDS, [Found(IDS[0])]).findings("one", launched)
    assert finding.reproducer.startswith(f"python3 'waxseal-findings{os.sep}one two")
    assert ("HOST PORT" in finding.reproducer) is launched


def test_time_alone_lifts_the_limit_on_streams():
    assert budget(5, None, 1)[0] == 5
    assert budget(None, 7.0, 1)[0] > 10**6


def test_who_asks_for_no_seconds_is_not_held_to_the_clock():
    assert budget(None, None, 1) == (EXAMPLES, None, 1)
    assert budget(10**6, None, 1)[1] is None


def test_a_campaign_that_was_cut_short_leaves_open_what_it_did_not_find():
    seen = verdicts(Outcome(IDS, [Found(IDS[0])]), OPEN)
    assert seen == dict.fromkeys(IDS, Verdict.INCONCLUSIVE) | {IDS[0]: Verdict.FAIL}


def test_a_login_that_nobody_knows_is_excused_where_something_was_found():
    judged = requirements_at(Way.STARTTLS, let_in=False)
    seen = verdicts(Outcome(judged, [Found(IDS[0])]), AssertionError("found"))
    assert {name for name, x in seen.items() if x is Verdict.NOT_APPLICABLE} == OF_A_LOGIN


def test_of_a_should_a_finding_is_a_warning():
    seen = verdicts(Outcome(IDS, [Found("stream.errors_bounded")]), OPEN)
    assert seen["stream.errors_bounded"] is Verdict.WARN


def test_the_steady_finding_is_the_one_that_is_shown():
    rare = replace(Found(IDS[0]), steady=False, rate="0/5", evidence="")
    check, *_ = Outcome(IDS[:1], [rare, Found(IDS[0])]).checks(SITUATION, None)
    assert (check.verdict, check.observed[-5:]) == (Verdict.FAIL, " 5/5)")
    check, *_ = Outcome(IDS[:1], [rare]).checks(SITUATION, None)
    assert check.observed == "shown once (seen 0/5)"


def test_a_search_for_smaller_streams_that_stopped_early_shows():
    check, *_ = Outcome(IDS[:1], [Found(IDS[0], note="not the smallest")]).checks(SITUATION, None)
    assert check.observed.endswith("(seen 5/5); not the smallest")


def test_who_knows_no_login_has_proved_nothing_behind_one():
    judged = requirements_at(Way.STARTTLS, let_in=False)
    checks = Outcome(judged).checks(SITUATION, None)
    left_out = {c.requirement: c.reason for c in checks if c.verdict is Verdict.NOT_APPLICABLE}
    assert left_out == dict.fromkeys(OF_A_LOGIN, NO_LOGIN)
    assert {c.requirement for c in checks} == set(IDS)
