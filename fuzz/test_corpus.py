"""Every stream that was ever worth keeping, at each listener of its protocol."""

from __future__ import annotations

from typing import Any

import pytest

from .campaign import Unfit, replay
from .corpus import corpus
from .test_streams import report


def test_the_corpus_breaks_no_invariant(stream_listener: Any, record_finding: Any) -> None:
    """What was wrong somewhere once is right here."""
    endpoint = stream_listener.endpoint
    streams = list(corpus(endpoint.protocol).values())
    try:
        found = replay(endpoint, streams, listener=stream_listener.name)
    except Unfit as reason:
        pytest.skip(f"inconclusive: {reason}")
    report(found, record_finding)
