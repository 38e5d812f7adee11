"""The auth server: nginx's auth_http protocol, as the proxy's other half.

A proxy asks over HTTP/1.0 who a client is and where to go; everything is in
header lines. Whatever a proxy sends, the request is recorded, header by header,
before it is answered.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote_to_bytes

from ..endpoint import Protocol
from ..observation import AuthRequest
from .policy import Policy

REFUSAL = "Invalid login or password"
# A client certificate travels in one header, each blank and line end as three bytes.
REQUEST_LIMIT = 128 * 1024
REQUEST_SECONDS = 10.0
# nginx reads the answer's header block into this many bytes, and stalls on a longer one.
RESPONSE_LIMIT = 1024

# The headers that nginx escapes; in others a percent sign is just that.
_ESCAPED = frozenset({"auth-user", "auth-pass", "auth-ssl-cert"})

Places = Mapping[Protocol, tuple[str, int]]


def parse_request(block: bytes) -> AuthRequest:
    """The header lines below the request line, as latin-1 (one character a byte), in order.

    Never fails: a line that is no header line is kept under the name "". What
    nginx escapes (`Auth-User`, `Auth-Pass`, `Auth-SSL-Cert`) is decoded.
    """
    lines = re.split(rb"\r?\n", block)[1:]
    return AuthRequest(tuple(_header(line) for line in lines if line))


def _header(line: bytes) -> tuple[str, str]:
    name, colon, value = line.decode("latin-1").partition(":")
    if not colon:
        return "", line.decode("latin-1")
    name, value = name.lower(), value.strip(" \t")
    if name in _ESCAPED:
        value = unquote_to_bytes(value.encode("latin-1")).decode("latin-1")
    return name, value


def answer(request: AuthRequest, policy: Policy, places: Places) -> bytes:
    """The response: `OK` and the back end for the request's protocol, or the refusal.

    Never `WAIT`: without a delay nginx asks again at once, for ever.
    """
    protocol = request.get("auth-protocol") or ""
    if protocol not in places:
        return _response(("Auth-Status", "Unknown protocol"))
    host, port = places[Protocol(protocol)]
    place = (("Auth-Server", host), ("Auth-Port", str(port)))
    if not _let_in(request, policy):
        # The back end is named all the same: only the refusal must keep a proxy from it.
        return _response(("Auth-Status", REFUSAL), *place)
    headers = [("Auth-Status", "OK"), *place]
    if request.get("auth-method") not in {"plain", "none"}:
        # The proxy has no password that it could pass on to the back end.
        headers.append(("Auth-Pass", policy.password))
    return _response(*headers)


def _let_in(request: AuthRequest, policy: Policy) -> bool:
    user, secret = request.get("auth-user") or "", request.get("auth-pass") or ""
    match request.get("auth-method"):
        case "plain":
            return policy.admits(user, secret)
        case "cram-md5":
            return policy.admits_digest(user, request.get("auth-salt") or "", secret)
        case "apop":
            return policy.admits_apop(user, request.get("auth-salt") or "", secret)
        case "external":
            return policy.allows(user)
        case "none":
            return True
        case _:
            return False


def _response(*headers: tuple[str, str]) -> bytes:
    lines = ["HTTP/1.0 200 OK", *(f"{name}: {value}" for name, value in headers), "", ""]
    response = "\r\n".join(lines).encode("latin-1")
    assert len(response) <= RESPONSE_LIMIT
    return response


async def serve_auth(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    reply: Callable[[AuthRequest], bytes],
) -> None:
    """Read one request of at most `REQUEST_LIMIT` bytes, send `reply` of it.

    What is no complete request (too long, cut off, too slow) is answered with
    an HTTP error and not recorded.
    """
    try:
        async with asyncio.timeout(REQUEST_SECONDS):
            block = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.LimitOverrunError, asyncio.IncompleteReadError, TimeoutError):
        writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
    else:
        writer.write(reply(parse_request(block)))
    await writer.drain()
