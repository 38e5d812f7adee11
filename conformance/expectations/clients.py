"""Third-party eyes: a client that is not ours gets through."""

from __future__ import annotations

from conformance.harness.clients import Errand, Success
from conformance.harness.transcript import escaped
from conformance.verdict import Judgement, Verdict, conclude

_VERDICTS = {
    Success.DONE: Verdict.PASS,
    Success.FAILED: Verdict.FAIL,
    Success.NOBODY: Verdict.INCONCLUSIVE,
}


def client_succeeds(errand: Errand) -> None:
    """The client did its errand; what it came back with is what was observed.

    INCONCLUSIVE when nobody took its connection.
    """
    expected = f"{errand.client} logs in and does its errand at {errand.endpoint}"
    observed = escaped(errand.said.encode("utf-8", "replace"))
    conclude(Judgement(_VERDICTS[errand.success], expected, observed))
