from __future__ import annotations

import pytest

from conformance.harness.observation import Alert, Ending, TlsFacts
from conformance.harness.tls.outcome import (
    AlertReceived,
    Garbled,
    HandshakeFailed,
    ending_of,
    leaf_name,
)
from conformance.harness.wire import ConnectionReset, Flood, Silence, Unreachable


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        (AlertReceived(Alert(40, "handshake_failure")), Ending.ALERT),
        (Garbled("x"), Ending.GARBAGE),
        (Silence("x"), Ending.TIMEOUT),
        (ConnectionReset("x"), Ending.RESET),
        (Flood("x"), Ending.FLOOD),
        (Unreachable("x"), Ending.UNREACHABLE),
    ],
)
def test_every_error_of_the_wire_has_an_ending(error, ending):
    assert ending_of(error) is ending


def test_a_failure_without_facts_has_empty_ones():
    assert HandshakeFailed(Ending.CLOSED).facts == TlsFacts()


def test_an_unreadable_leaf_is_called_so():
    assert leaf_name(b"no certificate") == "unreadable"
