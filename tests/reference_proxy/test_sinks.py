from __future__ import annotations

import contextlib
import re
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reference_proxy.config.settings import LogTarget, Syslog
from reference_proxy.error_log import ErrorLog, with_file
from reference_proxy.sinks import sink
from tests.reference_proxy.config import oracle

PATIENCE = 30.0
HOST = socket.gethostname().lower()

Log = Callable[[Syslog], ErrorLog]


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(PATIENCE)
        yield receiver


@pytest.fixture
def log() -> Iterator[Log]:
    with contextlib.ExitStack() as stack:

        def opened(syslog: Syslog) -> ErrorLog:
            log = ErrorLog([LogTarget("", "info", syslog)])
            stack.callback(log.close)
            return log

        yield opened


def test_a_line_is_a_datagram(receiver: socket.socket, log: Log) -> None:
    log(Syslog(receiver.getsockname(), facility=2, tag="mx")).write("warn", "hello")
    datagram = receiver.recv(4096).decode()
    host = re.escape(HOST)
    assert re.fullmatch(rf"<20>[A-Z]\w\w [ \d]\d \d\d:\d\d:\d\d {host} mx: .*#\d+: hello", datagram)


def test_the_day_has_two_places(
    receiver: socket.socket, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    fifth = time.struct_time((2026, 11, 5, 8, 9, 1, 3, 309, 0))
    monkeypatch.setattr(time, "localtime", lambda: fifth)
    log(Syslog(receiver.getsockname())).write("warn", "hello")
    assert receiver.recv(4096).startswith(b"<188>Nov  5 08:09:01 ")


def test_without_the_host(receiver: socket.socket, log: Log) -> None:
    log(Syslog(receiver.getsockname(), hostname=False)).write("emerg", "hello")
    assert re.match(r"<184>.{15} nginx: \d{4}/", receiver.recv(4096).decode())


def test_a_local_server(tmp_path: Path, log: Log) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "log"))
        receiver.settimeout(PATIENCE)
        log(Syslog((f"unix:{tmp_path}/log", 0))).write("crit", "x")
        assert receiver.recv(4096).startswith(b"<186>")


def test_a_lost_line_does_not_end_the_proxy(tmp_path: Path, log: Log) -> None:
    lossy = log(Syslog((f"unix:{tmp_path}/nobody", 0)))
    lossy.write("crit", "lost")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "nobody"))
        receiver.settimeout(PATIENCE)
        lossy.write("crit", "found")
        assert receiver.recv(4096).endswith(b"found")


def test_memory_keeps_the_last_lines() -> None:
    ring = sink(LogTarget("", memory=4))
    ring.write("info", b"abc\n")
    ring.write("info", b"de")
    assert bytes(ring._ring) == b"dec\n"


def test_a_file_is_there_where_no_target_is_one(tmp_path: Path) -> None:
    memory, default = LogTarget("", memory=4), LogTarget("log")
    assert with_file((memory,), default) == (memory, default)
    assert with_file((LogTarget(""), memory), default) == (LogTarget(""), memory)


@pytest.mark.skipif(
    not (shutil.which("nginx") and oracle.MODULE.exists()), reason="no nginx with its mail module"
)
@pytest.mark.parametrize("more", ["", ",facility=mail,tag=mx,nohostname"])
def test_datagrams_are_nginxs(
    more: str,
    receiver: socket.socket,
    tmp_path: Path,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    port = receiver.getsockname()[1]
    server = b"auth_http 127.0.0.1:9; server { protocol imap; listen 192.0.2.1:99; }"
    log = f"error_log syslog:server=127.0.0.1:{port}{more};".encode()
    words = oracle.arguments(oracle.place(b"events {} %s mail { %s }" % (log, server), tmp_path))
    theirs = oracle.run(oracle.NGINX, words, tmp_path)
    first = receiver.recv(4096)
    assert oracle.in_process(words, capfdbinary) == theirs
    assert without_times(receiver.recv(4096)) == without_times(first)
    assert b"bind() to 192.0.2.1:99 failed" in first


def without_times(datagram: bytes) -> bytes:
    """And without the host: while it tests, nginx does not know its own name yet."""
    text = datagram.replace(HOST.encode() + b" ", b" ", 1).replace(b"  nginx:", b" nginx:")
    return re.sub(rb"[ \d]\d \d\d:\d\d:\d\d +|\d{4}/\d\d/|\d+#\d+", b"", text)
