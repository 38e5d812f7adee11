"""The hellos of SSLv2, which a server of this century answers with silence, an alert or its end."""

from __future__ import annotations

from dataclasses import dataclass

from ..observation import Alert
from .names import alert
from .records import ALERT, NotTls, Reader, excerpt, numbers
from .suites import suite_number
from .versions import SSLV2, TLSV1_2, VERSIONS

# SSLv2 has suites of its own, of three bytes.
SUITES = {
    "RC4-MD5": 0x010080,
    "EXP-RC4-MD5": 0x020080,
    "RC2-CBC-MD5": 0x030080,
    "EXP-RC2-CBC-MD5": 0x040080,
    "IDEA-CBC-MD5": 0x050080,
    "DES-CBC-MD5": 0x060040,
    "DES-CBC3-MD5": 0x0700C0,
}
_NAMES = {number: name for name, number in SUITES.items()}
_CLIENT_HELLO, _SERVER_HELLO = 1, 4


@dataclass(frozen=True)
class ServerHello:
    """SSLv2's SERVER-HELLO: the first suite in common and the certificate, if they came."""

    cipher: str
    chain: tuple[bytes, ...]


def client_hello_v2(highest: str, suites: tuple[str, ...], challenge: bytes) -> bytes:
    """A CLIENT-HELLO in SSLv2's form, for versions up to `highest` (RFC 5246 appendix E.2).

    `suites` are SSLv2's own for `highest` SSLv2 (() for all), else OpenSSL names.
    """
    if highest == SSLV2:
        specs = numbers(tuple(_number(name) for name in suites or tuple(SUITES)), 3)
    else:
        specs = numbers(tuple(suite_number(name) for name in suites), 3)
    version = min(VERSIONS[highest], VERSIONS[TLSV1_2])
    lengths = numbers((len(specs), 0, len(challenge)))
    message = bytes((_CLIENT_HELLO,)) + version.to_bytes(2) + lengths + specs + challenge
    return (0x8000 | len(message)).to_bytes(2) + message


def _number(name: str) -> int:
    if name not in SUITES:
        raise ValueError(f"no cipher suite of SSLv2 is called {name!r}")
    return SUITES[name]


def read_server_hello(data: bytes) -> ServerHello | Alert | None:
    """What answered an SSLv2 hello: its answer, or a later version's alert; None while incomplete.

    Raises `NotTls` for anything else, SSLv2's own error message included.
    """
    if data[:1] == bytes((ALERT,)):
        return alert(data[6]) if len(data) >= 7 else None
    if data and not data[0] & 0x80:
        raise NotTls(excerpt(data))
    if len(data) < 2 or len(data) - 2 < (length := int.from_bytes(data[:2]) & 0x7FFF):
        return None
    body = Reader(data[2 : 2 + length])
    if body.number(1) != _SERVER_HELLO:
        raise NotTls(f"an SSLv2 message that is no SERVER-HELLO: {excerpt(data)}")
    body.take(2)
    if body.number(2) != VERSIONS[SSLV2]:
        raise NotTls(f"an SSLv2 SERVER-HELLO of another version: {excerpt(data)}")
    certificate, specs, _ = (body.number(2) for _ in range(3))
    chain = body.take(certificate)
    offered = Reader(body.take(specs))
    cipher = _NAMES.get(offered.number(3), "unknown") if offered.left else ""
    return ServerHello(cipher, (chain,) if chain else ())
