"""Who listens where."""

import os
import socket
import subprocess

import pytest

from conformance.harness.targets.listening import is_covered, listeners_of
from conformance.harness.targets.loopback import free_loopback


@pytest.mark.skipif(not os.path.exists("/proc/net/tcp"), reason="no /proc")
@pytest.mark.parametrize("host", ["127.1.2.3", "::1"])
def test_a_listener_is_found_by_its_process_and_no_other(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server:
        port = server.getsockname()[1]
        assert (host, port) in listeners_of(os.getpid())
        with subprocess.Popen(["sh", "-c", "read _"], stdin=subprocess.PIPE) as other:
            assert (host, port) not in listeners_of(other.pid)
            other.stdin.close()
    assert (host, port) not in listeners_of(os.getpid())


def test_a_wildcard_covers_every_address_of_its_port():
    assert is_covered("127.9.9.9", 25, [("0.0.0.0", 25)])
    assert not is_covered("127.9.9.9", 25, [("127.9.9.8", 25), ("0.0.0.0", 26)])


def test_a_free_loopback_address_has_its_ports_free():
    host = free_loopback([20080, 20993])
    with socket.create_server((host, 20080)), socket.create_server((host, 20993)):
        assert host.startswith("127.")


def test_an_address_with_a_taken_port_is_passed_over(monkeypatch):
    draws = iter([7, 6, 7, 7])
    monkeypatch.setattr("secrets.randbelow", lambda _: next(draws))
    taken = f"127.{1 + os.getpid() % 254}.7.7"
    with socket.create_server((taken, 20080)):
        assert free_loopback([20080]).endswith(".7.8")
