import select
from types import SimpleNamespace

import pytest

from conformance.harness.observation import Offer
from conformance.harness.patience import Deadline
from conformance.harness.tls.outcome import HandshakeFailed
from fuzz.gesture import Gesture, Move
from fuzz.hello import BROKEN, OddChannel, hellos, length, segments, telling

HELLO = b"\x16\x03\x01\x00\x64" + bytes(range(100))


def test_octet_by_octet_they_are_the_same_octets():
    cut = list(segments(HELLO, Gesture(Move.BYTEWISE)))
    assert (b"".join(cut), len(cut)) == (HELLO, 105)


@pytest.mark.parametrize(
    ("at", "sizes"), [(1, [1, 104]), (104, [104, 1]), (105, [105]), (999, [105])]
)
def test_a_hello_is_cut_behind_that_octet_or_left_whole(at, sizes):
    cut = list(segments(HELLO, Gesture(Move.CUT, at=at)))
    assert (b"".join(cut), [len(x) for x in cut]) == (HELLO, sizes)


def test_the_server_has_the_time_to_read_the_first_segment_alone(monkeypatch):
    done = []
    monkeypatch.setattr(select, "select", lambda *given: done.append(f"{given[-1]} s"))
    wire = SimpleNamespace(send=done.append, receive=lambda _: b"", note=lambda *_: None)
    channel = OddChannel(wire, Offer(), Gesture(Move.CUT, at=5), 0.02)
    with pytest.raises(HandshakeFailed):
        channel.handshake(Deadline(1))
    first, pause, second = done
    assert (len(first), pause, len(second)) == (5, "0.02 s", length() - 5)


def test_the_telling_cuts_are_all_inside():
    assert telling() == (1, 2, 3, 4, 5, 6, 7, 8, 9, length() - 1)
    sizes = {tuple(len(x) for x in segments(bytes(length()), h)) for h in hellos(telling())}
    assert {(at, length() - at) for at in telling()} <= sizes


def test_fragments_are_records_of_the_same_message():
    (octets,) = segments(HELLO, Gesture(Move.FRAGMENTS))
    payloads = b""
    while octets:
        end = 5 + int.from_bytes(octets[3:5])
        assert octets[:3] == HELLO[:3]
        payloads, octets = payloads + octets[5:end], octets[end:]
    assert payloads == HELLO[5:]


def test_every_hello_is_a_handshake_or_none():
    whole = {Move.BYTEWISE, Move.CUT, Move.FRAGMENTS, Move.GLUED}
    assert {move for move in Move if move.hello} == whole | set(BROKEN)
