"""A small mail server in threads, correct in three ways and faulty in several."""

from __future__ import annotations

import contextlib
import functools
import mmap
import os
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import trustme

from conformance.harness.endpoint import Endpoint, Protocol, Way

MAX_ERRORS = 5
# SSL_OP_ALLOW_CLIENT_RENEGOTIATION, which the ssl module does not name.
ALLOW_RENEGOTIATION = 0x100
POP3_LONGEST = 128


@pytest.fixture(scope="session")
def tls() -> Callable[[bool, bool], ssl.SSLContext]:
    """A server's context; one that takes part in renegotiation, or that speaks TLSv1.3 alone."""
    certificate = trustme.CA().issue_cert("localhost")

    @functools.cache
    def context(renegotiates: bool, modern: bool) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.minimum_version = ssl.TLSVersion.TLSv1_3 if modern else ssl.TLSVersion.TLSv1_2
        made.options |= ALLOW_RENEGOTIATION if renegotiates else 0
        certificate.configure_cert(made)
        return made

    return context


class Toy:
    """`policy` is what becomes of octets behind STARTTLS: discard, refuse, or feed to TLS."""

    def __init__(
        self, tls: ssl.SSLContext, protocol: Protocol, policy: str, faults: set[str], way: Way
    ):
        self.tls, self.protocol, self.policy, self.faults = tls, protocol, policy, faults
        self.closing = threading.Event()
        self.held: list[socket.socket | mmap.mmap] = []
        self.waiting = self.busiest = self.welcomed = 0
        self.endpoint = Endpoint("127.0.0.1", 0, protocol, way)
        self.socket = socket.socket()
        self.open_again()

    def open_again(self) -> int:
        """Listen, again on the same port where it was closed; there is no process of its own."""
        self._close_socket()
        self.socket = socket.create_server(("127.0.0.1", self.endpoint.port))
        port = self.socket.getsockname()[1]
        self.endpoint = replace(self.endpoint, port=port)
        threading.Thread(target=self._accept, args=(self.socket,), daemon=True).start()
        return os.getpid()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=Session(self, client).serve, daemon=True).start()

    def close(self) -> None:
        self.closing.set()
        for held in self.held:
            if isinstance(held, socket.socket):
                held.close()
        self._close_socket()

    def _close_socket(self) -> None:
        # close() alone does not wake a thread inside accept().
        with contextlib.suppress(OSError):  # it may have died on purpose before
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


class Gone(Exception):
    """The client has, or shall be."""


class Session:
    def __init__(self, toy: Toy, client: socket.socket) -> None:
        self.toy, self.client, self.protocol = toy, client, toy.protocol
        self.buffer = b""
        self.inside: ssl.SSLObject | None = None
        self.errors = 0
        self.quoted = False

    def serve(self) -> None:
        with self.client:
            try:
                if self.toy.endpoint.way is Way.IMPLICIT:
                    self.secure(b"")
                greeting = {"imap": "* OK hi", "pop3": "+OK hi", "smtp": "220 toy"}
                self.say(greeting[self.protocol])
                while True:
                    self.handle(self.line())
            except (Gone, OSError):
                pass

    def read(self) -> bytes:
        # The end of the handshake and the first line may have come at once.
        if self.inside is not None and (data := self.decrypted(self.inside)):
            return data
        data = self.client.recv(4096)
        if not data and "never closes" in self.toy.faults:
            self.toy.closing.wait()
        if not data:
            raise Gone
        if self.inside is None:
            if "splits LF" in self.toy.faults and data.startswith(b"\n"):
                data = b"\r\n" + data
            return data
        self.incoming.write(data)
        try:
            return self.decrypted(self.inside)
        finally:
            # Its part in another handshake, or its refusal.
            self.client.sendall(self.outgoing.read())

    def decrypted(self, inside: ssl.SSLObject) -> bytes:
        data = b""
        while True:
            try:
                piece = inside.read(65536)
                if not piece:  # close_notify
                    if "says goodbye" in self.toy.faults:
                        self.client.sendall(self.farewell())
                    if "goes on in clear" not in self.toy.faults:
                        raise Gone
                    self.inside = None
                    return self.incoming.read()
                data += piece
            except ssl.SSLWantReadError:
                return data
            except ssl.SSLError as error:
                raise Gone from error

    def farewell(self) -> bytes:
        """A last word inside TLS, and close_notify: that is still to be said."""
        assert self.inside is not None
        self.inside.write(b"* BYE\r\n")
        with contextlib.suppress(ssl.SSLError):
            self.inside.unwrap()
        return self.outgoing.read()

    def line(self) -> bytes:
        while b"\n" not in self.buffer:
            if self.protocol == "pop3" and len(self.buffer) > POP3_LONGEST:
                self.say("-ERR too long")
                raise Gone
            self.buffer += self.read()
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.removesuffix(b"\r")

    def take(self, count: int) -> None:
        while len(self.buffer) < count:
            self.buffer += self.read()
        self.buffer = self.buffer[count:]

    def say(self, text: str) -> None:
        bare = "bare LF" in self.toy.faults and "what" in text
        data = text.encode("latin-1") + (b"\n" if bare else b"\r\n")
        if self.inside is not None:
            self.inside.write(data)
            data = self.outgoing.read()
        self.client.sendall(data)

    def handle(self, line: bytes) -> None:
        faults = self.toy.faults
        if any(octet > 0x7F for octet in line):
            if "listener dies" in faults:
                self.toy.close()
            if {"listener dies", "dies"} & faults:
                raise Gone
            if "leaks descriptors" in faults:
                self.toy.held.append(socket.socket())
            if "leaks memory" in faults:
                pages = mmap.mmap(-1, 2**23)
                pages.write(b"x" * 2**23)
                self.toy.held.append(pages)
        self.quoted |= line.count(b'"') % 2 == 1
        tag, words = self.parts(line)
        verb = words[0].decode("latin-1").upper() if words else ""
        if "wrong tag" in faults and verb == "CAPABILITY":
            tag = "x9"
        run = self.commands().get(verb)
        tagged = self.protocol != "imap" or re.fullmatch(r"[A-Za-z0-9.-]+", tag)
        if run is None or not tagged:
            self.error(tag)
        else:
            run(tag, words)

    def parts(self, line: bytes) -> tuple[str, list[bytes]]:
        words = line.split()
        if self.protocol != "imap":
            return "", words
        return (words[0].decode("latin-1") if words else "*"), words[1:]

    def commands(self) -> dict[str, Callable[[str, list[bytes]], None]]:
        smtp = self.protocol == "smtp"
        return {
            "STLS" if self.protocol == "pop3" else "STARTTLS": self.starttls,
            "NOOP": self.noop,
            "CAPABILITY" if self.protocol == "imap" else "CAPA": self.capabilities,
            "LOGIN" if self.protocol == "imap" else "AUTH": self.auth,
            "LOGOUT" if self.protocol == "imap" else "QUIT": self.quit,
            **({"EHLO": self.ehlo, "HELO": self.noop, "RSET": self.noop} if smtp else {}),
        }

    def good(self, tag: str, code: str = "250") -> None:
        self.say({"imap": f"{tag} OK", "pop3": "+OK", "smtp": f"{code} fine"}[self.protocol])

    def error(self, tag: str) -> None:
        if "keeps errors back" in self.toy.faults:
            self.toy.waiting += 1
            self.toy.busiest = max(self.toy.busiest, self.toy.waiting)
            threading.Event().wait(1.1)
            self.toy.waiting -= 1
        good_tag = tag if re.fullmatch(r"[A-Za-z0-9.-]+", tag) else "*"
        text = {"imap": f"{good_tag} BAD what", "pop3": "-ERR what", "smtp": "500 what"}
        self.say(text[self.protocol])
        if "answers twice" in self.toy.faults:
            self.say(text[self.protocol])
        self.errors += 1
        if self.errors == MAX_ERRORS:
            raise Gone

    def noop(self, tag: str, words: list[bytes]) -> None:
        self.good(tag)

    def capabilities(self, tag: str, words: list[bytes]) -> None:
        if "slow capabilities" in self.toy.faults:
            threading.Event().wait(0.7)
        faults = self.toy.faults
        forgetful = "keeps quotes open" not in faults or not self.quoted
        if self.inside and ("hides capabilities" in faults or not forgetful):
            self.error(tag)
            return
        words = [] if self.inside else ["STLS" if self.protocol == "pop3" else "STARTTLS"]
        listed = " ".join(["* CAPABILITY IMAP4rev1", *words])
        lines = {"imap": [listed, f"{tag} OK"], "pop3": ["+OK", "UIDL", *words, "."]}
        for text in lines.get(self.protocol, ["500 what"]):
            self.say(text)

    def ehlo(self, tag: str, words: list[bytes]) -> None:
        if len(words) == 2:
            self.say("250-toy")
            self.say("250 8BITMIME" if self.inside else "250 STARTTLS")
        else:
            self.error(tag)

    def auth(self, tag: str, words: list[bytes]) -> None:
        """Swallows a literal or a challenge's answer, and refuses."""
        literal = re.fullmatch(rb"\{(\d{1,3})(\+?)\}", words[-1])
        if self.protocol == "imap" and literal:
            if not literal[2]:
                self.say("+ go on")
            self.take(int(literal[1]))
            self.line()
        elif self.protocol != "imap":
            self.say({"pop3": "+ ", "smtp": "334 "}[self.protocol])
            self.line()
        if "forgets ann" in self.toy.faults and words[1:] and b"ann" in words[1]:
            password, self.toy.welcomed = words[-1].decode("latin-1"), self.toy.welcomed + 1
            word = "OK" if self.toy.welcomed == 1 else "NO"
            self.say(f"{tag} {word} {password}")
            return
        self.say({"imap": f"{tag} NO", "pop3": "-ERR no", "smtp": "535 no"}[self.protocol])

    def quit(self, tag: str, words: list[bytes]) -> None:
        if self.protocol == "imap":
            self.say("* BYE")
        self.good(tag, "221")
        if "never closes" not in self.toy.faults:
            raise Gone

    def starttls(self, tag: str, words: list[bytes]) -> None:
        faults = self.toy.faults
        if self.inside is not None:
            self.error(tag)
            return
        behind, self.buffer = self.buffer, b""
        if behind and self.toy.policy == "refuse":
            self.error(tag)
            raise Gone
        self.good(tag, "220")
        if "clear after" in faults:
            self.noop("t9", [])
        self.secure(behind if self.toy.policy == "feed" else b"")
        lines, tail = behind[: behind.rfind(b"\n") + 1], behind[behind.rfind(b"\n") + 1 :]
        if "keeps plaintext" in faults:
            self.buffer = lines
        if "glues the tail" in faults:
            self.buffer += tail

    def secure(self, come: bytes) -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.incoming.write(come)
        inside = self.toy.tls.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.shake_hands(inside)
        self.inside = inside

    def odd(self, hello: bytes) -> bool:
        """Whether a fault keeps the first octets of a ClientHello from being taken for one."""
        if f"cut at {len(hello)}" in self.toy.faults:
            return True
        whole = len(hello) >= 5 + int.from_bytes(hello[3:5])
        return "fragments" in self.toy.faults and whole and int.from_bytes(hello[3:5]) < 100

    def shake_hands(self, inside: ssl.SSLObject) -> None:
        first = True
        while True:
            try:
                return inside.do_handshake()
            except ssl.SSLWantReadError:
                self.client.sendall(self.outgoing.read())
                data = self.client.recv(4096)
                if not data or (first and self.odd(data)):
                    raise Gone from None
                first = False
                self.incoming.write(data)
            except ssl.SSLError as error:
                if "talks back" in self.toy.faults:
                    self.say("* BAD this is no TLS")
                raise Gone from error
            finally:
                self.client.sendall(self.outgoing.read())


@pytest.fixture
def toy(tls: Callable[[bool, bool], ssl.SSLContext]) -> Iterator[Callable[..., Toy]]:
    started: list[Toy] = []

    def start(protocol: str, *faults: str, policy: str = "discard", way: str = "starttls") -> Toy:
        context = tls("renegotiates" in faults, "modern" in faults)
        started.append(Toy(context, Protocol(protocol), policy, set(faults), Way(way)))
        return started[-1]

    yield start
    for each in started:
        each.close()
