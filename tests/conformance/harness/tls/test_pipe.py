from __future__ import annotations

import pytest

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.patience import Deadline
from conformance.harness.tls.pipe import Pipe
from conformance.harness.wire import ConnectionReset, Silence


class HungUp:
    """A wire whose peer has gone after saying something."""

    endpoint = Endpoint("192.0.2.1", 993, Protocol.IMAP, Way.IMPLICIT)

    def __init__(self, *said):
        self.said = [*said, b""]

    def send(self, data):
        raise ConnectionReset("broken pipe")

    def receive(self, deadline):
        return self.said.pop(0)


def test_last_words_are_read_before_the_break(soon):
    pipe = Pipe(HungUp(b"alert"))
    pipe.send(b"hello")
    assert pipe.receive(soon) == b"alert"
    with pytest.raises(ConnectionReset):
        pipe.receive(soon)


def test_an_orderly_end_is_no_break(soon):
    assert Pipe(HungUp()).receive(soon) == b""


def test_a_passed_deadline_looks_once():
    pipe = Pipe(HungUp(b"a", b"b"))
    assert pipe.receive(Deadline(0)) == b"a"
    with pytest.raises(Silence):
        pipe.receive(Deadline(0), begun=True)
