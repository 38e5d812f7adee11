"""The listening sockets: one for each address, kept from one configuration to the next."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable, Mapping

from reference_proxy.config.errors import ConfigError, failed
from reference_proxy.config.settings import Listen, SocketOptions

_UNIX = "unix:"


def open_sockets(
    listens: Iterable[Listen], kept: Mapping[Listen, socket.socket]
) -> dict[Listen, socket.socket]:
    """Listen on every address; what `kept` already listens on is taken over.

    Sockets do not block. ConfigError, with nothing left open, when one address
    cannot be had.
    """
    by_address = {(listen.host, listen.port): sock for listen, sock in kept.items()}
    result: dict[Listen, socket.socket] = {}
    opened: list[tuple[Listen, socket.socket]] = []
    try:
        for listen in listens:
            old = by_address.get((listen.host, listen.port))
            if old is None:
                old = _bound(listen)
                opened.append((listen, old))
                old.listen(listen.options.backlog)
            result[listen] = old
    except ConfigError:
        close_sockets(opened)
        raise
    return result


def try_addresses(listens: Iterable[Listen]) -> None:
    """Bind every address and let it go; ConfigError unless it is just somebody else's already."""
    for listen in listens:
        try:
            close_sockets([(listen, _bound(listen))])
        except ConfigError as error:
            cause = error.__cause__
            if not (isinstance(cause, OSError) and cause.errno == errno.EADDRINUSE):
                raise


def accept(listening: socket.socket, family: int) -> tuple[socket.SocketType, str]:
    """Take a client: a socket that does not block, and a numeric address or `unix:`.

    OSError as of accept(2). What `socket.accept` adds to the plain socket type takes as long as
    the system call, and nobody here needs it.
    """
    descriptor, peer = listening._accept()  # type: ignore[attr-defined]
    client = socket.SocketType(family, socket.SOCK_STREAM, 0, descriptor)
    client.setblocking(False)
    return client, peer[0] if isinstance(peer, tuple) else _UNIX


def close_sockets(sockets: Iterable[tuple[Listen, socket.socket]]) -> None:
    """Close the sockets, and remove the paths of local ones."""
    for listen, sock in sockets:
        sock.close()
        if listen.host.startswith(_UNIX):
            os.unlink(listen.host.removeprefix(_UNIX))


def _bound(listen: Listen) -> socket.socket:
    family, address = _address(listen)
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ConfigError(failed(f"socket() {listen.text}", error)) from error
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family != socket.AF_UNIX:  # every client's socket inherits it
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _set_options(sock, listen.options)
        sock.bind(address)
        if family == socket.AF_UNIX:
            os.chmod(listen.host.removeprefix(_UNIX), 0o666)
    except OSError as error:
        sock.close()
        raise ConfigError(failed(f"bind() to {listen.text}", error)) from error
    return sock


def _address(listen: Listen) -> tuple[socket.AddressFamily, tuple[str, int] | str]:
    if listen.host.startswith(_UNIX):
        return socket.AF_UNIX, listen.host.removeprefix(_UNIX)
    if ":" in listen.host:
        return socket.AF_INET6, (listen.host, listen.port)
    return socket.AF_INET, (listen.host, listen.port)


def _set_options(sock: socket.socket, options: SocketOptions) -> None:
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, options.ipv6only)
    if options.rcvbuf:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, options.rcvbuf)
    if options.sndbuf:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, options.sndbuf)
    match options.keepalive:
        case bool(on):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, on)
        case (idle, interval, count):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            _set_keepalive(sock, idle, interval, count)


def _set_keepalive(sock: socket.socket, idle: int, interval: int, count: int) -> None:
    """Set those of the three that are given and that this system has."""
    for name, value in (
        ("TCP_KEEPIDLE", idle),
        ("TCP_KEEPINTVL", interval),
        ("TCP_KEEPCNT", count),
    ):
        if value and hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
