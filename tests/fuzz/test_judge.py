"""What a listener is measured by, before any stream is judged."""

from conformance.harness.patience import FLOOR_SECONDS, Patience
from fuzz.judge import Judge
from fuzz.pace import HURRIED
from fuzz.stream import parse
from fuzz.trace import Upgrade

ERROR_FIRST = parse("imap\n# XXXX\\r\\n\n# STARTTLS\\r\\n\n")


def test_who_keeps_errors_back_is_not_called_silent(toy):
    judge = Judge(toy("imap", "keeps errors back").endpoint, Patience())
    trace, seen = judge.violations(ERROR_FIRST, HURRIED)
    assert judge.control.deliberate
    assert (trace.upgrade, trace.doubtful, seen) == (Upgrade.DONE, False, [])


def test_who_answers_at_once_is_no_deliberate_one(toy):
    assert not Judge(toy("imap").endpoint, Patience()).control.deliberate


def test_a_late_answer_is_waited_for_before_anything_is_compared_with_it(toy):
    assert not Judge(toy("imap", "slow capabilities").endpoint, Patience()).control.doubtful


def test_an_end_that_does_not_come_is_no_measure_of_patience(toy):
    judge = Judge(toy("pop3", "never closes").endpoint, Patience(answer=0.5))
    assert judge.patience.answer == FLOOR_SECONDS
