"""Every stream that was ever worth keeping, at each listener that the fuzzer gets."""

from __future__ import annotations

from typing import Any

from .account import account_of
from .campaign import replay
from .corpus import corpus
from .judge import Judge
from .oracles import requirements_at
from .test_streams import report


def test_the_corpus_breaks_no_invariant(
    stream_listener: Any,
    stream_login: Any,
    stream_excuses: Any,
    record_judged: Any,
    record_finding: Any,
) -> None:
    """What was wrong somewhere once is right here."""
    endpoint = stream_listener.endpoint
    streams = list(corpus(endpoint.protocol).values())
    account = account_of(stream_login)
    judges: list[Judge] = []
    how = {"listener": stream_listener.name, "account": account, "excuses": stream_excuses}
    found = list(replay(endpoint, streams, judged_by=judges.append, **how))
    record_judged(requirements_at(stream_listener.way, judges[0].let_in))
    report(found, record_finding)
