"""Looking at real listeners and at servers that misbehave."""

import socket
import threading
import time

import pytest

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.patience import Patience
from conformance.harness.targets import recognise as module
from conformance.harness.targets.address import Address, AddressError
from conformance.harness.targets.launch import launch
from conformance.harness.targets.recognise import (
    ClosesAtOnce,
    SaysNothing,
    SpeaksOtherwise,
    TurnsAway,
    recognise,
)
from conformance.harness.wire import Unreachable

QUICK = Patience(1.0)


@pytest.fixture(scope="module")
def endpoints(farm):
    conf, endpoints = farm
    with launch("nginx", conf, endpoints, Patience()):
        yield endpoints[:15]


def look(port, protocol=None, way=None, patience=QUICK):
    return recognise(Address("127.0.0.1", port, protocol, way), patience)


@pytest.mark.parametrize("number", range(15))
def test_an_nginx_listener_is_recognised_by_looking(endpoints, number):
    endpoint = endpoints[number]
    assert recognise(Address(endpoint.host, endpoint.port), Patience(1.0)) == endpoint


@pytest.mark.parametrize("number", range(15))
def test_what_is_seen_wins_over_a_port_that_says_otherwise(endpoints, number, monkeypatch):
    endpoint = endpoints[number]
    for guess in [(Protocol.SMTP, Way.IMPLICIT), (Protocol.POP3, None)]:
        monkeypatch.setitem(module.PORTS, endpoint.port, guess)
        assert recognise(Address(endpoint.host, endpoint.port), Patience(1.0)) == endpoint


def test_a_scheme_that_is_contradicted_is_an_error(endpoints):
    host, port = endpoints[0].host, endpoints[0].port
    for protocol, way in [(Protocol.IMAP, Way.IMPLICIT), (Protocol.SMTP, None)]:
        with pytest.raises(SpeaksOtherwise, match="was asked for"):
            recognise(Address(host, port, protocol, way), Patience(1.0))


def test_a_host_alone_cannot_be_recognised():
    with pytest.raises(AddressError, match="no port"):
        recognise(Address("h"), QUICK)


def test_a_closed_port_is_unreachable():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable, match="refused"):
            look(taken.getsockname()[1])


@pytest.mark.parametrize("way", [None, Way.IMPLICIT])
def test_one_that_closes_at_once(toy, way):
    with pytest.raises(ClosesAtOnce):
        look(toy(lambda connection: None), Protocol.IMAP, way)


@pytest.mark.parametrize("way", [None, Way.IMPLICIT])
def test_one_that_says_nothing(toy, way):
    with pytest.raises(SaysNothing):
        look(toy(lambda connection: connection.recv(10000) and connection.recv(1)), None, way)


@pytest.mark.parametrize(
    ("greeting", "error", "words"),
    [
        (b"HTTP/1.1 400 Bad\r\n", SpeaksOtherwise, "HTTP/1.1 400 Bad"),
        (b"SSH-2.0-x\x1b[31m\r\n", SpeaksOtherwise, r"x\\x1b\[31m"),
        (b"no line end", SpeaksOtherwise, "no line end"),
        (b"x" * 100_000, SpeaksOtherwise, "xxx"),
        (b"* BYE go away\r\n", TurnsAway, "go away"),
        (b"421 busy\r\n", TurnsAway, "busy"),
        (b"220 ftp.test\r\n", SpeaksOtherwise, "does not answer EHLO"),
    ],
)
def test_one_that_speaks_something_else(toy, greeting, error, words):
    with pytest.raises(error, match=words):
        look(toy(lambda connection: connection.sendall(greeting)))


@pytest.mark.parametrize(
    ("greeting", "answer", "way"),
    [
        (b"220 one\r\n", b"250-x\r\n250 STARTTLS\r\n", Way.STARTTLS),
        (b"220 one\r\n", b"250 x\r\n", Way.NONE),
        (b"220 one\r\n", b"250-STARTTLSISH\r\n250 X-STARTTLS\r\n", Way.NONE),
    ],
)
def test_an_offer_is_seen_in_the_answer_to_ehlo(toy, greeting, answer, way):
    def behave(connection):
        connection.sendall(greeting)
        connection.recv(1000)
        connection.sendall(answer)

    port = toy(behave)
    assert look(port) == Endpoint("127.0.0.1", port, Protocol.SMTP, way)


def test_the_last_line_of_a_long_greeting_is_waited_for(toy):
    late = threading.Event()

    def behave(connection):
        connection.sendall(b"220-one\r\n")
        late.wait(0.1)
        connection.sendall(b"220 two\r\n")
        connection.recv(1000)
        late.wait(0.1)
        connection.sendall(b"250-x\r\n250 STARTTLS\r\n")

    assert look(toy(behave)).way is Way.STARTTLS


def test_a_late_greeting_in_pieces_is_waited_for(toy):
    late = threading.Event()

    def behave(connection):
        late.wait(0.3)
        connection.sendall(b"+")
        late.wait(0.1)
        connection.sendall(b"OK hello\r\n")
        connection.recv(1000)
        connection.sendall(b"-ERR what?\r\n")

    port = toy(behave)
    assert look(port, patience=Patience(1.0)).protocol is Protocol.POP3


def test_tls_that_refuses_us_needs_a_protocol_named(toy):
    def behave(connection):
        connection.recv(1000)
        connection.sendall(b"\x15\x03\x01\x00\x02\x02\x46")

    port = toy(behave)
    with pytest.raises(SpeaksOtherwise, match="speaks TLS"):
        look(port)
    assert look(port, Protocol.IMAP, Way.IMPLICIT).way is Way.IMPLICIT


def test_a_drip_feeding_target_ends_at_the_deadline(toy, monkeypatch):
    monkeypatch.setattr(module, "LOOK_SECONDS", 1.0)
    never = threading.Event()

    def behave(connection):
        while not never.wait(0.05):
            connection.sendall(b"*")

    start = time.monotonic()
    with pytest.raises(SpeaksOtherwise):
        look(toy(behave), patience=Patience())
    assert time.monotonic() - start < 20  # and not for ever


def test_endless_capabilities_end_at_a_limit(toy):
    def behave(connection):
        connection.sendall(b"* OK hi\r\n")
        while True:
            connection.sendall(b"* CAPABILITY " + b"X" * 1000 + b"\r\n")

    with pytest.raises(SpeaksOtherwise, match="does not answer look CAPABILITY"):
        look(toy(behave))
