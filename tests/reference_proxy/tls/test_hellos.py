"""Hellos that no library sends: nginx and the reference answer them alike."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from tests.reference_proxy.tls import hellos

PORTS = {name: 9930 + n for n, name in enumerate(hellos.SERVERS)}


@pytest.fixture(scope="module")
def proxies(launch: Callable[..., Any], settings: Any) -> list[Any]:
    def write(world: Any) -> str:
        servers = "".join(
            f"server {{ listen {world.host}:{PORTS[name]} {more} }}\n"
            for name, more in hellos.SERVERS.items()
        )
        return f"""
        events {{ }}
        mail {{
            auth_http {world.host}:{world.ports["auth"]}; server_name mx;
            ssl_certificate {settings.certificates[0]}; ssl_certificate_key {settings.keys[0]};
            {servers}
        }}"""

    return [launch(product, write) for product in ("nginx", "reference")]


def told(sock: socket.socket) -> str:
    """What a hello is answered with, up to the ServerHello or the end of the connection."""
    stream = sock.makefile("rb")
    kind, *_, high, low = stream.read(5) or bytes(5)
    body = stream.read(high << 8 | low)
    match kind:
        case 22:
            return hello_of(body)
        case 21:
            assert stream.read() == b""
            return f"alert {body[1]}"
        case _:
            assert body == stream.read() == b""
            return "end"


def hello_of(body: bytes) -> str:
    """A ServerHello in words, its extensions in order of their numbers."""
    assert body[0] == 2
    at = 39 + body[38]
    compression, at = body[at + 2], at + 5
    said, end, alpn = [], at + int.from_bytes(body[at - 2 : at]), ""
    while at < end:
        number, size = (int.from_bytes(body[at + n : at + n + 2]) for n in (0, 2))
        said.append(number)
        if number == 16:
            alpn = f" {body[at + 7 : at + 4 + size].decode()}"
        at += 4 + size
    numbers = " ".join(map(str, sorted(said)))
    method = "compression" if compression else "no compression"
    return f"hello {body[4:6].hex()}, {method}, extensions {numbers}{alpn}"


@pytest.mark.parametrize("number", range(len(hellos.ROWS)), ids=hellos.names())
def test_the_same_is_answered(proxies: list[Any], number: int) -> None:
    server, _, sent, expected = hellos.ROWS[number]
    for proxy in proxies:
        with socket.create_connection((proxy.world.host, PORTS[server]), 5) as sock:
            if server == "starttls":
                sock.recv(1000)
                sock.sendall(b"a STARTTLS\r\n")
                assert sock.recv(1000) == b"a OK completed\r\n"
            sock.sendall(sent)
            assert told(sock) == expected
