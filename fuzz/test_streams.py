"""The fuzzer in a run of the suite: one short campaign at each kind of listener with TLS."""

from __future__ import annotations

from typing import Any

from .account import account_of
from .campaign import CutShort, campaign
from .finding import Finding
from .judge import Judge
from .oracles import requirements_at


def test_no_stream_breaks_an_invariant(
    stream_listener: Any,
    stream_login: Any,
    stream_excuses: Any,
    fuzz_budget: Any,
    record_judged: Any,
    record_finding: Any,
) -> None:
    """Whatever one client says, the invariants of `oracles` hold."""
    examples, seconds, seed = fuzz_budget
    name, endpoint = stream_listener.name, stream_listener.endpoint
    how = {"listener": name, "account": account_of(stream_login), "excuses": stream_excuses}
    judges: list[Judge] = []

    def judged() -> None:
        let_in = any(judge.let_in for judge in judges)
        record_judged(requirements_at(stream_listener.way, let_in))

    try:
        found = campaign(endpoint, examples, seconds, seed, judged_by=judges.append, **how)
    except CutShort as cut:
        judged()
        report(cut.found, record_finding)
        raise
    judged()
    report(found, record_finding)


def report(found: list[Finding], record_finding: Any) -> None:
    """Record every finding, and fail for the steady ones of which no baseline knows."""
    for finding in found:
        record_finding(finding)
    steady = [str(finding) for finding in found if finding.steady and not finding.known]
    assert not steady, "\n".join(steady)
