import sys
import threading

import pytest

from conformance.ahead import Ahead, Errand
from conformance.verdict import Judgement, Verdict, conclude


def errand(scenario, **arguments):
    return Errand(scenario, arguments, [])


def passing(word):
    conclude(Judgement(Verdict.PASS, word, word))


@pytest.fixture
def ahead():
    started = []

    def start(*errands):
        started.append(Ahead(errands))
        return started[-1]

    yield start
    for each in started:
        each.stop()


def test_each_outcome_is_its_own(ahead):
    runs = ahead(*((str(n), errand(passing, word=str(n))) for n in range(40)))
    outcomes = [runs.outcome(str(n)) for n in range(40)]
    assert [x.judgements[0].expected for x in outcomes] == [str(n) for n in range(40)]


def test_what_a_scenario_raises_is_part_of_its_outcome(ahead):
    outcome = ahead(("a", errand(lambda: 1 // 0))).outcome("a")
    assert isinstance(outcome.error, ZeroDivisionError)


def test_waits_overlap(ahead):
    together = threading.Barrier(2)
    runs = ahead(("a", errand(together.wait, timeout=5)), ("b", errand(together.wait, timeout=5)))
    assert [runs.outcome(key).error for key in "ab"] == [None, None]


def test_tests_that_are_left_out_do_not_hold_up_the_others(ahead):
    runs = ahead(*((str(n), errand(passing, word=str(n))) for n in range(60)))
    assert runs.outcome("59").judgements[0].expected == "59"


def test_an_unknown_test_has_not_run_ahead(ahead):
    assert ahead(("a", errand(passing, word="a"))).outcome("b") is None


def test_the_interpreter_is_left_as_it_was(ahead):
    before = sys.getswitchinterval()
    runs = ahead()
    assert sys.getswitchinterval() < before
    runs.stop()
    assert sys.getswitchinterval() == before
