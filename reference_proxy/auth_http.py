"""The `auth_http` protocol: what is asked about a login, and what the answer means."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reference_proxy.config.settings import AuthHttp, ServerSettings
from reference_proxy.numeric import decimal, numeric_address
from reference_proxy.proxy_protocol import Proxied
from reference_proxy.session.events import TlsState

Headers = tuple[tuple[str, str], ...]

RESPONSE_LIMIT = 1024
_STATUS_LINE = re.compile(rb"HTTP/[^\r\n]*\r?\n")
_HEADER = re.compile(rb"([A-Za-z0-9][A-Za-z0-9-]*)(?:: *([^\r]*?) *)?\r?")
_ESCAPED = re.compile(rb"[\x00-\x20%]")
_HIGHEST_PORT = 65535


@dataclass(frozen=True)
class Attempt:
    """One login attempt. Bytes are the client's own, unescaped; `number` starts at 1."""

    method: str
    user: bytes
    password: bytes
    number: int
    client_ip: str
    salt: bytes = b""
    helo: bytes = b""
    mail_from: bytes = b""
    rcpt_to: bytes = b""
    proxied: Proxied | None = None

    @property
    def salted(self) -> bool:
        """Whether the salt goes along: with everything but a password, where there is one."""
        return self.method != "plain" and bool(self.salt)


@dataclass(frozen=True)
class Granted:
    """Go on to this back end; None leaves the client's own name or password as it is."""

    host: str
    port: int
    user: bytes | None
    password: bytes | None


@dataclass(frozen=True)
class Denied:
    """Refuse with this text; the client may go on after `wait` seconds, or not at all (0)."""

    text: bytes
    code: bytes
    wait: int


@dataclass(frozen=True)
class AskAgain:
    """Repeat the request after `wait` seconds, with another name or password unless None."""

    wait: int
    user: bytes | None = None
    password: bytes | None = None


class BadAnswer(Exception):
    """The auth server's answer cannot be used; the text is for the log."""


def decode_text(data: bytes) -> str:
    """Turn arbitrary bytes into text that `encode_text` turns back into the same bytes."""
    return data.decode("utf-8", "surrogateescape")


def encode_text(text: str) -> bytes:
    """Undo `decode_text`."""
    return text.encode("utf-8", "surrogateescape")


def escape(data: bytes) -> str:
    """Escape controls, blanks and `%` as %XX, so that no header can be injected (AH-REQ-06)."""
    return decode_text(_ESCAPED.sub(lambda match: b"%%%02X" % match[0][0], data))


def request_headers(
    settings: ServerSettings, attempt: Attempt, tls: TlsState | None, faults: frozenset[str]
) -> Headers:
    """Return the request's headers in nginx's order (AH-REQ-02), without `Host`."""
    headers = _credentials(attempt, faults)
    if attempt.salted:
        headers.append(("Auth-Salt", decode_text(attempt.salt)))
    headers += [
        ("Auth-Protocol", "imap" if "auth-protocol-wrong" in faults else settings.protocol),
        ("Auth-Login-Attempt", str(attempt.number)),
        ("Client-IP", "198.51.100.1" if "auth-client-ip-wrong" in faults else attempt.client_ip),
    ]
    if settings.protocol == "smtp":
        headers.append(("Client-Host", "[UNAVAILABLE]"))
    if attempt.proxied is not None:
        headers += [
            ("Proxy-Protocol-Addr", attempt.proxied.address),
            ("Proxy-Protocol-Port", str(attempt.proxied.port)),
            ("Proxy-Protocol-Server-Addr", attempt.proxied.server_address),
            ("Proxy-Protocol-Server-Port", str(attempt.proxied.server_port)),
        ]
    if attempt.method == "none":
        headers += [
            ("Auth-SMTP-Helo", decode_text(attempt.helo)),
            ("Auth-SMTP-From", decode_text(attempt.mail_from)),
            ("Auth-SMTP-To", decode_text(attempt.rcpt_to)),
        ]
    return (*headers, *_tls_headers(settings, tls, faults), *settings.auth_http_headers)


def _credentials(attempt: Attempt, faults: frozenset[str]) -> list[tuple[str, str]]:
    """Return who wants in, and how he says so."""
    user = attempt.user[:-1] if "auth-user-cut" in faults else attempt.user
    password = attempt.password
    if "auth-pass-lowered" in faults:
        password = password.lower()
    if "auth-pass-trimmed" in faults:
        password = password.rstrip(b" ")
    unescaped = "auth-pass-unescaped" in faults
    return [
        ("Auth-Method", "login" if "auth-method-wrong" in faults else attempt.method),
        ("Auth-User", escape(user)),
        ("Auth-Pass", decode_text(password) if unescaped else escape(password)),
    ]


def _tls_headers(settings: ServerSettings, tls: TlsState | None, faults: frozenset[str]) -> Headers:
    """Return `Auth-SSL` and its kin: present if and only if the client is under TLS (4.2)."""
    if tls is None:
        return () if "auth-ssl-before-tls" not in faults else (("Auth-SSL", "on"),)
    if "auth-ssl-missing" in faults:
        return ()
    protocol = tls.protocol if "auth-ssl-protocol-wrong" not in faults else "TLSv1"
    headers = [
        ("Auth-SSL", "on"),
        ("Auth-SSL-Protocol", protocol),
        ("Auth-SSL-Cipher", "NULL-MD5" if "auth-ssl-cipher-wrong" in faults else tls.cipher),
    ]
    if settings.tls is not None and settings.tls.verify_client != "off":
        headers += _certificate_headers(settings, tls, faults)
    return tuple(headers)


def _certificate_headers(
    settings: ServerSettings, tls: TlsState, faults: frozenset[str]
) -> list[tuple[str, str]]:
    headers = []
    if "auth-ssl-verify-missing" not in faults:
        headers.append(("Auth-SSL-Verify", _verify_word(tls, faults)))
    if tls.peer is None and "auth-ssl-subject-invented" in faults:
        headers.append(("Auth-SSL-Subject", "CN=nobody"))
    if tls.peer is not None:
        if "auth-ssl-subject-missing" not in faults:
            headers.append(("Auth-SSL-Subject", tls.peer.subject))
        headers += [
            ("Auth-SSL-Issuer", tls.peer.issuer),
            ("Auth-SSL-Serial", tls.peer.serial),
            ("Auth-SSL-Fingerprint", tls.peer.fingerprint),
        ]
        if settings.auth_http_pass_client_cert:
            headers.append(("Auth-SSL-Cert", escape(tls.peer.pem.encode())))
    return [(name, value) for name, value in headers if value]


def _verify_word(tls: TlsState, faults: frozenset[str]) -> str:
    if "auth-ssl-verify-always-success" in faults:
        return "SUCCESS"
    if tls.peer is None:
        return "NONE"
    return "SUCCESS" if tls.verify_error == 0 else f"FAILED:{tls.verify_text}"


def request(auth: AuthHttp, headers: Headers) -> bytes:
    """Return the bytes of the request: HTTP/1.0, no body."""
    lines = [f"GET {auth.path or '/'} HTTP/1.0", f"Host: {auth.host_header}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return encode_text("\r\n".join([*lines, "", ""]))


class ResponseParser:
    """Collects an answer until its headers are complete; all behind them is ignored."""

    def __init__(self) -> None:
        self._bytes = b""

    def feed(self, data: bytes) -> Headers | None:
        """Return the headers, names in lower case, once the empty line is there.

        Raises `BadAnswer` where they outgrow their room, are malformed, or end early (`data` is
        empty at the end of the stream). nginx waits for `auth_http_timeout` where it has no more
        room; what the client sees of it is the same.
        """
        if not data:
            raise BadAnswer("auth http server closed the connection before the end of its answer")
        self._bytes = (self._bytes + data)[:RESPONSE_LIMIT]
        headers: list[tuple[str, str]] = []
        for line in self._lines():
            if line in (b"", b"\r"):
                return tuple(headers)
            headers.append(_header(line))
        if len(self._bytes) >= RESPONSE_LIMIT:
            raise BadAnswer("auth http server sent too long answer")
        return None

    def _lines(self) -> list[bytes]:
        """Return the complete lines without a status line, of which only the first word counts."""
        head = self._bytes
        if head.startswith(b"HTTP/"):
            status_line = _STATUS_LINE.match(head)
            if status_line is None and b"\n" in head:
                raise BadAnswer("auth http server sent invalid response")
            head = head[status_line.end() :] if status_line else b""
        return head.split(b"\n")[:-1]


def _header(line: bytes) -> tuple[str, str]:
    """Return name and value, which is empty where there is no colon. Raises `BadAnswer`."""
    match = _HEADER.fullmatch(line)
    if match is None:
        raise BadAnswer("auth http server sent invalid header in response")
    return match[1].decode().lower(), decode_text(match[2] or b"")


def decide(
    headers: Headers, protocol: str, faults: frozenset[str] = frozenset()
) -> Granted | Denied | AskAgain:
    """Read the answer (AH-RSP). Raises `BadAnswer`.

    Of headers of the same name the last counts, but among those of `Auth-Status` a refusal always
    does. In SMTP an empty refusal is none. `WAIT` without a time to wait is a bad answer here;
    nginx asks again at once, for ever.
    """
    answer = dict(headers)
    statuses = [value for name, value in headers if name == "auth-status"]
    refusals = [status for status in statuses if status not in ("OK", "WAIT")]
    wait = _wait(headers)
    if refusals and (refusals[-1] or protocol != "smtp") and "refusal-ignored" not in faults:
        code = answer.get("auth-error-code") or "535 5.7.0"
        return Denied(encode_text(refusals[-1]), encode_text(code), wait)
    user, password = _bytes(answer, "auth-user"), _bytes(answer, "auth-pass")
    if "WAIT" in statuses:
        if wait == 0:
            raise BadAnswer("auth http server sent WAIT without a time to wait")
        return AskAgain(wait, user, password)
    host, port = _back_end(answer)
    return Granted(host, port, user, password)


def _wait(headers: Headers) -> int:
    """Return the seconds of the last `Auth-Wait` that is a number; 0 without one."""
    times = [decimal(value) for name, value in headers if name == "auth-wait"]
    return next((time for time in reversed(times) if time is not None), 0)


def _bytes(answer: dict[str, str], name: str) -> bytes | None:
    return encode_text(answer[name]) if name in answer else None


def _back_end(answer: dict[str, str]) -> tuple[str, int]:
    host, port = answer.get("auth-server", ""), answer.get("auth-port", "")
    if not host or not port:
        raise BadAnswer("auth http server did not send server or port")
    address, number = numeric_address(host), decimal(port)
    if address is None:
        raise BadAnswer(f'auth http server sent invalid server address:"{host}"')
    if number is None or not 0 < number <= _HIGHEST_PORT:
        raise BadAnswer(f'auth http server sent invalid server port:"{port}"')
    return address, number
