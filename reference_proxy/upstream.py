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
    """Once a reply beginning with (one of) `expect` is there, send `send`.

    None is something that cannot be sent, since the password for it is not known.
    """

    expect: bytes | tuple[bytes, ...]
    send: bytes | None


@dataclass(frozen=True)
class Script:
    """The whole login; its last reply begins with `last`.

    That reply is passed to the client, unless `answer` takes its place.
    """

    steps: tuple[Step, ...]
    last: bytes | tuple[bytes, ...]
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
    """What the back end is told of an SMTP client; `mail_from` is empty after a login.

    `password` is None where only the client knows it.
    """

    address: str
    user: bytes
    password: bytes | None
    helo: bytes
    esmtp: bool
    mail_from: bytes = b""
    rcpt_to: bytes = b""


def smtp_script(settings: ServerSettings, client: SmtpClient) -> Script:
    """Introduce the client: EHLO, XCLIENT, its own HELO, then AUTH or the mail transaction."""
    name = settings.server_name.encode()
    verb = b"EHLO" if client.esmtp or settings.xclient else b"HELO"
    steps = [Step(b"220", b"%s %s\r\n" % (verb, name))]
    expect: bytes | tuple[bytes, ...] = b"250"
    if settings.xclient:
        steps.append(Step(expect, _xclient(settings, client)))
        expect = (b"220", b"250")
        if client.helo:
            own = b"EHLO" if client.esmtp else b"HELO"
            steps.append(Step(expect, b"%s %s\r\n" % (own, client.helo)))
            expect = b"250"
    if client.mail_from:
        steps += [Step(expect, client.mail_from + b"\r\n"), Step(b"250", client.rcpt_to + b"\r\n")]
        return Script(tuple(steps), b"")
    if settings.proxy_smtp_auth:
        steps.append(Step(expect, _auth_plain(client)))
        expect = b"235"
    return Script(tuple(steps), expect, b"235 2.0.0 OK\r\n")


def _auth_plain(client: SmtpClient) -> bytes | None:
    if client.password is None:
        return None
    secret = base64.b64encode(b"\0%s\0%s" % (client.user, client.password))
    return b"AUTH PLAIN %s\r\n" % secret


def _xclient(settings: ServerSettings, client: SmtpClient) -> bytes:
    is_v6 = ":" in client.address and not client.address.startswith("unix:")
    address = f"IPV6:{client.address}" if is_v6 else client.address
    words = [b"XCLIENT", b"ADDR=" + address.encode()]
    if client.user and not settings.proxy_smtp_auth:
        # Postfix's xtext: without it a line end in the name would be a command of its own.
        words.append(b"LOGIN=" + _XTEXT.sub(lambda match: b"+%02X" % match[0][0], client.user))
    return b" ".join([*words, b"NAME=[UNAVAILABLE]\r\n"])


class Dialogue:
    """A script being carried out; a reply may have `limit` bytes."""

    def __init__(self, script: Script, multiline: bool, limit: int) -> None:
        self._script = script
        self._limit = limit
        self._multiline = multiline
        self._steps = list(script.steps)
        self._reply = b""
        self.ended = False

    def receive(self, data: bytes) -> bytes | None:
        """Take bytes of the back end: what to send next, or None while the reply is incomplete.

        At the end (see `ended`) it is what the client is answered. Raises `UpstreamRefused`.
        """
        self._reply += data
        if not _complete(self._reply[: self._limit], self._multiline):
            if len(self._reply) >= self._limit:
                raise UpstreamRefused("upstream sent too long response line")
            return None
        reply, self._reply = self._reply, b""
        step = self._steps.pop(0) if self._steps else None
        if not reply.startswith(self._script.last if step is None else step.expect):
            raise UpstreamRefused("upstream sent invalid response", reply)
        if step is None:
            self.ended = True
            return reply if self._script.answer is None else self._script.answer
        if step.send is None:
            raise UpstreamRefused("no password available")
        return step.send


def _complete(reply: bytes, multiline: bool) -> bool:
    """Tell whether the reply is there; in SMTP its first line says whether there are more."""
    if len(reply) < _SHORTEST_REPLY or not reply.endswith(b"\r\n"):
        return False
    last_line = reply[:-2].rpartition(b"\r\n")[2]
    return not (multiline and reply[3:4] == last_line[3:4] == b"-")
