"""The login at the back end: what to send after which reply, as data, and a reader of replies."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from reference_proxy.config.settings import ServerSettings

_SHORTEST_REPLY = 4
_XTEXT = re.compile(rb"[^\x21-\x2a\x2c-\x3c\x3e-\x7e]")


class UpstreamRefused(Exception):
    """The back end's reply is not the one that the login needs; `reply` is what it said."""

    def __init__(self, text: str, reply: bytes = b"") -> None:
        super().__init__(text)
        self.reply = reply


@dataclass(frozen=True)
class Step:
    """Once a reply beginning with `expect` is there, send `send`."""

    expect: bytes
    send: bytes


@dataclass(frozen=True)
class Script:
    """The whole login; its last reply begins with `last`.

    That reply is passed to the client, unless `answer` takes its place.
    """

    steps: tuple[Step, ...]
    last: bytes
    answer: bytes | None = None


def imap_script(tag: bytes, user: bytes, password: bytes) -> Script:
    """Log in with literals, which can carry any byte."""
    steps = (
        Step(b"* OK", b"%s LOGIN {%d}\r\n" % (tag, len(user))),
        Step(b"+", b"%s {%d}\r\n" % (user, len(password))),
        Step(b"+", b"%s\r\n" % password),
    )
    return Script(steps, tag + b" OK")


def pop3_script(user: bytes, password: bytes) -> Script:
    """Log in with USER and PASS.

    Raises `UpstreamRefused` where a line end in either would become a command of its own.
    """
    if re.search(rb"[\r\n]", user + password):
        raise UpstreamRefused("a line end in the name or password cannot be sent over POP3")
    return Script(
        (Step(b"+OK", b"USER %s\r\n" % user), Step(b"+OK", b"PASS %s\r\n" % password)), b"+OK"
    )


@dataclass(frozen=True)
class SmtpClient:
    """What the back end is told of an SMTP client; `mail_from` is empty after a login."""

    address: str
    user: bytes
    password: bytes
    helo: bytes
    esmtp: bool
    mail_from: bytes = b""
    rcpt_to: bytes = b""


def smtp_script(settings: ServerSettings, client: SmtpClient) -> Script:
    """Introduce the client: EHLO, XCLIENT, its own HELO, then AUTH or the mail transaction."""
    name = settings.server_name.encode()
    verb = b"EHLO" if client.esmtp or settings.xclient else b"HELO"
    lines: list[tuple[bytes, bytes]] = [(b"%s %s" % (verb, name), b"250")]
    if settings.xclient:
        lines.append((_xclient(settings, client), b"220"))
        if client.helo:
            lines.append(((b"EHLO " if client.esmtp else b"HELO ") + client.helo, b"250"))
    if client.mail_from:
        lines += [(client.mail_from, b"250"), (client.rcpt_to, b"")]
    elif settings.proxy_smtp_auth:
        secret = base64.b64encode(b"\0%s\0%s" % (client.user, client.password))
        lines.append((b"AUTH PLAIN " + secret, b"235"))
    expected = [b"220", *(reply for _, reply in lines)]
    steps = tuple(
        Step(expect, line + b"\r\n") for expect, (line, _) in zip(expected, lines, strict=False)
    )
    return Script(steps, expected[-1], None if client.mail_from else b"235 2.0.0 OK\r\n")


def _xclient(settings: ServerSettings, client: SmtpClient) -> bytes:
    address = f"IPV6:{client.address}" if ":" in client.address else client.address
    words = [b"XCLIENT", b"ADDR=" + address.encode()]
    if client.user and not settings.proxy_smtp_auth:
        # Postfix's xtext: without it a line end in the name would be a command of its own.
        words.append(b"LOGIN=" + _XTEXT.sub(lambda match: b"+%02X" % match[0][0], client.user))
    return b" ".join([*words, b"NAME=[UNAVAILABLE]"])


class Dialogue:
    """A script being carried out; a reply may have `limit` bytes."""

    def __init__(self, script: Script, multiline: bool, limit: int) -> None:
        self._script = script
        self._limit = limit
        self._multiline = multiline
        self._done = 0
        self._reply = b""

    def receive(self, data: bytes) -> Step | bytes | None:
        """Take bytes of the back end: the next step, or the client's answer at the end, or None.

        None means that the reply is incomplete. Raises `UpstreamRefused`.
        """
        self._reply += data
        if not self._complete():
            if len(self._reply) >= self._limit:
                raise UpstreamRefused("upstream sent too long response line")
            return None
        reply, self._reply = self._reply, b""
        ending = self._done == len(self._script.steps)
        expect = self._script.last if ending else self._script.steps[self._done].expect
        if not reply.startswith(expect):
            raise UpstreamRefused("upstream sent invalid response", reply)
        if ending:
            return reply if self._script.answer is None else self._script.answer
        self._done += 1
        return self._script.steps[self._done - 1]

    def _complete(self) -> bool:
        if len(self._reply) < _SHORTEST_REPLY or not self._reply.endswith(b"\r\n"):
            return False
        last_line = self._reply[:-2].rpartition(b"\r\n")[2]
        return not self._multiline or last_line[3:4] != b"-"
