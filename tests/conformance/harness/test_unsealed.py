import contextlib
import socket
from collections.abc import Iterator

import pytest

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.observation import Alert
from conformance.harness.patience import Patience
from conformance.harness.transcript import Transcript
from conformance.harness.unsealed import Unsealed
from conformance.harness.wire import Silence, Wire

ALERT = bytes.fromhex("15030300020228")
HANDSHAKE_FAILURE = Alert(40, "handshake_failure")
PATIENCE = Patience(answer=0.2)


@contextlib.contextmanager
def hearing(*pieces: bytes, ends: bool = True) -> Iterator[Unsealed]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        with Wire(Endpoint(host, port, Protocol.IMAP, Way.NONE), PATIENCE, Transcript()) as wire:
            server, _ = listener.accept()
            with server:
                for piece in pieces:
                    server.sendall(piece)
                if ends:
                    server.shutdown(socket.SHUT_WR)
                yield Unsealed(wire)


def heard(unsealed: Unsealed) -> bytes:
    return b"".join(iter(lambda: unsealed.receive(PATIENCE.deadline()), b""))


def test_an_alert_is_taken_out_and_kept():
    with hearing(ALERT + b"* OK\r\n") as unsealed:
        assert heard(unsealed) == b"* OK\r\n"
    assert unsealed.alert == HANDSHAKE_FAILURE


def test_an_alert_in_pieces_is_one():
    with hearing(ALERT[:3], ALERT[3:]) as unsealed:
        assert heard(unsealed) == b""
    assert unsealed.alert == HANDSHAKE_FAILURE


def test_clear_bytes_pass_untouched():
    with hearing(b"w1 OK\r\n") as unsealed:
        assert heard(unsealed) == b"w1 OK\r\n"
    assert unsealed.alert is None


def test_what_only_looks_like_a_record_is_handed_over_at_the_end():
    with hearing(b"\x16\x03\x01\xff") as unsealed:
        assert heard(unsealed) == b"\x16\x03\x01\xff"


def test_a_reaction_is_waited_for_and_not_eaten():
    with hearing(b"* OK\r\n") as unsealed:
        unsealed.reaction(PATIENCE.deadline())
        assert heard(unsealed) == b"* OK\r\n"


def test_no_reaction_is_silence():
    with hearing(ends=False) as unsealed, pytest.raises(Silence):
        unsealed.reaction(PATIENCE.deadline())
