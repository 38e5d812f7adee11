"""Servers that mean no good: each is a function of one connection, and says what it does."""

from __future__ import annotations

import contextlib
import itertools
import socket
import struct
import threading
from collections.abc import Callable, Iterator

Behaviour = Callable[[socket.socket], None]

# What must reach nobody's terminal, and no browser: colours, a title, a cursor, C1, bidi, markup.
EVIL = b"\x1b[31m\x1b]0;x\x07\x9b2J\x08\x00\xff\xfe\xe2\x80\xae<x-evil onload=1>"
GREETINGS = {"imap": b"* OK ", "pop3": b"+OK ", "smtp": b"220 "}
LISTS = {
    "imap": (b"* CAPABILITY IMAP4rev1 STARTTLS ", b"%s OK "),
    "pop3": (b"+OK ", b"STLS\r\n.\r\n"),
    "smtp": (b"250-x ", b"250 STARTTLS "),
}
ASKS = {"imap": b"CAPABILITY", "pop3": b"CAPA", "smtp": b"EHLO"}
UPGRADES = {"imap": b"STARTTLS", "pop3": b"STLS", "smtp": b"STARTTLS"}
AGREED = {"imap": b"%s OK go\r\n", "pop3": b"+OK go\r\n", "smtp": b"220 go\r\n"}
FINE = {"imap": b"%s OK fine\r\n", "pop3": b"+OK fine\r\n", "smtp": b"250 fine\r\n"}


@contextlib.contextmanager
def serving(behave: Behaviour) -> Iterator[int]:
    """The port of a server that treats each connection to `behave`."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)

    def attend(peer: socket.socket) -> None:
        with contextlib.suppress(Exception), peer:
            behave(peer)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = listening.accept()
                threading.Thread(target=attend, args=(peer,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        # A thread that waits in accept() would keep the socket open.
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


# --- who says too little ---


def silent(peer: socket.socket) -> None:
    while peer.recv(65536):
        pass


def closes(peer: socket.socket) -> None:
    return


def resets(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def reads_nothing(peer: socket.socket) -> None:
    threading.Event().wait(60)


# --- who says too much ---


def endless_line(peer: socket.socket) -> None:
    peer.sendall(b"* OK ")
    while True:
        peer.sendall(b"x" * 65536)


def flood(protocol: str) -> Behaviour:
    def behave(peer: socket.socket) -> None:
        while True:
            peer.sendall((GREETINGS[protocol] + EVIL + b"\r\n") * 1024)

    return behave


def drip(peer: socket.socket) -> None:
    for octet in itertools.cycle(b"* OK \x1b"):
        peer.sendall(bytes([octet]))
        peer.settimeout(0.2)
        with contextlib.suppress(TimeoutError):
            if not peer.recv(65536):
                return


def endless_list(peer: socket.socket) -> None:
    """A reply that goes on and on."""
    peer.sendall(b"220 hi\r\n")
    peer.recv(65536)
    while True:
        peer.sendall(b"250-" + b"X" * 500 + b"\r\n")


def long_literal(peer: socket.socket) -> None:
    peer.sendall(b"* OK [ALERT] {4294967295}\r\n")
    while True:
        peer.sendall(b"x" * 65536)


def nothing_but_nuls(peer: socket.socket) -> None:
    while True:
        peer.sendall(b"\0" * 65536)


# --- who says something else ---


def page(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 400 Bad Request\r\nServer: " + EVIL + b"\r\n\r\n<html><x-evil>")


def ssh(peer: socket.socket) -> None:
    peer.sendall(b"SSH-2.0-" + EVIL + b"\r\n")
    silent(peer)


def not_utf8(peer: socket.socket) -> None:
    peer.sendall(b"\xff\xfe\xc3\x28\xa0\xa1\r\n" * 50)
    silent(peer)


def busy(peer: socket.socket) -> None:
    peer.sendall(b"421 too busy " + EVIL + b"\r\n")


def bye(peer: socket.socket) -> None:
    peer.sendall(b"* BYE too many connections from you " + EVIL + b"\r\n")


# --- who speaks, and means something else ---


def talks(
    protocol: str, after: Behaviour = closes, text: bytes = EVIL, *, greets: bool = True
) -> Behaviour:
    """A server of that protocol whose texts are `text`, and which does `after` behind STARTTLS."""

    def behave(peer: socket.socket) -> None:
        if greets:
            peer.sendall(GREETINGS[protocol] + text + b"\r\n")
        said = peer.makefile("rb")
        # Who says endless lines is hung up on: that much is right about this server.
        while (line := said.readline(8192)).endswith(b"\n"):
            words = line.split() or [b""]
            tag, verb = (words[0], words[-1]) if protocol == "imap" else (b"", words[0])
            if verb.upper() == UPGRADES[protocol]:
                peer.sendall(AGREED[protocol].replace(b"%s", tag))
                after(peer)
                return
            first, last = LISTS[protocol]
            if verb.upper() == ASKS[protocol]:
                lines = first + text + b"\r\n" + last + b"\r\n"
                answer = lines if protocol != "pop3" else first + text + b"\r\n" + last
            else:
                answer = FINE[protocol].replace(b"fine", b"fine " + text)
            peer.sendall(answer.replace(b"%s", tag))

    return behave


def limited(served: int, behave: Behaviour) -> Behaviour:
    """A server that has enough of us after so many connections."""
    count = itertools.count(1)
    return lambda peer: behave(peer) if next(count) <= served else busy(peer)


def changing(*behaviours: Behaviour) -> Behaviour:
    """Another server each time."""
    turn = itertools.cycle(behaviours)
    return lambda peer: next(turn)(peer)
