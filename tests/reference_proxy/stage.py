"""What surrounds one proxy in the differential test: an auth server, and back ends for one login.

The auth server's answer depends on the name that logs in, see `answers` in `auth_answers.toml`; a
name that begins with `be-` is granted, and meets a back end that behaves as `back_ends.toml` says.
Both tell whom they heard by the client's address, of which each conversation has its own, or by a
name such as `id7`.
"""

from __future__ import annotations

import re
import socket
import socketserver
import threading
from collections import defaultdict
from typing import Any
from urllib.parse import unquote_to_bytes

PATIENCE = 20.0
PAUSE = 0.05
GRANT = ["Auth-Status: OK", "Auth-Server: {host}", "Auth-Port: {port}"]
IMAP_LOGIN = ("login", "user", "password")
USUAL = {
    "imap": {
        "greeting": "* OK back end\r\n",
        "login": "+ go on\r\n",
        "user": "+ go on\r\n",
        "password": "{tag} OK in\r\n",
        "echo": "* heard\r\n",
    },
    "pop3": {
        "greeting": "+OK back end\r\n",
        "USER": "+OK\r\n",
        "PASS": "+OK in\r\n",
        "echo": "+OK heard\r\n",
    },
    "smtp": {
        "greeting": "220 back end\r\n",
        "EHLO": "250-back\r\n250 XCLIENT\r\n",
        "XCLI": "220 back end\r\n",
        "AUTH": "235 fine\r\n",
        "echo": "250 heard\r\n",
    },
}


def repeated(text: str) -> str:
    """Put so many x in the place of `{x900}`."""
    return re.sub(r"\{x(\d+)\}", lambda match: "x" * int(match[1]), text)


def speak(sock: socket.socket, text: str) -> bool:
    """Send the text; False where it ends in `<close>`. `<pause>` makes two packets, `<late>` is
    behind `auth_http_timeout`, `<fin>` ends this direction.
    """
    for part in re.split(r"(<\w+>)", text):
        match part:
            case "<pause>":
                threading.Event().wait(PAUSE)
            case "<late>":
                threading.Event().wait(25 * PAUSE)
            case "<fin>":
                sock.shutdown(socket.SHUT_WR)
            case "<close>":
                return False
            case _:
                sock.sendall(repeated(part).encode("latin-1"))
    return True


class _Auth(socketserver.StreamRequestHandler):
    server: _AuthServer

    def handle(self) -> None:
        lines = []
        while line := self.rfile.readline().rstrip(b"\r\n"):
            lines.append(line.decode("latin-1"))
        headers = dict(line.partition(": ")[::2] for line in lines[1:])
        try:
            if speak(self.request, self.server.stage.answer(tuple(lines), headers)):
                self.rfile.read()
        except OSError:
            return  # the proxy has heard enough


class _AuthServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 512
    stage: Stage


class Stage:
    """An auth server on an address of `host`; `asked` and `heard` are by conversation."""

    def __init__(self, host: str, number_of: Any, answers: dict[str, Any], behaviours: Any) -> None:
        self.host = host
        self.asked: defaultdict[int | None, list[tuple[str, ...]]] = defaultdict(list)
        self.heard: defaultdict[int | None, bytearray] = defaultdict(bytearray)
        self._number_of = number_of
        self._answers = {"ok": GRANT, **answers}
        self._behaviours = behaviours
        self._server = _AuthServer((host, 0), _Auth)
        self._server.stage = self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def forget(self, number: int) -> None:
        """Begin anew with this conversation."""
        self.asked.pop(number, None)
        self.heard.pop(number, None)

    def answer(self, lines: tuple[str, ...], headers: dict[str, str]) -> str:
        """The answer to a request, for which a back end is there where it names one."""
        name = unquote_to_bytes(headers["Auth-User"]).decode("latin-1")
        if headers["Auth-Method"] == "none":
            name = headers["Auth-SMTP-To"].partition("<")[2].rstrip(">")
        number = self._number_of(headers["Client-IP"])
        if number is None and name.startswith("id"):
            number = int(name.removeprefix("id"))
        self.asked[number].append(lines)
        said = self._answers.get(name, GRANT)
        if isinstance(said, dict):
            said = said["first" if len(self.asked[number]) == 1 else "then"]
        text = "\r\n".join(["HTTP/1.0 200 OK", *said, "", ""]) if isinstance(said, list) else said
        if "{port}" in text:
            behaviour = self._behaviours.get(name.removeprefix("be-"), {})
            port = self._open(number, headers["Auth-Protocol"], behaviour)
            text = text.replace("{port}", str(port))
        return text.replace("{host}", self.host)

    def _open(self, number: int | None, protocol: str, behaviour: dict[str, str]) -> int:
        """Have a back end ready for one connection; return its port."""
        listener = socket.create_server((self.host, 0))
        arguments = (listener, number, protocol, {**USUAL[protocol], **behaviour})
        threading.Thread(target=self._serve, args=arguments, daemon=True).start()
        return int(listener.getsockname()[1])

    def _serve(
        self, listener: socket.socket, number: int | None, protocol: str, said: dict[str, str]
    ) -> None:
        listener.settimeout(PATIENCE)
        try:
            with listener, listener.accept()[0] as sock:
                sock.settimeout(PATIENCE)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                _BackEnd(sock, protocol, said, self.heard[number]).run()
        except OSError:
            return  # nobody came, or the proxy has heard enough


class _BackEnd:
    """One conversation of a back end, line by line, but for IMAP's literals."""

    def __init__(
        self, sock: socket.socket, protocol: str, said: dict[str, str], heard: bytearray
    ) -> None:
        self._sock = sock
        self._said = said
        self._heard = heard
        self._steps = list(IMAP_LOGIN) if protocol == "imap" else []
        self._tag = ""
        self._bytes = b""

    def run(self) -> None:
        alive = speak(self._sock, self._said["greeting"])
        while alive and (chunk := self._hear()):
            self._tag = self._tag or chunk.split(b" ")[0].decode("latin-1")
            key = self._steps.pop(0) if self._steps else chunk[:4].upper().decode("latin-1")
            text = self._said.get(key, self._said["echo"]).replace("{tag}", self._tag)
            alive = speak(self._sock, text)
            if not self._steps and chunk.upper().rstrip().endswith((b"LOGOUT", b"QUIT")):
                return

    def _hear(self) -> bytes:
        """One packet while a literal may come, else one line; what is left at the end."""
        while not self._complete():
            data = self._sock.recv(65536)
            if not data:
                return b""
            self._heard += data
            self._bytes += data
            if self._bytes.startswith(b"PROXY "):
                self._bytes = self._bytes.partition(b"\n")[2]
        if self._steps:
            chunk, self._bytes = self._bytes, b""
        else:
            line, _, self._bytes = self._bytes.partition(b"\n")
            chunk = line + b"\n"
        return chunk

    def _complete(self) -> bool:
        return bool(self._bytes) if self._steps else b"\n" in self._bytes
