"""Small servers that do one thing wrong, or nothing, and visits to them."""

import contextlib
import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import pytest

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.observation import Observation, Offer
from conformance.harness.patience import Patience
from conformance.harness.visit import visit

PATIENCE = Patience(answer=2.0)
HURRY = Patience(answer=0.2)
GREETINGS = {
    Protocol.IMAP: b"* OK hi\r\n",
    Protocol.POP3: b"+OK hi\r\n",
    Protocol.SMTP: b"220 hi\r\n",
}
INJECTED = {Protocol.IMAP: b"b NOOP\r\n", Protocol.POP3: b"NOOP\r\n", Protocol.SMTP: b"NOOP\r\n"}
REFUSALS = {
    Protocol.IMAP: b"* BYE SSL certificate error\r\n",
    Protocol.POP3: b"-ERR SSL certificate error\r\n",
    Protocol.SMTP: b"421 4.7.1 SSL certificate error\r\n",
}
PROTOCOLS = pytest.mark.parametrize("protocol", list(Protocol))
Behaviour = Callable[[socket.socket], None]


@contextlib.contextmanager
def serving(behaviour: Behaviour) -> Iterator[tuple[str, int]]:
    """A server that treats each connection with `behaviour`, in a thread of its own."""

    def treat(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            behaviour(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=treat, args=(connection,), daemon=True).start()

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def paid(
    behaviour: Behaviour,
    offer: Offer | None = None,
    protocol: Protocol = Protocol.IMAP,
    way: Way = Way.NONE,
    patience: Patience = PATIENCE,
) -> Observation:
    with serving(behaviour) as (host, port):
        return visit(Endpoint(host, port, protocol, way), offer or Offer(), patience)


class Toy:
    """A mail server of few words; its parameters are its faults."""

    def __init__(
        self,
        protocol: Protocol,
        context: ssl.SSLContext,
        keeps_plaintext: bool = False,
        greets_again: bool = False,
        refuses_inside: bool = False,
        falls_back: bool = False,
        starttls: bool = True,
    ) -> None:
        self.protocol = protocol
        self.context = context
        self.keeps_plaintext = keeps_plaintext
        self.greets_again = greets_again
        self.refuses_inside = refuses_inside
        self.falls_back = falls_back
        self.starttls = starttls

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(GREETINGS[self.protocol])
        self.serve(connection, b"")

    def serve(self, connection: socket.socket, held: bytes) -> None:
        while True:
            while b"\n" not in held:
                data = connection.recv(4096)
                if not data:
                    return
                held += data
            line, _, held = held.partition(b"\n")
            tag, word = self.parsed(line)
            if self.starttls and word in (b"STARTTLS", b"STLS"):
                connection.sendall(self.done(tag, b"220 go"))
                if self.secured(connection, held if self.keeps_plaintext else b""):
                    return
                held = b""
            else:
                connection.sendall(self.answer(tag, word))
                if word in (b"QUIT", b"LOGOUT"):
                    return

    def secured(self, connection: socket.socket, held: bytes) -> bool:
        try:
            secured = self.context.wrap_socket(connection.dup(), server_side=True)
        except ssl.SSLError:
            return not self.falls_back
        with secured:
            if self.greets_again:
                secured.sendall(GREETINGS[self.protocol])
            if self.refuses_inside:
                secured.sendall(REFUSALS[self.protocol])
                secured.unwrap()
            else:
                self.serve(secured, held)
        return True

    def parsed(self, line: bytes) -> tuple[bytes, bytes]:
        words = line.upper().split()
        if self.protocol is Protocol.IMAP:
            return line.split()[0], words[1]
        return b"", words[0]

    def done(self, tag: bytes, smtp: bytes) -> bytes:
        told = {Protocol.IMAP: tag + b" OK", Protocol.POP3: b"+OK", Protocol.SMTP: smtp}
        return told[self.protocol] + b"\r\n"

    def answer(self, tag: bytes, word: bytes) -> bytes:
        match word:
            case b"CAPA":
                return b"+OK list\r\nTOP\r\n.\r\n"
            case b"EHLO":
                return b"250-toy\r\n250 HELP\r\n"
            case b"QUIT" | b"LOGOUT":
                return self.done(tag, b"221 bye")
            case b"NOOP" | b"CAPABILITY":
                return self.done(tag, b"250 ok")
        refused = {Protocol.IMAP: tag + b" BAD", Protocol.POP3: b"-ERR", Protocol.SMTP: b"500 no"}
        return refused[self.protocol] + b"\r\n"


def upgraded(toy: Toy, **offer: object) -> Observation:
    return paid(toy, Offer(**offer), toy.protocol, Way.STARTTLS)  # type: ignore[arg-type]


def silent(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


def sends(*pieces: bytes) -> Behaviour:
    """Sends the first piece at once and each other one when it has been told something."""

    def behaviour(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)
            connection.recv(4096)
        silent(connection)

    return behaviour


def floods(line: bytes) -> Behaviour:
    def behaviour(connection: socket.socket) -> None:
        while True:
            connection.sendall(line * 1000)

    return behaviour


def drips(connection: socket.socket) -> None:
    for byte in itertools.cycle(b"* OK "):
        connection.sendall(bytes([byte]))
        if threading.Event().wait(0.02):
            return


def closes(connection: socket.socket) -> None:
    return
