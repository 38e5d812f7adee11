"""Memory of the reference, beside nginx's: what an idle TLS connection holds, what churn leaves.

Churn is connections one after the other, every second of which the client aborts, at one point of
the dialogue after the other. Nothing is asserted here; test_memory.py does, on a short run.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import select
import socket
import ssl
import struct
from collections.abc import Callable
from contextlib import suppress

from tests.benchmarks.servers import IMPLICIT, PLAIN, PRODUCTS, STARTTLS, Server, servers
from tests.benchmarks.visits import TLS13, connected, line, said, secured

_RESET = struct.pack("ii", 1, 0)
_SPARE = 200
_SETTLING_SECONDS = 10.0


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.memory", description=__doc__)
    parser.add_argument("--idle", type=int, default=5000, help="connections held (default 5000)")
    parser.add_argument("--churn", type=int, default=100_000, help="in a row (default 100000)")
    parser.add_argument("--only", choices=PRODUCTS, help="one of the two")
    options = parser.parse_args()
    make_room(options.idle + _SPARE)
    products = (options.only,) if options.only else PRODUCTS
    print(f"{'bytes per connection':<24}" + "".join(f"{product:>11}" for product in products))
    with servers(products) as started:
        # First what is left by churn: freeing a crowd leaves room in which growth would not show.
        _print("left by churn", [left(server, options.churn) for server in started])
        idle = [held(server, options.idle) for server in started]
        _print("idle, TLS 1.3", idle)
        if len(idle) > 1:
            print(f"{'ratio':<24}{idle[1] / idle[0]:>22.2f}")


def _print(what: str, values: list[float]) -> None:
    print(f"{what:<24}" + "".join(f"{value:>11.0f}" for value in values), flush=True)


def make_room(descriptors: int) -> None:
    """Allow so many descriptors to this process and to those that it starts."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = max(descriptors, hard) if hard != resource.RLIM_INFINITY else hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, most))


def held(server: Server, count: int) -> float:
    """Return the bytes that each of `count` idle connections under TLS takes."""
    quiet = descriptors_without_clients(server)
    settle(server, quiet)
    before = server.memory()
    crowd = [_greeted(server.host) for _ in range(count)]
    taken = server.memory() - before
    for sock in crowd:
        sock.close()
    settle(server, quiet)
    return taken / count


def left(server: Server, count: int) -> float:
    """Return the bytes by which the server has grown for each of `count` connections that came.

    A fifth as many come before the first look, so that what is kept for good is there.
    """
    quiet = descriptors_without_clients(server)
    churn(server, count // 5)
    settle(server, quiet)
    before = server.memory()
    churn(server, count)
    settle(server, quiet)
    return (server.memory() - before) / count


def churn(server: Server, count: int) -> None:
    """Let so many clients come and go, every second of them without manners."""
    for number in range(count):
        sock = _WAYS[number // 2 % len(_WAYS)](server.host)
        if number % 2:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        sock.close()


def descriptors_without_clients(server: Server) -> int:
    """Return how many descriptors the server needs for itself: all but one, while one is there."""
    with connected(server.host, PLAIN) as sock:
        line(sock)
        return server.descriptors() - 1


def settle(server: Server, quiet: int) -> None:
    """Wait until the server has as few descriptors open as it had when it was quiet."""
    pause = 0.05
    for _ in range(int(_SETTLING_SECONDS / pause)):
        if server.descriptors() <= quiet:
            return
        select.select([], [], [], pause)
    raise SystemExit(f"{server.product} does not let go of its clients")


# --- how far clients go before they leave -------------------------------------------


def _arrived(host: str, port: int = IMPLICIT) -> socket.socket:
    return connected(host, port, f"127.1.{next(_NUMBERS) % 250}.1")


def _half_a_hello(host: str) -> socket.socket:
    sock = _arrived(host)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        TLS13.wrap_bio(incoming, outgoing).do_handshake()
    sock.sendall(outgoing.read()[:100])
    return sock


def _greeted(host: str) -> socket.socket:
    """Return the bare socket: what TLS takes on this side is not kept."""
    with secured(_arrived(host), TLS13) as tls:
        line(tls)
        return socket.socket(fileno=tls.detach())


def _about_to_upgrade(host: str) -> socket.socket:
    sock = _arrived(host, STARTTLS)
    line(sock)
    said(sock, b"a STARTTLS\r\n")
    return sock


def _nonsense(host: str) -> socket.socket:
    sock = _arrived(host)
    sock.sendall(b"a CAPABILITY\r\n")
    return sock


def _logged_in(host: str) -> socket.socket:
    with secured(_arrived(host), TLS13) as tls:
        line(tls)
        said(tls, b"a LOGIN user secret\r\n")
        return socket.socket(fileno=tls.detach())


_NUMBERS = itertools.count()
_WAYS: tuple[Callable[[str], socket.socket], ...] = (
    _arrived,
    _half_a_hello,
    _greeted,
    _about_to_upgrade,
    _nonsense,
    _logged_in,
)

if __name__ == "__main__":
    main()
