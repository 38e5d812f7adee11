"""The fuzzer in a run of the suite: one short campaign at each kind of listener with TLS."""

from __future__ import annotations

from typing import Any

from .campaign import CutShort, campaign
from .finding import Finding
from .oracles import requirements_at


def test_no_stream_breaks_an_invariant(
    stream_listener: Any, fuzz_budget: Any, record_judged: Any, record_finding: Any
) -> None:
    """Whatever one client says, the invariants of `oracles` hold."""
    examples, seconds, seed = fuzz_budget
    name = stream_listener.name
    try:
        found = campaign(stream_listener.endpoint, examples, seconds, seed, listener=name)
    except CutShort as cut:
        record_judged(requirements_at(stream_listener.way))
        report(cut.found, record_finding)
        raise
    record_judged(requirements_at(stream_listener.way))
    report(found, record_finding)


def report(found: list[Finding], record_finding: Any) -> None:
    """Record every finding, and fail for the steady ones."""
    for finding in found:
        record_finding(finding)
    steady = [str(finding) for finding in found if finding.steady]
    assert not steady, "\n".join(steady)
