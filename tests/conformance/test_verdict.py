import pytest

from conformance.verdict import Deviation, Judgement, NoVerdict, Verdict, begin, conclude


def judgement(verdict):
    return Judgement(verdict, "rain", "sunshine")


def test_a_pass_is_silent_and_kept():
    judgements = begin()
    conclude(judgement(Verdict.PASS))
    assert judgements == [judgement(Verdict.PASS)]


@pytest.mark.parametrize(
    ("verdict", "kind"), [(Verdict.FAIL, Deviation), (Verdict.INCONCLUSIVE, NoVerdict)]
)
def test_anything_else_ends_the_scenario(verdict, kind):
    judgements = begin()
    with pytest.raises(kind, match="expected rain; observed sunshine") as raised:
        conclude(judgement(verdict))
    assert [raised.value.judgement] == judgements == [judgement(verdict)]


def test_every_scenario_begins_afresh():
    first = begin()
    conclude(judgement(Verdict.PASS))
    assert begin() == []
    assert len(first) == 1
