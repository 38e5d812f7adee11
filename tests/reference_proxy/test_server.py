"""The driver, over loopback: the reference as a process, with real sockets and real TLS."""

from __future__ import annotations

import resource
import signal
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any

import pytest

PLAIN, UPGRADE, IMPLICIT, SHORT, POP3 = 21001, 21002, 21003, 21004, 21005


def configuration(paper: Any, main: str = "") -> Callable[[Any], str]:
    def write(world: Any) -> str:
        return f"""
        {main} events {{ }}
        mail {{
            auth_http {world.host}:{world.ports["auth"]}; server_name mx.test;
            ssl_certificate {paper.certificate}; ssl_certificate_key {paper.key};
            server {{ listen {world.host}:{PLAIN}; protocol imap; }}
            server {{ listen {world.host}:{UPGRADE}; protocol imap; starttls on; }}
            server {{ listen {world.host}:{IMPLICIT} ssl; protocol imap; }}
            server {{
                listen {world.host}:{SHORT}; protocol imap; timeout 1s; proxy_timeout 1s;
            }}
            server {{ listen {world.host}:{POP3}; protocol pop3; starttls on; }}
        }}"""

    return write


@pytest.fixture(scope="module")
def proxy(launch: Callable[..., Any], paper: Any) -> Any:
    return launch("reference", configuration(paper))


@pytest.fixture
def client(proxy: Any, connect: Callable[..., Any]) -> Callable[..., Any]:
    """Connect to a listener and take the greeting (not before TLS)."""

    def make(port: int) -> Any:
        made = connect(proxy.world.host, port)
        if port != IMPLICIT:
            made.receive()
        return made

    return make


def test_login_over_starttls_reaches_the_back_end(client: Any) -> None:
    one = client(UPGRADE)
    one.send(b"a STARTTLS\r\n")
    assert one.receive() == b"a OK completed\r\n"
    one.start_tls()
    one.send(b"b LOGIN u p\r\nc after\r\nd LOGOUT\r\n")
    replies = b""
    while not one.ended:
        replies += one.receive()
    assert replies.startswith(b"b OK heard ")
    assert replies.endswith(b"* echo c after\r\n* echo d LOGOUT\r\n")


def test_a_client_hello_may_come_byte_by_byte(client: Any) -> None:
    one = client(IMPLICIT)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    for byte in outgoing.read():
        one.send(bytes([byte]))
    assert one.socket.recv(1) == b"\x16"


def test_an_orderly_end_says_close_notify(client: Any) -> None:
    one = client(IMPLICIT)
    one.start_tls()
    one.send(b"a LOGOUT\r\n")
    one.socket.suppress_ragged_eofs = False
    received = b""
    while data := one.socket.recv(4096):  # raises where close_notify is missing
        received += data
    assert received.endswith(b"a OK completed\r\n")


def test_clear_text_in_place_of_a_handshake_ends_the_connection(client: Any) -> None:
    one = client(UPGRADE)
    one.send(b"a STARTTLS\r\n")
    one.receive()
    one.send(b"b NOOP\r\n")
    assert one.socket.recv(100) == b""


def test_the_reply_to_an_endless_line_is_not_lost(client: Any) -> None:
    one = client(POP3)
    one.send(b"x" * 4_000_000)
    assert one.receive() == b"-ERR invalid command\r\n"
    assert one.ended


def test_commands_do_not_prolong_the_timeout(client: Any) -> None:
    one = client(SHORT)
    replies = b""
    while not one.ended:
        try:
            one.send(b"a NOOP\r\n")
        except OSError:
            break
        replies += one.receive()
    assert 1 < replies.count(b"a OK completed") < 15


def test_the_timeout_does_not_run_while_the_auth_server_is_asked(client: Any) -> None:
    one = client(SHORT)
    one.send(b"a LOGIN slow p\r\n")
    assert one.receive().startswith(b"a OK heard")


def test_an_idle_relay_ends(client: Any) -> None:
    one = client(SHORT)
    one.send(b"a LOGIN u p\r\n")
    one.receive()
    assert one.receive() == b""
    assert one.ended


def test_a_client_that_ends_its_side_is_seen_off(client: Any) -> None:
    one = client(PLAIN)
    one.socket.shutdown(socket.SHUT_WR)
    assert one.socket.recv(10) == b""


def test_megabytes_pass_both_ways_at_the_slower_sides_pace(
    launch: Any, paper: Any, connect: Any
) -> None:
    proxy = launch("reference", configuration(paper, "master_process off;"))
    one = connect(proxy.world.host, IMPLICIT)
    one.start_tls()
    one.receive()
    one.send(b"a LOGIN u p\r\n")
    one.receive()
    line = b"x" * 999 + b"\n"
    total = 20_000
    sender = threading.Thread(target=lambda: [one.send(line) for _ in range(total)])
    before = memory(proxy)
    sender.start()
    sender.join(1.0)  # nobody reads: everything on the way is full by now
    grown = memory(proxy) - before
    received = 0
    while received < total * len(b"* echo " + line):
        received += len(one.socket.recv(65536))
    sender.join()
    assert grown < 4_000_000


def memory(proxy: Any) -> int:
    with open(f"/proc/{proxy.process.pid}/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def test_out_of_descriptors_is_survived(launch: Any, paper: Any, connect: Any) -> None:
    proxy = launch("reference", configuration(paper, "master_process off;"))
    resource.prlimit(proxy.process.pid, resource.RLIMIT_NOFILE, (30, 30))
    crowd = [connect(proxy.world.host, PLAIN) for _ in range(40)]
    assert crowd[0].receive()
    for one in crowd:
        one.close()
    late = connect(proxy.world.host, PLAIN)
    assert late.receive() == b"* OK IMAP4 ready\r\n"
    assert "accept4() failed (24: Too many open files)" in proxy.log()


def test_a_failure_ends_one_connection_only(launch: Any, paper: Any, connect: Any) -> None:
    proxy = launch("reference", configuration(paper), "crash-on-eight-bit")
    one, other = (connect(proxy.world.host, PLAIN) for _ in range(2))
    one.receive()
    other.receive()
    one.send(b"a \xff\r\n")
    assert one.receive() == b""
    other.send(b"a NOOP\r\n")
    assert other.receive() == b"a OK completed\r\n"
    assert "ValueError: a byte above 127" in proxy.log()


def test_quit_waits_for_clients_and_takes_no_new_ones(
    launch: Any, paper: Any, connect: Any
) -> None:
    proxy = launch("reference", configuration(paper))
    one = connect(proxy.world.host, PLAIN)
    one.receive()
    proxy.process.send_signal(signal.SIGQUIT)
    one.send(b"a NOOP\r\n")
    assert one.receive() == b"a OK completed\r\n"
    with pytest.raises(ConnectionRefusedError):
        connect(proxy.world.host, PLAIN).receive()
    one.send(b"b LOGOUT\r\n")
    one.receive()
    one.close()
    assert proxy.process.wait(5) == 0


def test_clear_text_after_a_failed_handshake_is_a_fault(
    launch: Any, paper: Any, connect: Any
) -> None:
    proxy = launch("reference", configuration(paper), "plaintext-after-failed-handshake")
    one = connect(proxy.world.host, UPGRADE)
    one.receive()
    one.send(b"a STARTTLS\r\n")
    one.receive()
    one.send(b"b NOOP\r\n")
    assert b"b OK completed\r\n" in one.receive()
