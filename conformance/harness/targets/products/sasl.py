"""An auth service for products that ask one: any user with the run's one password is let in.

It speaks Dovecot's auth protocol, version 1, on a UNIX socket, as far as a server is concerned that
leaves SASL to it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import socketserver
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_CHALLENGE = b"<1.1@waxseal.invalid>"
# Longer lines are no answer of a client's; the connection ends.
_LONGEST = 64 * 1024
_PROPERTIES = {"PLAIN": "plaintext", "LOGIN": "plaintext", "CRAM-MD5": "dictionary\tactive"}

# Challenges out, responses in; who it is and what he proved, in the end.
Exchange = Generator[bytes, bytes, tuple[str, Callable[[str], bool]]]


def _plain() -> Exchange:
    _, user, password = (yield b"").split(b"\0")
    return user.decode(), lambda right: password == right.encode()


def _login() -> Exchange:
    user = yield b"Username:"
    password = yield b"Password:"
    return user.decode(), lambda right: password == right.encode()


def _cram_md5() -> Exchange:
    user, _, digest = (yield _CHALLENGE).rpartition(b" ")
    return user.decode(), lambda right: hmac.compare_digest(
        digest.decode(), hmac.new(right.encode(), _CHALLENGE, hashlib.md5).hexdigest()
    )


_MECHANISMS: dict[str, Callable[[], Exchange]] = {
    "PLAIN": _plain,
    "LOGIN": _login,
    "CRAM-MD5": _cram_md5,
}


@dataclass
class Dialogue:
    """What is said to one client of the service: its lines in, ours out, without line ends.

    Names that begin with `denied` are refused.
    """

    mechanisms: Sequence[str]
    password: str
    denied: str
    _open: dict[str, Exchange] = field(default_factory=dict)

    def greeting(self) -> list[str]:
        """What comes first: the version, the mechanisms, and the end of that."""
        offered = [f"MECH\t{name}\t{_PROPERTIES[name]}" for name in self.mechanisms]
        return ["VERSION\t1\t1", *offered, "SPID\t1", "CUID\t1", "COOKIE\twaxseal", "DONE"]

    def answer(self, line: str) -> str:
        """The answer to one line; "" where it has none."""
        match line.split("\t"):
            case ["AUTH", number, name, *arguments] if name.upper() in self.mechanisms:
                exchange = self._open[number] = _MECHANISMS[name.upper()]()
                challenge = next(exchange)
                given = [x.removeprefix("resp=") for x in arguments if x.startswith("resp=")]
                return self._go_on(number, given[0]) if given else _asked(number, challenge)
            case ["AUTH", number, *_]:
                return f"FAIL\t{number}"
            case ["CONT", number, response] if number in self._open:
                return self._go_on(number, response)
        return ""

    def _go_on(self, number: str, response: str) -> str:
        try:
            challenge = self._open[number].send(base64.b64decode(response, validate=True))
        except StopIteration as over:
            del self._open[number]
            user, proved = over.value
            if user.startswith(self.denied) or not proved(self.password):
                return f"FAIL\t{number}"
            # A tab in a name would be an argument of its own.
            return f"OK\t{number}\tuser={user.split()[0] if user.split() else 'nobody'}"
        except (ValueError, binascii.Error):
            del self._open[number]
            return f"FAIL\t{number}"
        return _asked(number, challenge)


def _asked(number: str, challenge: bytes) -> str:
    return f"CONT\t{number}\t{base64.b64encode(challenge).decode()}"


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, path: Path, begin: Callable[[], Dialogue]) -> None:
        self.begin = begin
        super().__init__(str(path), _Handler)


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        dialogue = self.server.begin()
        self._say(dialogue.greeting())
        while (line := self.rfile.readline(_LONGEST)).endswith(b"\n"):
            self._say([dialogue.answer(line.decode("utf-8", "replace").rstrip("\n"))])

    def _say(self, lines: Sequence[str]) -> None:
        self.wfile.write("".join(f"{line}\n" for line in lines if line).encode())


@dataclass(frozen=True)
class AuthService:
    """Listens on `path`, which anybody who reaches it may use, while it is entered.

    `mechanisms` are named as SASL names them; those that it does not know it does not offer.
    """

    path: Path
    mechanisms: Sequence[str]
    password: str
    denied: str

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve in threads; the socket is there at once."""
        known = [name for name in self.mechanisms if name in _MECHANISMS]
        with _Server(self.path, lambda: Dialogue(known, self.password, self.denied)) as server:
            self.path.chmod(0o666)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield
            server.shutdown()
