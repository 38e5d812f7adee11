"""What becomes of a scenario, by how it ended."""

import pytest

from conformance.applicability import Evidence, Situation
from conformance.cast import Cast
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.judge import check_of
from conformance.listener import Listener
from conformance.requirements.catalogue import Level, catalogue
from conformance.verdict import Deviation, Judgement, NotApplicable, NoVerdict, Verdict

ENDPOINT = Endpoint("127.0.0.1", 143, Protocol.IMAP, Way.STARTTLS)
SITUATION = Situation(Listener("one", ENDPOINT), Cast(), Evidence.L1, can_login=False)
MUST = next(r for r in catalogue().values() if r.level is Level.MUST)
SHOULD = next(r for r in catalogue().values() if r.level is Level.SHOULD)


def judgement(verdict):
    return Judgement(verdict, "what was expected", "what was observed")


FAILED, OPEN, PASSED = (judgement(v) for v in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS))
CASES = [
    (MUST, [], Deviation(FAILED), Verdict.FAIL),
    (SHOULD, [], Deviation(FAILED), Verdict.WARN),
    (MUST, [PASSED], NoVerdict(OPEN), Verdict.INCONCLUSIVE),
    (MUST, [PASSED], None, Verdict.PASS),
    (MUST, [], None, Verdict.ERROR),
    (MUST, [PASSED], NotApplicable("no such key"), Verdict.NOT_APPLICABLE),
    (MUST, [PASSED], RuntimeError("our own"), Verdict.ERROR),
]


@pytest.mark.parametrize(("requirement", "judgements", "error", "verdict"), CASES)
def test_how_a_scenario_ended_is_its_verdict(requirement, judgements, error, verdict):
    check = check_of(requirement, SITUATION, judgements, error, ())
    assert check.verdict is verdict
    assert (check.requirement, check.listener) == (requirement.id, "one")
    judged = verdict not in (Verdict.ERROR, Verdict.NOT_APPLICABLE)
    assert (check.expected, bool(check.reason)) == ("what was expected" * judged, not judged)
