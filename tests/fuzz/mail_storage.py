"""The back end of sessions in this process: lets whoever comes in, and answers line by line."""

from __future__ import annotations

from collections.abc import Callable

from conformance.harness.endpoint import Protocol

GREETING = {
    Protocol.IMAP: b"* OK there\r\n",
    Protocol.POP3: b"+OK there\r\n",
    Protocol.SMTP: b"220 there\r\n",
}
_IMAP = {
    b"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n",
    b"NOOP": b"",
    b"LOGIN": b"",
    b"STATUS": b"* STATUS INBOX (MESSAGES 1)\r\n",
    b"LOGOUT": b"* BYE\r\n",
}
_OPENED = {b"SEARCH": b"* SEARCH 1\r\n"}
_POP3 = {
    b"USER": b"",
    b"PASS": b"",
    b"NOOP": b"",
    b"STAT": b"",
    b"QUIT": b"",
    b"LIST": b" 1 5",
    b"CAPA": b"\r\nUSER\r\n.",
    b"UIDL": b"\r\n1 a\r\n.",
    b"RETR": b"\r\nhello\r\n.",
}
_SMTP = {b"EHLO", b"HELO", b"XCLIENT", b"NOOP", b"RSET", b"MAIL", b"RCPT"}


class BackEnd:
    """One session at it; `over` when it has hung up."""

    def __init__(self, protocol: Protocol) -> None:
        self.over = False
        self._opened = False
        self._tag = b""
        self._held = b""
        self._answer: Callable[[bytes], bytes] = {
            Protocol.IMAP: self._imap,
            Protocol.POP3: self._pop3,
            Protocol.SMTP: self._smtp,
        }[protocol]

    def hear(self, data: bytes) -> bytes:
        """What it says to more octets."""
        self._held += data
        said = b""
        while b"\n" in self._held and not self.over:
            line, _, self._held = self._held.partition(b"\n")
            said += self._answer(line + b"\n")
        return said

    def _imap(self, line: bytes) -> bytes:
        tag, _, rest = line.strip().partition(b" ")
        if line.endswith(b"}\r\n"):
            # A proxy logs in with literals, one after the other.
            self._tag = self._tag or tag
            return b"+ go on\r\n"
        if self._tag:
            tag, self._tag = self._tag, b""
            return tag + b" OK welcome\r\n"
        verb = rest.upper().split(b" ")[0]
        self.over = verb == b"LOGOUT"
        if verb == b"SELECT":
            self._opened = True
            return b"* 1 EXISTS\r\n* OK [UIDNEXT 2] so\r\n" + tag + b" OK done\r\n"
        data = {**_IMAP, **(_OPENED if self._opened else {})}.get(verb)
        return tag + b" BAD what\r\n" if data is None else data + tag + b" OK done\r\n"

    def _pop3(self, line: bytes) -> bytes:
        verb = line.upper().strip().split(b" ")[0]
        self.over = verb == b"QUIT"
        data = _POP3.get(verb)
        return b"-ERR what\r\n" if data is None else b"+OK" + data + b"\r\n"

    def _smtp(self, line: bytes) -> bytes:
        verb = line.upper().strip().split(b" ")[0]
        self.over = verb == b"QUIT"
        if verb in {b"QUIT", b"AUTH"}:
            return {b"QUIT": b"221 bye\r\n", b"AUTH": b"235 in\r\n"}[verb]
        if verb not in _SMTP or (verb == b"RCPT" and not self._opened):
            return b"500 what\r\n"
        self._opened = verb in {b"MAIL", b"RCPT"} or (self._opened and verb == b"NOOP")
        return b"250 fine\r\n"
