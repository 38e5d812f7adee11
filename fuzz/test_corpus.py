"""Every stream that was ever worth keeping, at each listener that the fuzzer gets."""

from __future__ import annotations

from typing import Any

from .campaign import replay
from .corpus import corpus
from .oracles import requirements_at
from .test_streams import report


def test_the_corpus_breaks_no_invariant(
    stream_listener: Any, record_judged: Any, record_finding: Any
) -> None:
    """What was wrong somewhere once is right here."""
    endpoint = stream_listener.endpoint
    streams = list(corpus(endpoint.protocol).values())
    found = list(replay(endpoint, streams, listener=stream_listener.name))
    record_judged(requirements_at(stream_listener.way))
    report(found, record_finding)
