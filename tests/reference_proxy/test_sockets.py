from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from reference_proxy.config.errors import ConfigError
from reference_proxy.config.settings import Listen, SocketOptions
from reference_proxy.sockets import close_sockets, open_sockets, try_addresses


def listen(host: str = "127.0.0.1", port: int = 0, **options: int) -> Listen:
    return Listen(host, port, text=f"{host}:{port}", options=SocketOptions(**options))


@pytest.fixture
def taken() -> Iterator[Listen]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield listen(port=sock.getsockname()[1])


def test_a_taken_address_is_refused_in_nginxs_words(taken: Listen) -> None:
    with pytest.raises(ConfigError) as caught:
        open_sockets([taken], {})
    text = f"bind() to {taken.text} failed (98: Address already in use)"
    assert str(caught.value) == text


def test_no_descriptor_is_left_in_nginxs_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(socket, "socket", exhausted)
    with pytest.raises(ConfigError, match=r"^socket\(\) h:1 failed \(24: Too many open files\)$"):
        open_sockets([listen("h", 1)], {})


def test_a_test_of_the_configuration_allows_a_taken_address(taken: Listen) -> None:
    try_addresses([taken])
    with pytest.raises(ConfigError, match=r"\(99: Cannot assign requested address\)"):
        try_addresses([listen("192.0.2.1")])


def test_nothing_stays_open_where_one_fails(taken: Listen, tmp_path: Path) -> None:
    path = tmp_path / "sock"
    with pytest.raises(ConfigError):
        open_sockets([Listen(f"unix:{path}", 0), taken], {})
    assert not path.exists()


def test_an_address_keeps_its_socket() -> None:
    first = open_sockets([listen()], {})
    second = open_sockets([Listen("127.0.0.1", 0, ssl=True)], first)
    assert list(first.values()) == list(second.values())
    close_sockets(first.items())


def test_options_are_set() -> None:
    sockets = open_sockets([listen("::1", keepalive=(30, 0, 4))], {})
    (sock,) = sockets.values()
    assert sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) == 1
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 30
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT) == 4
    close_sockets(sockets.items())
