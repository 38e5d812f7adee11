from conformance.harness.endpoint import Protocol
from fuzz.control import survey
from fuzz.oracles.oracle import once
from fuzz.stream import Stream
from fuzz.trace import Trace


def test_what_is_worked_out_of_a_trace_is_kept_for_its_stream_alone():
    asked = []
    length = once(lambda stream, trace: asked.append(stream) or len(stream))
    stream, trace = survey(Protocol.IMAP), Trace()
    assert length(stream, trace) == length(stream, trace) == len(stream)
    assert length(Stream(Protocol.IMAP), trace) == 0
    assert length(stream, Trace()) == len(stream)
    assert len(asked) == 3
