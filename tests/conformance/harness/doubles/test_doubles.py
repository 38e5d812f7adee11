"""The doubles as servers: records, bounds, start and stop."""

import contextlib
import socket

import pytest

from conformance.harness.doubles.doubles import Doubles, DoublesError
from conformance.harness.endpoint import Protocol


@pytest.fixture(scope="module")
def doubles():
    with Doubles("127.0.0.1", 0) as running:
        yield running


def said(place, data, finish=True):
    """Everything a server says to `data` until it closes."""
    with socket.create_connection(place, timeout=10) as client:
        client.sendall(data)
        if finish:
            client.shutdown(socket.SHUT_WR)
        parts = []
        while part := client.recv(65536):
            parts.append(part)
        return b"".join(parts)


def test_a_taken_address_is_named_with_the_remedy():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        doubles = Doubles("127.0.0.1", port)
        with pytest.raises(DoublesError, match=rf"127\.0\.0\.1:{port}.*Free that address"), doubles:
            pass


def test_names_are_unique_and_none_is_part_of_another(doubles):
    names = [doubles.new_user() for _ in range(300)]
    assert not [(a, b) for a in names for b in names if a is not b and a in b]


@pytest.mark.parametrize(
    "garbage",
    [b"\x16\x03\x01\x00\xff", b"GET / HTTP/1.0\r\n", b"x" * 200_000, b"\x00\r\n\r\n\r\n\r\n"],
)
def test_garbage_at_the_auth_server_is_answered_and_not_fatal(doubles, garbage):
    with contextlib.suppress(OSError):
        said((doubles.auth_host, doubles.auth_port), garbage)
    request = b"GET / HTTP/1.0\r\nAuth-Method: none\r\nAuth-Protocol: pop3\r\n\r\n"
    assert b"Auth-Status: OK" in said((doubles.auth_host, doubles.auth_port), request)


@pytest.mark.parametrize("protocol", list(Protocol))
@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\xff", b"\r\n \r\n", b"x" * 200_000, b"a LOGIN {999999999}\r\nx"]
)
def test_garbage_at_a_back_end_is_not_fatal(doubles, protocol, garbage):
    with contextlib.suppress(OSError):
        said(doubles.places[protocol], garbage)
    assert said(doubles.places[protocol], b"")[:1] in b"*+2"


def test_stopping_ends_open_conversations():
    with Doubles("127.0.0.1", 0) as doubles:
        client = socket.create_connection(doubles.places[Protocol.IMAP], timeout=10)
        client.recv(100)
    with client:
        assert client.recv(100) == b""


def test_a_failure_in_a_double_surfaces_on_leaving(monkeypatch):
    def broken(*_):
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("conformance.harness.doubles.doubles.answer", broken)
    doubles = Doubles("127.0.0.1", 0)
    with pytest.raises(DoublesError, match="a bug of ours"), doubles:
        said((doubles.auth_host, doubles.auth_port), b"GET / HTTP/1.0\r\n\r\n")


def test_sessions_without_a_login_are_found_by_their_lines(doubles):
    user = doubles.new_user()
    said(doubles.places[Protocol.SMTP], f"MAIL FROM:<{user}@test>\r\nQUIT\r\n".encode(), False)
    assert doubles.sessions(user)[0].lines[-1] == b"QUIT"


def test_a_session_is_seen_while_it_lasts(doubles):
    user = doubles.new_user()
    with socket.create_connection(doubles.places[Protocol.POP3], timeout=10) as client:
        client.recv(100)
        client.sendall(f"USER {user}\r\n".encode())
        client.recv(100)
        assert doubles.sessions(user)[0].lines == (f"USER {user}".encode(),)
