import pytest

from conformance.harness.observation import Provocation
from conformance.harness.tls.flight import Flight
from conformance.harness.tls.provoke import _block, provoked, reaction
from conformance.harness.tls.records import record
from conformance.harness.wire import ConnectionReset, Flood, Silence

VERSION = 0x0303
UNEXPECTED = record(21, VERSION, b"\x02\x0a")
WARNING = record(21, VERSION, b"\x01\x64")
ENCRYPTED = record(21, VERSION, bytes(26))
DATA = record(23, VERSION, bytes(30))


class Says:
    """A pipe whose peer says one thing after the other; an exception is raised."""

    def __init__(self, *said):
        self.said, self.sent = [*said], []
        self.wire = self
        self.patience = self

    def deadline(self):
        return None

    def send(self, data):
        self.sent.append(data)

    def receive(self, deadline, begun=False):
        one = self.said.pop(0)
        if isinstance(one, Exception):
            raise one
        return one


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([UNEXPECTED], ("alert unexpected_message",)),
        ([WARNING, UNEXPECTED], ("alert no_renegotiation", "alert unexpected_message")),
        ([ENCRYPTED + DATA], ("alert", "application data")),
        ([ENCRYPTED, b""], ("alert", "closed")),
        ([ConnectionReset("")], ("reset",)),
        ([Silence("")], ("nothing",)),
        ([Flood("")], ("nothing",)),
        ([b"* OK a flood in the middle of a record", Flood("")], ("nothing",)),
        ([b"421 lost input connection\r\n", UNEXPECTED, b""], ("closed",)),
        ([record(24, VERSION, b"x") + UNEXPECTED], ("heartbeat", "alert unexpected_message")),
        ([record(20, VERSION, b"\1"), b""], ("change of cipher", "closed")),
    ],
)
def test_what_comes_is_put_in_words(said, words):
    assert reaction(Says(*said), None) == words


def flight(**facts):
    return Flight(**{"version": "TLSv1.2", **facts})


def test_a_second_word_only_to_who_was_silent():
    quick, slow = Says(UNEXPECTED), Says(Silence(""), b"")
    assert provoked(quick, Provocation.EARLY_CHANGE, flight()) == ("alert unexpected_message",)
    assert provoked(slow, Provocation.EARLY_CHANGE, flight()) == ("nothing", "closed")
    assert (len(quick.sent), len(slow.sent)) == (1, 2)


@pytest.mark.parametrize("seen", [flight(version="TLSv1.3"), flight(resumed=True)])
def test_no_room_for_it(seen):
    assert provoked(Says(), Provocation.HEARTBEAT, seen) == ()


def test_no_rsa_key_to_encrypt_to():
    assert provoked(Says(), Provocation.PADDING_RIGHT, flight()) == ()


PADDINGS = [one for one in Provocation if one.name.startswith("PADDING")]


@pytest.mark.parametrize("provocation", PADDINGS)
def test_every_block_is_as_long_as_the_key(provocation):
    assert len(_block(provocation, 256, VERSION)) == 256


def test_each_padding_is_wrong_in_its_own_way():
    right, kind, endless, short, version = (_block(one, 256, VERSION) for one in PADDINGS)
    assert (right[:2], right.index(0, 2), right[-48:-46]) == (b"\0\2", 207, b"\3\3")
    assert (kind[:2], kind[2:]) == (b"\0\x17", right[2:])
    assert 0 not in endless[2:]
    assert short.index(0, 2) < 207
    assert (version[-48:-46], version[:-48]) == (b"\2\2", right[:-48])
