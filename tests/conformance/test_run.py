from datetime import date
from types import SimpleNamespace

import pytest

from conformance.applicability import Evidence, Situation
from conformance.baseline import Baseline, Known
from conformance.cast import Cast
from conformance.harness.mail.words import Kind, Reply
from conformance.listener import Listener
from conformance.report.results import Results
from conformance.run import STEADY, Run, _greeting
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


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (b"* OK [CAPABILITY IMAP4rev1 STARTTLS] host Cyrus IMAP ready", "host Cyrus IMAP ready"),
        (b"+OK host Cyrus POP3 ready <1234.5678@host>", "host Cyrus POP3 ready"),
        (b"220 mail.example.org ESMTP Exim", "mail.example.org ESMTP Exim"),
        (b"220-mail.example.org ESMTP", "mail.example.org ESMTP"),
        (b"\x1b[31mhello", "\\x1b[31mhello"),
    ],
)
def test_who_greets_is_called_what_the_greeting_says_of_him(lines, told):
    greeting = Reply(Kind.POSITIVE, (lines,))
    suite = SimpleNamespace(greeted={"x": SimpleNamespace(greeting=greeting)})
    assert _greeting(suite) == told
