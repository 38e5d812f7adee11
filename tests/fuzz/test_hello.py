import pytest

from fuzz.gesture import Move
from fuzz.hello import BROKEN, segments

HELLO = b"\x16\x03\x01\x00\x64" + bytes(range(100))


@pytest.mark.parametrize(("move", "count"), [(Move.BYTEWISE, 105), (Move.HALVES, 2)])
def test_segments_are_the_same_octets(move, count):
    cut = list(segments(HELLO, move))
    assert (b"".join(cut), len(cut)) == (HELLO, count)


def test_fragments_are_records_of_the_same_message():
    (octets,) = segments(HELLO, Move.FRAGMENTS)
    payloads = b""
    while octets:
        end = 5 + int.from_bytes(octets[3:5])
        assert octets[:3] == HELLO[:3]
        payloads, octets = payloads + octets[5:end], octets[end:]
    assert payloads == HELLO[5:]


def test_every_hello_is_a_handshake_or_none():
    whole = {Move.BYTEWISE, Move.HALVES, Move.FRAGMENTS, Move.GLUED}
    assert {move for move in Move if move.hello} == whole | set(BROKEN)
