"""nginx and the reference on the same configuration, side by side, and what they cost.

Both stand before the same auth server and the same IMAP back end, which run in this process.
"""

from __future__ import annotations

import asyncio
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue

import trustme

PLAIN, STARTTLS, IMPLICIT = 20143, 20144, 20993
PRODUCTS = ("nginx", "reference")
_ROOT = Path(__file__).resolve().parents[2]
_MODULE = "load_module /usr/lib/nginx/modules/ngx_mail_module.so;"
_START_SECONDS = 10.0


@dataclass(frozen=True)
class Server:
    """A running product. `host` is where it listens, a loopback address of its own."""

    product: str
    host: str
    process: subprocess.Popen[bytes]

    def pids(self) -> list[int]:
        """Return the first process and its children: master and workers."""
        mine = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        return [self.process.pid, *map(int, Path(mine).read_text().split())]

    def cpu(self) -> float:
        """Return the seconds of processor that it has used, user and system."""
        nanoseconds = 0
        for pid in self.pids():
            for task in Path(f"/proc/{pid}/task").iterdir():
                nanoseconds += int((task / "schedstat").read_text().split()[0])
        return nanoseconds / 1e9

    def descriptors(self) -> int:
        """Return how many files and sockets the worker has open."""
        return len(os.listdir(f"/proc/{self.pids()[-1]}/fd"))

    def memory(self) -> int:
        """Return the resident bytes that are its own: what processes share counts once."""
        total = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        return total


@contextmanager
def servers(products: tuple[str, ...], main: str = "") -> Iterator[list[Server]]:
    """Start these products with one worker each; `main` is more of the main context."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="waxseal-")))
        auth, mailbox = stack.enter_context(_doubles())
        _write_certificate(directory)
        net = f"127.{random.randrange(20, 250)}.{random.randrange(1, 250)}"
        started = []
        for number, product in enumerate(products, 1):
            run = directory / product
            run.mkdir()
            host = f"{net}.{number}"
            (run / "nginx.conf").write_text(_configuration(host, directory, auth, mailbox, main))
            process = stack.enter_context(_running(product, run))
            started.append(Server(product, host, process))
        yield started


def _configuration(host: str, directory: Path, auth: int, mailbox: int, main: str) -> str:
    """ECDSA, one of each way into TLS, and a log level as in production."""
    return f"""
daemon off; worker_processes 1; pid pid; error_log error.log error; {main}
events {{ worker_connections 20000; }}
mail {{
    server_name bench.example; timeout 10m;
    auth_http 127.0.0.1:{auth}/; auth_http_header X-Back-End 127.0.0.1:{mailbox};
    ssl_certificate {directory}/server.pem; ssl_certificate_key {directory}/server.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
    server {{ listen {host}:{PLAIN}; protocol imap; }}
    server {{ listen {host}:{STARTTLS}; starttls on; protocol imap; }}
    server {{ listen {host}:{IMPLICIT} ssl; protocol imap; }}
}}
"""


def _write_certificate(directory: Path) -> None:
    issued = trustme.CA().issue_cert("bench.example", key_type=trustme.KeyType.ECDSA)
    issued.private_key_and_cert_chain_pem.write_to_path(directory / "server.pem")


@contextmanager
def _running(product: str, run: Path) -> Iterator[subprocess.Popen[bytes]]:
    options = ["-p", str(run), "-c", str(run / "nginx.conf"), "-e", str(run / "error.log")]
    if product == "nginx":
        command = ["nginx", *options, "-g", f"{_MODULE} user root;"]
    else:
        command = [sys.executable, "-m", "reference_proxy", *options]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(_ROOT)})
    try:
        _await_pid_file(process, run / "pid")
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _await_pid_file(process: subprocess.Popen[bytes], path: Path) -> None:
    pause = 0.01
    for _ in range(int(_START_SECONDS / pause)):
        if path.exists():
            return
        if process.poll() is not None:
            break
        select.select([], [], [], pause)
    raise SystemExit(f"a server did not start: {(path.parent / 'error.log').read_text()}")


# --- what the proxies talk to -------------------------------------------------------


@contextmanager
def _doubles() -> Iterator[tuple[int, int]]:
    """Serve logins from a thread of this process: the auth server's port and the back end's."""
    ready: SimpleQueue[tuple[int, int, Callable[[], None]]] = SimpleQueue()

    async def serve() -> None:
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        async with await asyncio.start_server(_imap, "127.0.0.1", 0, backlog=1000) as mailbox:
            port = mailbox.sockets[0].getsockname()[1]
            async with await _auth_server(port) as auth:
                stop = partial(loop.call_soon_threadsafe, over.set)
                ready.put((auth.sockets[0].getsockname()[1], port, stop))
                await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    auth, mailbox, stop = ready.get()
    try:
        yield auth, mailbox
    finally:
        stop()
        thread.join()


async def _auth_server(mailbox: int) -> asyncio.Server:
    """Grant every login, at this port."""
    answer = f"HTTP/1.0 200 OK\r\nAuth-Status: OK\r\nAuth-Server: 127.0.0.1\r\nAuth-Port: {mailbox}"

    async def grant(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer.encode() + b"\r\n\r\n")
        writer.close()

    return await asyncio.start_server(grant, "127.0.0.1", 0, backlog=1000)


async def _imap(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take any login, as literals, and answer every later line with OK."""
    writer.write(b"* OK back end\r\n")
    try:
        tag, _, rest = (await reader.readuntil(b"\r\n")).partition(b" ")
        for _ in range(2):
            writer.write(b"+ go on\r\n")
            await reader.readexactly(int(rest[rest.index(b"{") + 1 : rest.index(b"}")]))
            rest = await reader.readuntil(b"\r\n")
        writer.write(tag + b" OK logged in\r\n")
        while line := await reader.readline():
            writer.write(line.partition(b" ")[0] + b" OK done\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()
