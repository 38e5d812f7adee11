"""Whatever sits at the address: a run ends soon, without a crash, and never green."""

import contextlib
import re
import socket
import ssl
import struct
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import trustme

# Alone each takes half a minute at most; here several share the machine.
SECONDS = 60
AT_ONCE = 5
GREETING = b"* OK ready\r\n"
STARTTLS_ONLY = {
    b"CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n%s OK done\r\n",
    b"STARTTLS": b"%s OK begin\r\n",
    b"NOOP": b"%s OK done\r\n",
    b"LOGOUT": b"* BYE bye\r\n%s OK done\r\n",
}


def silent(peer):
    while peer.recv(65536):
        pass


def closes(peer):
    pass


def resets(peer):
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def endless_line(peer):
    peer.sendall(b"* OK ")
    while True:
        peer.sendall(b"x" * 65536)


def flood(peer):
    while True:
        peer.sendall(b"* OK \x1b[31mflood<b>\r\n" * 4096)


def drip(peer):
    for octet in GREETING * 1000:
        peer.sendall(bytes([octet]))
        peer.settimeout(0.4)
        with contextlib.suppress(TimeoutError):
            peer.recv(65536)


def http(peer):
    peer.sendall(b"HTTP/1.1 400 Bad Request\r\nServer: \x1b[31mx\r\n\r\n")


def ssh(peer):
    peer.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
    silent(peer)


def busy(peer):
    peer.sendall(b"421 too busy\r\n")


def conversation(after):
    """An IMAP server that agrees to STARTTLS, and then behaves like `after`."""

    def behave(peer):
        peer.sendall(GREETING)
        for line in peer.makefile("rb"):
            tag, _, verb = line.strip().partition(b" ")
            answer = STARTTLS_ONLY.get(verb.upper(), b"%s BAD what\r\n")
            peer.sendall(answer.replace(b"%s", tag))
            if verb.upper() == b"STARTTLS":
                after(peer)
                return

    return behave


def garbage(peer):
    peer.recv(1)
    peer.sendall(b"\x00\xff<script>\x1b]0;x\x07" * 100)


def stalls_half_way(peer):
    """The first five bytes of a record, and no more."""
    peer.recv(1)
    peer.sendall(b"\x16\x03\x03\x40\x00")
    silent(peer)


def tls_then_silent(peer):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("x.test").configure_cert(context)
    with context.wrap_socket(peer, server_side=True) as secured:
        silent(secured)


BEHAVIOURS = {
    "silent": silent,
    "closes": closes,
    "resets": resets,
    "endless line": endless_line,
    "flood": flood,
    "drip": drip,
    "http": http,
    "ssh": ssh,
    "busy": busy,
    "garbage": garbage,
    "stalls half way": stalls_half_way,
    "tls, then silent": tls_then_silent,
    "starttls, then silent": conversation(silent),
    "starttls, then garbage": conversation(garbage),
    "starttls, then closed": conversation(closes),
    "starttls, then stalled": conversation(stalls_half_way),
}


def serve(behave):
    """The port of a server that runs `behave` on each connection, until the tests end."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)

    def attend(peer):
        with contextlib.suppress(OSError), peer:
            behave(peer)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                peer, _ = listening.accept()
                threading.Thread(target=attend, args=(peer,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listening, listening.getsockname()[1]


CLAIMED = {"claims": "starttls on;", "tls claims": ""}


def arguments(form, port, directory):
    if form in CLAIMED:
        file = directory / f"{port}-{form.split()[0]}.conf"
        secure = " ssl" if form == "tls claims" else ""
        listen = f"listen {port}{secure}; protocol imap; {CLAIMED[form]}"
        file.write_text(f"events {{}} mail {{ server {{ {listen} }} }}\n")
        return [f"127.0.0.1:{port}", "--claims", str(file)]
    return [f"{form}127.0.0.1:{port}"]


# What is tried: each behaviour bare and with claims, TLS ones also as TLS.
IN_TLS = ("silent", "closes", "garbage", "stalls half way", "tls, then silent", "drip")
CASES = [(name, form) for name in BEHAVIOURS for form in ("", "claims")]
CASES += [(name, form) for name in IN_TLS for form in ("imaps://", "tls claims")]
UNREACHABLE = {"silent": "says nothing", "closes": "close", "resets": "reset|close"}


@pytest.fixture(scope="module")
def ended(commands, tmp_path_factory):
    """How each case ended; they wait side by side."""
    directory = tmp_path_factory.mktemp("hostile")
    servers = {name: serve(behave) for name, behave in BEHAVIOURS.items()}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = {
            case: pool.submit(commands.certify, *arguments(case[1], servers[case[0]][1], directory))
            for case in CASES
        }
        yield {case: run.result() for case, run in runs.items()}
    for listening, _ in servers.values():
        listening.close()


@pytest.mark.parametrize("case", CASES, ids=[" ".join(case) for case in CASES])
def test_the_run_ends_soon_and_not_green(ended, case):
    done = ended[case]
    assert done.status in (1, 7), done.out + done.err
    assert done.seconds < SECONDS
    assert "Traceback" not in done.out + done.err
    assert "\x1b" not in done.out + done.err


@pytest.mark.parametrize("case", [c for c in CASES if c[0] in UNREACHABLE])
def test_one_line_says_that_nobody_is_there(ended, case):
    done = ended[case]
    lines = [line for line in (done.out + done.err).splitlines() if line.strip()]
    assert done.status == 7
    assert len(lines) == 1
    assert re.search(UNREACHABLE[case[0]], lines[0])
