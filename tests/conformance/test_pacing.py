"""How long a target takes over an error counts as well."""

import socketserver
import threading
import time

import pytest

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.observation import Ending, Observation, Offer, Stage
from conformance.harness.patience import ERRORS, FLOOR_SECONDS, Patience
from conformance.harness.transcript import Transcript
from conformance.pacing import paced

SECONDS = 0.3


class Slow(socketserver.StreamRequestHandler):
    """POP3 in clear that keeps an error back."""

    def handle(self):
        self.wfile.write(b"+OK ready\r\n")
        for line in self.rfile:
            known = line.strip() in (b"CAPA", b"QUIT")
            threading.Event().wait(0 if known else SECONDS)
            self.wfile.write(b"+OK\r\n.\r\n" if known else b"-ERR what?\r\n")


class Server(socketserver.ThreadingTCPServer):
    """Whose clients may outlast it."""

    daemon_threads, block_on_close = True, False


@pytest.fixture
def place():
    with Server(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Endpoint(*server.server_address, Protocol.POP3, Way.NONE)
        server.shutdown()


def greeted(place, stage=Stage.SERVICE):
    return Observation(place, Offer(), stage, Ending.OPEN, Transcript(), seconds=0.0)


def test_an_error_is_timed(place, monkeypatch):
    monkeypatch.setattr("conformance.harness.patience.FLOOR_SECONDS", 0.01)
    assert paced([greeted(place)], Patience(), 1).answer >= ERRORS * SECONDS


def test_who_is_silent_at_an_error_gets_no_more_for_it(place):
    started = time.monotonic()
    assert paced([greeted(place)], Patience(0.1), 1).answer == FLOOR_SECONDS
    assert time.monotonic() - started < FLOOR_SECONDS


def test_who_served_nobody_is_told_nothing(place):
    assert paced([greeted(place, Stage.HANDSHAKE)], Patience(), 1).answer == FLOOR_SECONDS
