from datetime import date
from types import SimpleNamespace

from conformance.applicability import Evidence, Situation
from conformance.baseline import Baseline, Known
from conformance.cast import Cast
from conformance.listener import Listener
from conformance.report.results import Results
from conformance.run import STEADY, Run
from conformance.verdict import Verdict
from tests.conformance.observations import CLOSING, endpoint, served

HERE = Situation(Listener("x", endpoint()), Cast(), Evidence.L3, True)


def judged(baseline):
    """What becomes of a listener that receives nobody any more at the end of a run."""
    run = Run.__new__(Run)
    run.results, run.baseline, run.twin, run.situations = Results(), baseline, None, [HERE]
    greeted = {"greeted": {"x": served()}, "greet_again": lambda: {"x": CLOSING}}
    run.suite = SimpleNamespace(running=None, **greeted)
    run.finish()
    [check] = run.results.checks
    return check.requirement, check.verdict


def test_a_target_that_tires_is_found_out():
    assert judged(Baseline()) == (STEADY, Verdict.FAIL)


def test_what_only_the_end_of_a_run_shows_can_be_known_too():
    known = Known(STEADY, "it tires", None)
    assert judged(Baseline((known,), date(2027, 6, 1))) == (STEADY, Verdict.KNOWN)
