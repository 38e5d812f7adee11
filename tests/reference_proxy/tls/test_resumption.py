"""Resumption, on a wire: the reference and a real nginx under the same configuration."""

from __future__ import annotations

import importlib.util
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_spec = importlib.util.spec_from_file_location(
    "resumptions", Path(__file__).with_name("resumptions.py")
)
assert _spec is not None
assert _spec.loader is not None
resumptions = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(resumptions)

ROWS, NEW, WAIT = resumptions.ROWS, resumptions.NEW, resumptions.WAIT
FIRST_PORT = 9930
PORTS = {name: FIRST_PORT + n for n, name in enumerate(resumptions.SERVERS)}
CROWD = 100


@dataclass(frozen=True)
class Seen:
    """One visit as the client saw it. `hint` is the ticket's lifetime, 0 for a renewed one."""

    greeting: bytes
    recognised: bool
    id_size: int
    has_ticket: bool
    hint: int


@pytest.fixture(scope="module")
def files(pki, tmp_path_factory) -> Path:
    directory = tmp_path_factory.mktemp("resumption")
    for name in ("a", "b"):
        party = pki.root.issue("server")
        (directory / f"{name}.pem").write_bytes(party.pem())
        (directory / f"{name}.key").write_bytes(party.key_pem())
    known = pki.root.issue("known")
    for name, party in (("known", known), ("unknown", pki.stranger.issue("unknown"))):
        (directory / f"{name}.client").write_bytes(party.pem() + party.key_pem())
    (directory / "root.pem").write_bytes(pki.root.pem())
    (directory / "stranger.pem").write_bytes(pki.stranger.pem())
    (directory / "root.crl").write_bytes(pki.root.crl(known))
    for name, size in (("1", 80), ("2", 80), ("short", 48)):
        (directory / f"{name}.key").write_bytes(name[:1].encode() * 16 + bytes(range(size - 16)))
    return directory


def configuration(files: Path, names: Iterable[str]) -> Callable[[Any], str]:
    def server(world: Any, name: str, directives: str) -> str:
        port, protocol = PORTS[name], "pop3" if name in resumptions.POP3 else "imap"
        way = "; starttls on" if name in resumptions.STARTTLS else " ssl"
        if "ssl_certificate " not in directives:
            directives += "ssl_certificate DIR/a.pem; ssl_certificate_key DIR/a.key;"
        return f"server {{ listen {world.host}:{port}{way}; protocol {protocol}; {directives} }}\n"

    def write(world: Any) -> str:
        servers = "".join(server(world, name, resumptions.SERVERS[name]) for name in names)
        return f"""
        events {{ worker_connections 512; }}
        mail {{
            auth_http {world.host}:{world.ports["auth"]}; server_name mx;
            ssl_protocols TLSv1.2 TLSv1.3;
            {servers.replace("DIR", str(files))}
        }}"""

    return write


def context(kind: str, files: Path) -> ssl.SSLContext:
    """A client's context by its words."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    *who, version = kind.split()
    if version != resumptions.V13:
        made.maximum_version = ssl.TLSVersion.TLSv1_2
    if version == resumptions.ID:
        made.options |= ssl.OP_NO_TICKET
    for name in who:
        made.load_cert_chain(files / f"{name}.client")
    return made


def hurry(sock: socket.socket) -> None:
    """Acknowledge at once: nginx's mail module waits for it."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def visit(
    address: tuple[str, int], client: ssl.SSLContext, session: Any, *, starttls: bool = False
) -> tuple[Seen, Any]:
    """Shake hands, be greeted, log out; what was seen, and the session to come back with."""
    with socket.create_connection(address, 5) as plain:
        hurry(plain)
        if starttls:
            plain.recv(1000)
            plain.sendall(b"a STARTTLS\r\n")
            hurry(plain)
            plain.recv(1000)
        hurry(plain)
        with client.wrap_socket(plain, session=session) as sock:
            hurry(sock)
            if starttls:
                sock.sendall(b"a NOOP\r\n")
            greeting = sock.recv(1000)
            if b"BYE" not in greeting:
                sock.sendall(b"QUIT\r\n" if greeting.startswith(b"+") else b"a LOGOUT\r\n")
                hurry(sock)
            while sock.recv(1000):
                pass
            now = sock.session
            seen = Seen(
                greeting, bool(sock.session_reused), len(now.id), now.has_ticket,
                now.ticket_lifetime_hint,
            )  # fmt: skip
            sock.unwrap().close()  # nginx forgets a client that just goes, if it notices in time
            return seen, now


def play(proxy: Any, number: int, files: Path) -> list[Seen]:
    kind, steps, _ = ROWS[number]
    client, sessions, record = context(kind, files), [], []
    for step in steps:
        if step == WAIT:
            threading.Event().wait(resumptions.SECONDS)
            continue
        server, offered = step
        seen, session = visit(
            (proxy.world.host, PORTS[server]),
            client,
            None if offered == NEW else sessions[offered],
            starttls=server in resumptions.STARTTLS,
        )
        record.append(seen)
        sessions.append(session)
    return record


@pytest.fixture(scope="module")
def proxies(launch: Callable[..., Any], files: Path) -> list[Any]:
    return [launch(product, configuration(files, PORTS)) for product in ("nginx", "reference")]


@pytest.fixture(scope="module")
def records(proxies: list[Any], files: Path) -> list[tuple[list[Seen], list[Seen]]]:
    """Every row, with nginx and with the reference; where only one fits in, one at a time."""
    alone = [n for n, (_, steps, _) in enumerate(ROWS) if str(steps[0][0]).endswith("-one")]
    results: dict[tuple[int, int], Any] = {}
    with ThreadPoolExecutor(16) as pool:
        for which, proxy in enumerate(proxies):
            for number in range(len(ROWS)):
                if number not in alone:
                    results[which, number] = pool.submit(play, proxy, number, files).result
    for which, proxy in enumerate(proxies):
        for number in alone:
            record = play(proxy, number, files)
            results[which, number] = lambda record=record: record
    return [(results[0, number](), results[1, number]()) for number in range(len(ROWS))]


@pytest.mark.parametrize("number", range(len(ROWS)), ids=resumptions.names())
def test_the_same_clients_are_recognised(records: Any, number: int) -> None:
    nginx, reference = records[number]
    _, steps, expected = ROWS[number]
    assert [seen.recognised for seen in reference] == expected
    differences = [resumptions.DIFFERENCES.get(step[0]) for step in steps]
    if any(differences):
        assert reference != nginx, f"no longer a difference: {differences}"
    else:
        assert reference == nginx


@pytest.mark.parametrize("server", ["key-1", "key-short", "key-1-asking"])
@pytest.mark.parametrize("version", [resumptions.TICKET, resumptions.V13])
def test_nginx_and_the_reference_know_each_others_tickets(
    proxies: list[Any], files: Path, server: str, version: str
) -> None:
    client = context(version, files)
    nginx, reference = ((proxy.world.host, PORTS[server]) for proxy in proxies)
    for first, second in ((nginx, reference), (reference, nginx)):
        assert visit(second, client, visit(first, client, None)[1])[0].recognised


@pytest.mark.parametrize("product", ["nginx", "reference"])
def test_a_reload_keeps_a_zone_of_the_same_size(
    product: str, launch: Callable[..., Any], files: Path
) -> None:
    names = ["shared-ids", "builtin-ids"]
    proxy, client = launch(product, configuration(files, names)), context(resumptions.ID, files)
    shared, builtin = ((proxy.world.host, PORTS[name]) for name in names)
    sessions = {address: visit(address, client, None)[1] for address in (shared, builtin)}

    def known(address: tuple[str, int]) -> bool:
        return visit(address, client, sessions[address])[0].recognised

    def reload_until_unknown(address: tuple[str, int]) -> None:
        proxy.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 20
        while known(address):
            assert time.monotonic() < deadline, "no reload"

    reload_until_unknown(builtin)
    assert [known(shared) for _ in range(10)] == [True] * 10
    path = proxy.directory / "nginx.conf"
    path.write_text(path.read_text().replace("shared:A:1m", "shared:A:2m"))
    reload_until_unknown(shared)


def test_a_full_zone_forgets_the_oldest(proxies: list[Any], files: Path) -> None:
    """32 KB are enough for some sixty sessions of this size."""
    known = []
    for proxy in proxies:
        address, client = (proxy.world.host, PORTS["small"]), context(resumptions.ID, files)
        sessions = [visit(address, client, None)[1] for _ in range(CROWD)]
        # The newest first: who is not recognised makes a new session, and pushes out another.
        again = [visit(address, client, s)[0].recognised for s in reversed(sessions)]
        assert again == sorted(again, reverse=True)
        known.append(sum(again))
    assert 0 < known[0] < CROWD
    assert abs(known[0] - known[1]) <= 3, known
