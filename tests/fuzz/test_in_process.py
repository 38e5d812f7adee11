"""The reference's sessions under the fuzzer's streams, without a socket."""

from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.harness.endpoint import Protocol
from fuzz import sweep
from fuzz.gesture import Move
from fuzz.strategies import drawn, streams
from tests.fuzz.in_process import Play

PROTOCOLS = list(Protocol)
PLAYS = {protocol: Play(protocol) for protocol in PROTOCOLS}

any_stream = st.sampled_from(PROTOCOLS).flatmap(streams)


@given(any_stream)
@settings(deadline=None, max_examples=300)
def test_no_stream_breaks_an_invariant(stream):
    assert PLAYS[stream.protocol].violations(stream) == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_sweep_breaks_none(protocol):
    play = PLAYS[protocol]
    # Here a hello has no octets: where it is cut makes no difference.
    said = [x for x in sweep.streams(protocol) if not x.makes({Move.CUT})]
    broken = {str(x): play.violations(x) for x in said}
    assert {stream: found for stream, found in broken.items() if found} == {}


FAULTS = [
    ("imap", "starttls-keeps-plaintext", "no_plaintext_survives_upgrade"),
    ("pop3", "pop3-keeps-plaintext", "no_plaintext_survives_upgrade"),
    ("smtp", "starttls-keeps-partial-line", "no_plaintext_survives_upgrade"),
    ("imap", "starttls-reply-repeated", "no_plaintext_survives_upgrade"),
    ("pop3", "double-reply", "one_reply_per_command"),
    ("smtp", "crash-on-eight-bit", "one_reply_per_command"),
    ("imap", "tag-not-echoed", "tag_fidelity"),
    ("smtp", "bare-line-feed", "replies_are_well_formed"),
    ("imap", "segmentation-lf-split", "segmentation_is_invisible"),
]


@pytest.mark.parametrize(("protocol", "fault", "oracle"), FAULTS)
def test_a_fault_is_found_in_few_streams(protocol, fault, oracle):
    play = Play(Protocol(protocol), frozenset({fault}))
    said = islice(drawn(play.protocol, 1), 300)
    # The first that shows it is enough.
    assert any(x.oracle.name == oracle for stream in said for x in play.violations(stream))
