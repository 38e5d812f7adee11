"""The reference as a process: started, signalled and ended as nginx is."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from conformance.harness.targets.loopback import free_loopback

PATIENCE = 30.0
PORTS = (9931, 9932, 9933, 9934)
ROOT = Path(__file__).parents[2]


class Proxy:
    """A running reference; its log comes to us through its standard error."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.host = free_loopback(PORTS)
        self.process: subprocess.Popen[bytes] | None = None
        self.log = b""
        self.workers = 1

    def configure(
        self, *ports: int, head: str = "daemon off;", server: str = "", workers: int = 1
    ) -> Self:
        self.workers = workers
        master = f"worker_processes {workers};" if workers else "master_process off;"
        listens = "".join(
            f"server {{ protocol imap; listen {self.host}:{port}; {server} }}\n" for port in ports
        )
        (self.directory / "nginx.conf").write_text(
            f"{head} {master} pid pid; error_log stderr info;\nevents {{}}\n"
            f"mail {{ auth_http 127.0.0.1:9;\n{listens}}}\n"
        )
        return self

    def start(self, *arguments: str) -> Self:
        self.process = subprocess.Popen(self.command(*arguments), cwd=ROOT, stderr=subprocess.PIPE)
        if not self.workers:
            self.until(b"started")
        for _ in range(self.workers):
            self.until(b"start worker process ")
        return self

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "reference_proxy", "-p", str(self.directory), *arguments]

    def until(self, word: bytes) -> None:
        """Read the log up to a line with this word in it."""
        assert self.process
        assert self.process.stderr
        descriptor = self.process.stderr.fileno()
        deadline = time.monotonic() + PATIENCE
        while word not in self.log:
            ready, _, _ = select.select([descriptor], [], [], deadline - time.monotonic())
            data = os.read(descriptor, 65536) if ready else b""
            assert data, f"no {word!r} in {self.log!r}"
            self.log += data
        self.log = self.log.partition(word)[2]

    def signal(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
        )

    def connect(self, port: int) -> socket.socket:
        return socket.create_connection((self.host, port), timeout=PATIENCE)

    def greeting(self, port: int) -> bytes:
        with self.connect(port) as client:
            return client.recv(100)

    @property
    def pid(self) -> int:
        return int((self.directory / "pid").read_text())

    def status(self) -> int:
        assert self.process
        return self.process.wait(PATIENCE)


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    proxy = Proxy(tmp_path)
    yield proxy
    if proxy.process:
        if (tmp_path / "pid").exists():
            os.kill(proxy.pid, signal.SIGKILL)
        proxy.process.wait(PATIENCE)
        assert proxy.process.stderr
        proxy.process.stderr.close()


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_serves_and_writes_its_pid(proxy: Proxy) -> None:
    proxy.configure(9931).start()
    assert proxy.process
    assert proxy.pid == proxy.process.pid
    assert proxy.greeting(9931) == b"* OK IMAP4 ready\r\n"


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_has_as_many_workers_as_it_should(proxy: Proxy, workers: int) -> None:
    proxy.configure(9931, workers=workers).start()
    assert proxy.greeting(9931)
    assert len(children(proxy.pid)) == workers


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stops_at_once(proxy: Proxy, number: signal.Signals, workers: int) -> None:
    proxy.configure(9931, workers=workers).start()
    with proxy.connect(9931) as client:
        client.recv(100)
        os.kill(proxy.pid, number)
        assert proxy.status() == 0
    assert not (proxy.directory / "pid").exists()


def test_a_worker_that_does_not_stop_is_killed(proxy: Proxy) -> None:
    proxy.configure(9931).start()
    assert proxy.greeting(9931)
    (worker,) = children(proxy.pid)
    os.kill(worker, signal.SIGSTOP)
    os.kill(proxy.pid, signal.SIGTERM)
    proxy.until(b"worker process %d exited on signal 9" % worker)
    assert proxy.status() == 0


@pytest.mark.parametrize("workers", [0, 2])
def test_quits_when_the_last_client_has_gone(proxy: Proxy, workers: int) -> None:
    proxy.configure(9931, workers=workers).start()
    with proxy.connect(9931) as client:
        client.recv(100)
        os.kill(proxy.pid, signal.SIGQUIT)
        for _ in range(max(workers, 1)):
            proxy.until(b"gracefully shutting down")
        client.sendall(b"a NOOP\r\n")
        assert client.recv(100).startswith(b"a OK")
        with pytest.raises(ConnectionRefusedError):
            proxy.connect(9931)
    assert proxy.status() == 0


def test_a_dead_worker_is_replaced(proxy: Proxy) -> None:
    proxy.configure(9931).start()
    (worker,) = children(proxy.pid)
    os.kill(worker, signal.SIGKILL)
    proxy.until(b"signal 17 (SIGCHLD) received from %d\n" % worker)
    proxy.until(b"[alert] %d#%d: worker process %d exited on signal 9" % (*[proxy.pid] * 2, worker))
    proxy.until(b"start worker process ")
    assert proxy.greeting(9931)


def test_the_last_worker_that_cannot_go_on_is_the_end(proxy: Proxy) -> None:
    proxy.configure(9931).start("--faults", "crash-on-eight-bit,failure-ends-all")
    with proxy.connect(9931) as client:
        client.sendall(b"\xff\r\n")
        proxy.until(b"exited with fatal code 2 and cannot be respawned")
    proxy.until(b"no worker process is left")
    assert proxy.status() == 1
    assert not (proxy.directory / "pid").exists()


def test_workers_end_without_their_master(proxy: Proxy) -> None:
    proxy.configure(9931).start()
    assert proxy.greeting(9931)
    os.kill(proxy.pid, signal.SIGKILL)
    proxy.status()
    (proxy.directory / "pid").unlink()
    proxy.until(b"the master process is gone")
    proxy.until(b"exit\n")
    with pytest.raises(ConnectionRefusedError):
        proxy.connect(9931)


def test_workers_rest_in_the_background_after_winch(proxy: Proxy) -> None:
    proxy.configure(9931, head="daemon on;").start()
    assert proxy.greeting(9931)
    os.kill(proxy.pid, signal.SIGWINCH)
    proxy.until(b"exited with code 0")
    with proxy.connect(9931) as waiting:
        os.kill(proxy.pid, signal.SIGHUP)
        assert waiting.recv(100) == b"* OK IMAP4 ready\r\n"


def test_nobody_notices_a_reload(proxy: Proxy) -> None:
    """Clients come without a pause while the configuration changes ten times."""
    proxy.configure(9931, workers=2).start()
    with proxy.connect(9931) as old:
        assert old.recv(100)
        for _ in range(10):
            os.kill(proxy.pid, signal.SIGHUP)
            greeted = [proxy.greeting(9931) for _ in range(20)]
            assert greeted == [b"* OK IMAP4 ready\r\n"] * 20
            proxy.until(b"reconfigured")
            greeted = [proxy.greeting(9931) for _ in range(20)]
            assert greeted == [b"* OK IMAP4 ready\r\n"] * 20
        old.sendall(b"a NOOP\r\n")
        assert old.recv(100) == b"a OK completed\r\n"


@pytest.mark.parametrize("workers", [0, 1])
def test_reload_changes_what_new_clients_meet(proxy: Proxy, workers: int) -> None:
    proxy.configure(9931, 9932, workers=workers).start()
    with proxy.connect(9931) as old:
        old.recv(100)
        proxy.configure(9931, 9933, server="imap_capabilities NEW;", workers=workers)
        assert proxy.signal("-s", "reload").returncode == 0
        proxy.until(b"reconfigured")
        with proxy.connect(9933) as new:
            new.recv(100)
            new.sendall(b"a CAPABILITY\r\n")
            assert b"NEW" in new.recv(200)
        old.sendall(b"a CAPABILITY\r\n")
        assert b"UIDPLUS" in old.recv(200)
    with pytest.raises(ConnectionRefusedError):
        proxy.connect(9932)


def test_the_path_of_a_local_socket_goes_with_its_listen(proxy: Proxy) -> None:
    path = proxy.directory / "sock"
    proxy.configure(9931, server=f"listen unix:{path};").start()
    assert path.is_socket()
    proxy.configure(9931)
    os.kill(proxy.pid, signal.SIGHUP)
    proxy.until(b"reconfigured")
    assert not path.exists()


def test_the_path_of_a_local_socket_goes_before_the_last_client(proxy: Proxy) -> None:
    path = proxy.directory / "sock"
    proxy.configure(9931, server=f"listen unix:{path};").start()
    with proxy.connect(9931) as client:
        client.recv(100)
        os.kill(proxy.pid, signal.SIGQUIT)
        proxy.until(b"gracefully shutting down")
        client.sendall(b"a NOOP\r\n")
        client.recv(100)
        assert not path.exists()


def test_a_bad_configuration_changes_nothing(proxy: Proxy) -> None:
    proxy.configure(9931).start()
    (proxy.directory / "nginx.conf").write_text("events {}\nnosuch;")
    os.kill(proxy.pid, signal.SIGHUP)
    proxy.until(b"[emerg] ")
    proxy.until(b'unknown directive "nosuch" in ')
    assert proxy.greeting(9931)


def test_an_address_that_cannot_be_had_changes_nothing(proxy: Proxy) -> None:
    proxy.configure(9931).start()
    with socket.create_server((proxy.host, 9934)):
        proxy.configure(9932, 9934)
        os.kill(proxy.pid, signal.SIGHUP)
        proxy.until(b"bind() to ")
    assert proxy.greeting(9931)
    with pytest.raises(ConnectionRefusedError):
        proxy.connect(9932)


def test_reopens_its_log(proxy: Proxy) -> None:
    log = proxy.directory / "log"
    proxy.configure(9931, head=f"daemon off; error_log {log} notice;").start()
    log.rename(proxy.directory / "old")
    assert proxy.signal("-s", "reopen").returncode == 0
    proxy.until(b"reopening logs")
    assert proxy.signal("-s", "stop").returncode == 0
    assert proxy.status() == 0
    assert "SIGTERM" in log.read_text()


def test_in_the_background(proxy: Proxy) -> None:
    proxy.configure(9931, head="daemon on;").start()
    assert proxy.status() == 0
    assert proxy.greeting(9931)
    assert proxy.signal("-s", "quit").returncode == 0
    proxy.until(b"exit")


def test_in_the_background_it_lets_go_of_who_started_it(proxy: Proxy) -> None:
    proxy.configure(9931, head="daemon on;")
    conf = proxy.directory / "nginx.conf"
    conf.write_text(conf.read_text().replace("error_log stderr", "error_log own.log"))
    # Reads the standard error of all to its end.
    assert proxy.signal().returncode == 0
    try:
        assert Path(f"/proc/{proxy.pid}/fd/2").readlink() == proxy.directory / "own.log"
    finally:
        os.kill(proxy.pid, signal.SIGTERM)


def test_a_taken_address_ends_the_start(proxy: Proxy) -> None:
    proxy.configure(9931)
    with socket.create_server((proxy.host, 9931)):
        result = proxy.signal()
    assert result.returncode == 1
    text = f"bind() to {proxy.host}:9931 failed (98: Address already in use)"
    assert result.stderr.endswith(f": {text}\n")  # a log line: `error_log` is standard error
    assert result.stderr.count("\n") == 1


def test_a_pid_file_that_cannot_be_written_ends_the_start(proxy: Proxy) -> None:
    (proxy.configure(9931).directory / "pid").mkdir()
    result = proxy.signal()
    assert result.returncode == 1
    assert re.search(r"\[emerg\] \d+#\d+: open\(\) ", result.stderr)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, '[error] open() "{}" failed (2: No such file or directory)'),
        ("x\n", '[error] invalid PID number "x" in "{}"'),
        ("4194305\n", "[alert] kill(4194305, 15) failed (3: No such process)"),
    ],
)
def test_nobody_to_signal(proxy: Proxy, content: str | None, text: str) -> None:
    path = proxy.configure(9931).directory / "pid"
    if content:
        path.write_text(content)
    result = proxy.signal("-s", "stop")
    assert result.returncode == 1
    assert result.stderr == f"nginx: {text.format(path)}\n"
    path.unlink(missing_ok=True)
