"""A small world around a mail proxy: an auth server, back ends, certificates, and a client.

The auth server's answer depends on the name alone, so that conversations are independent:
see `ANSWERS`; to `slow` it comes late. The back ends put everything they were told into their
login reply.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
import trustme

from conformance.harness.targets.loopback import free_loopback

PATIENCE = 20.0
QUIET = 0.1
SLOW = 1.3
REPOSITORY = Path(__file__).parents[2]

GRANT = ("Auth-Status: OK", "Auth-Server: {host}", "Auth-Port: {port}")
ANSWERS: dict[str, tuple[str, ...]] = {
    "ok": GRANT,
    "other": (*GRANT, "Auth-User: else", "Auth-Pass: where"),
    "pass": (*GRANT, "Auth-Pass: secret"),
    "no": ("Auth-Status: Invalid  login %41  ",),
    "code": ("Auth-Status: later", "Auth-Error-Code: 454 4.7.0"),
    "wait": ("Auth-Status: Invalid login", "Auth-Wait: 1"),
    "empty": ("Auth-Status:",),
    "lower": ("Auth-Status: ok",),
    "nothing": ("X-Nothing: here",),
    "badhost": ("Auth-Status: OK", "Auth-Server: localhost", "Auth-Port: 1"),
    "badport": ("Auth-Status: OK", "Auth-Server: 127.0.0.1", "Auth-Port: 70000"),
    "long": (*GRANT, "X-Long: " + "x" * 2000),
    "badname": ("Auth_Status: OK",),
    "refused": ("Auth-Status: OK", "Auth-Server: {host}", "Auth-Port: 1"),
    "rejected": (*GRANT, "Auth-User: rejectme"),
}


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128
    world: World


class _Auth(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        lines = []
        while line := self.rfile.readline().rstrip(b"\r\n"):
            lines.append(line.decode("utf-8", "surrogateescape"))
        headers = dict(line.split(": ", 1) if ": " in line else (line, "") for line in lines[1:])
        self.server.world.asked.append(tuple(lines))
        name = unquote_to_bytes(headers["Auth-User"]).decode("latin-1")
        if headers["Auth-Method"] == "none":
            name = headers["Auth-SMTP-To"].partition("<")[2].rstrip(">")
        answer = ANSWERS.get(name, ANSWERS["ok"])
        if name == "slow":
            threading.Event().wait(SLOW)
        port = self.server.world.ports[headers["Auth-Protocol"]]
        text = "\r\n".join(["HTTP/1.0 200 OK", *answer, "", ""])
        self.wfile.write(text.format(host=self.server.world.host, port=port).encode())


class _BackEnd(socketserver.StreamRequestHandler):
    """Greets, takes any login, reports what it heard, then echoes lines."""

    server: _Server
    greeting = b""

    def handle(self) -> None:
        self.heard: list[bytes] = []
        self.wfile.write(self.greeting)
        while line := self.rfile.readline():
            self.heard.append(line)
            reply = self.reply(line)
            if reply:
                self.wfile.write(reply)
            if line.upper().strip().endswith((b"LOGOUT", b"QUIT")):
                return

    def report(self) -> bytes:
        return repr(b"".join(self.heard)).encode()

    def reply(self, line: bytes) -> bytes:
        raise NotImplementedError


class _Imap(_BackEnd):
    greeting = b"* OK back end\r\n"
    wanted = 2

    def reply(self, line: bytes) -> bytes:
        if self.wanted:
            # The literal is read by its length: it may hold anything.
            size = int(re.findall(rb"\{(\d+)\}\r\n$", line)[0])
            self.wfile.write(b"+ go on\r\n")
            self.heard.append(self.rfile.read(size))
            self.wanted -= 1
            if self.wanted:
                self.reply(self._tail())
            return b""
        tag = self.heard[0].split(b" ")[0]
        if b"rejectme" in self.heard:
            return tag + b" NO not you\r\n"
        if not hasattr(self, "done"):
            self.done = True
            return tag + b" OK heard " + self.report() + b"\r\n"
        return b"* echo " + line

    def _tail(self) -> bytes:
        line = self.rfile.readline()
        self.heard.append(line)
        return line


class _Pop3(_BackEnd):
    greeting = b"+OK back end\r\n"

    def reply(self, line: bytes) -> bytes:
        if len(self.heard) == 1:
            return b"-ERR not you\r\n" if b"rejectme" in line else b"+OK\r\n"
        if len(self.heard) == 2:
            return b"+OK heard " + self.report() + b"\r\n"
        return b"+OK echo " + line


class _Smtp(_BackEnd):
    greeting = b"220 back end\r\n"

    def reply(self, line: bytes) -> bytes:
        word = line[:4].upper()
        if word == b"XCLI":
            return b"550 not you\r\n" if b"rejectme" in line else b"220 back end\r\n"
        if word == b"EHLO":
            return b"250-back\r\n250 XCLIENT\r\n"
        if word == b"AUTH":
            return b"235 fine\r\n"
        return b"250 heard " + self.report() + b"\r\n"


@dataclass
class World:
    """What surrounds the proxy. `asked` are the auth server's requests, as lines."""

    host: str
    asked: list[tuple[str, ...]] = field(default_factory=list)
    ports: dict[str, int] = field(default_factory=dict)
    servers: list[_Server] = field(default_factory=list)

    def start(self) -> None:
        for name, handler in (("auth", _Auth), ("imap", _Imap), ("pop3", _Pop3), ("smtp", _Smtp)):
            server = _Server((self.host, 0), handler)
            server.world = self
            self.ports[name] = server.server_address[1]
            self.servers.append(server)
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        for server in self.servers:
            server.shutdown()
            server.server_close()


@dataclass(frozen=True)
class Paper:
    """Files of a test authority: a server certificate, its key, and the authority's own."""

    certificate: str
    key: str
    authority: str
    client: str


@pytest.fixture(scope="session")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Paper:
    directory = tmp_path_factory.mktemp("paper")
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    client = authority.issue_cert("client@example.org")
    files = {
        "certificate": issued.cert_chain_pems[0].bytes(),
        "key": issued.private_key_pem.bytes(),
        "authority": authority.cert_pem.bytes(),
        "client": client.private_key_and_cert_chain_pem.bytes(),
    }
    for name, content in files.items():
        (directory / f"{name}.pem").write_bytes(content)
    return Paper(**{name: str(directory / f"{name}.pem") for name in files})


@pytest.fixture(scope="session")
def new_world() -> Iterator[Callable[[], World]]:
    worlds: list[World] = []

    def start() -> World:
        world = World(free_loopback(()))
        world.start()
        worlds.append(world)
        return world

    yield start
    for world in worlds:
        world.stop()


@dataclass
class Proxy:
    """A running proxy and what it was started with."""

    process: subprocess.Popen[bytes]
    directory: Path
    world: World

    def log(self) -> str:
        return (self.directory / "error.log").read_text(errors="replace")


def _command(product: str, directory: Path, faults: str) -> list[str]:
    common = ["-p", str(directory), "-c", str(directory / "nginx.conf")]
    common += ["-e", str(directory / "error.log")]
    globals_text = f"pid {directory}/pid; daemon off; error_log {directory}/error.log info;"
    if product == "nginx":
        module = "load_module /usr/lib/nginx/modules/ngx_mail_module.so;"
        return ["nginx", *common, "-g", f"{module} {globals_text} user root;"]
    fault = ["--faults", faults] if faults else []
    return [sys.executable, "-m", "reference_proxy", *common, "-g", globals_text, *fault]


@pytest.fixture(scope="session")
def launch(
    tmp_path_factory: pytest.TempPathFactory, new_world: Callable[[], World]
) -> Iterator[Callable[..., Proxy]]:
    """Start `product` on what `configuration(world)` says, and wait until it has a pid file."""
    proxies: list[Proxy] = []

    def start(product: str, configuration: Callable[[World], str], faults: str = "") -> Proxy:
        if product == "nginx" and shutil.which("nginx") is None:
            pytest.skip("nginx is not installed")
        world = new_world()
        directory = tmp_path_factory.mktemp(product)
        (directory / "nginx.conf").write_text(configuration(world))
        command = _command(product, directory, faults)
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        process = subprocess.Popen(command, env=environment)
        proxy = Proxy(process, directory, world)
        proxies.append(proxy)
        deadline = time.monotonic() + PATIENCE
        while not (directory / "pid").exists():
            assert process.poll() is None, f"{product} has ended"
            assert time.monotonic() < deadline, f"{product} has not started"
            select.select([], [], [], 0.005)
        return proxy

    yield start
    for proxy in proxies:
        proxy.process.send_signal(signal.SIGTERM)
    for proxy in proxies:
        proxy.process.wait(PATIENCE)


class Client:
    """A blocking client; `source` is the address it comes from.

    `cut_off` is whether TLS ended without close_notify, where the socket is told to mind it.
    """

    def __init__(self, host: str, port: int, source: str = "") -> None:
        self.socket = socket.create_connection(
            (host, port), PATIENCE, (source, 0) if source else None
        )
        self.ended = False
        self.cut_off = False

    def start_tls(self, certificate: str = "") -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if certificate:
            context.load_cert_chain(certificate)
        self._quick()
        self.socket = context.wrap_socket(self.socket)

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def receive(self, quiet: float = QUIET) -> bytes:
        """Return what arrives until it is so quiet behind a whole line, or the end."""
        data = b""
        deadline = time.monotonic() + PATIENCE
        while not self.ended and time.monotonic() < deadline:
            patience = quiet if data.endswith(b"\n") else deadline - time.monotonic()
            pending = isinstance(self.socket, ssl.SSLSocket) and self.socket.pending()
            if not pending and not self.readable(max(patience, 0)):
                break
            data += self._read()
        return data

    def readable(self, seconds: float) -> bool:
        """Wait so long for something to read; unlike `select`, for a socket of any number."""
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def _read(self) -> bytes:
        self._quick()
        try:
            data = self.socket.recv(65536)
        except (ConnectionResetError, ssl.SSLError) as error:
            data = b""
            self.cut_off = isinstance(error, ssl.SSLEOFError)
        self.ended = not data
        return data

    def _quick(self) -> None:
        """Acknowledge at once; nginx's mail module waits for it."""
        if hasattr(socket, "TCP_QUICKACK"):
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def close(self) -> None:
        self.socket.close()


@pytest.fixture(scope="session")
def new_client() -> type[Client]:
    return Client


@pytest.fixture
def connect() -> Iterator[Callable[..., Client]]:
    clients: list[Client] = []

    def make(*arguments: object) -> Client:
        clients.append(Client(*arguments))  # type: ignore[arg-type]
        return clients[-1]

    yield make
    for client in clients:
        client.close()
