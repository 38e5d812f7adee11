"""The SASL exchanges, as pure functions: what a client sent -> what to ask next, or a login."""

from __future__ import annotations

import base64
import re
import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, auto

METHODS = ("plain", "login", "cram-md5", "external")

_USERNAME = b"VXNlcm5hbWU6"
_PASSWORD = b"UGFzc3dvcmQ6"
_ALPHABET = re.compile(rb"[A-Za-z0-9+/]*")
_DIGEST_LENGTH = 32


class Step(Enum):
    """What the next response of the client will be."""

    PLAIN = auto()
    USERNAME = auto()
    PASSWORD = auto()
    CRAM_MD5 = auto()
    EXTERNAL = auto()


@dataclass(frozen=True)
class Ask:
    """Send `challenge` (already base64) and take the response as `step`; `user` is known so far."""

    step: Step
    challenge: bytes
    user: bytes = b""


@dataclass(frozen=True)
class Login:
    """What to ask the auth server about: `method` in the words of its `Auth-Method` header."""

    method: str
    user: bytes = b""
    password: bytes = b""


Outcome = Ask | Login | None
"""None: refused."""


def begin(arguments: tuple[bytes, ...], enabled: Collection[str], salt: bytes) -> Outcome:
    """Start an exchange from the arguments of AUTH or AUTHENTICATE.

    PLAIN and LOGIN need not be enabled, only advertised (ST-SASL-01); so nginx has it.
    """
    match [argument.upper() for argument in arguments[:1]], arguments[1:]:
        case [b"PLAIN"], ():
            return Ask(Step.PLAIN, b"")
        case [b"PLAIN"], (initial,):
            return respond(Ask(Step.PLAIN, b""), initial)
        case [b"LOGIN"], ():
            return Ask(Step.USERNAME, _USERNAME)
        case [b"LOGIN"], (initial,):
            return respond(Ask(Step.USERNAME, b""), initial)
        case [b"CRAM-MD5"], () if "cram-md5" in enabled:
            return Ask(Step.CRAM_MD5, base64.b64encode(salt))
        case [b"EXTERNAL"], () if "external" in enabled:
            return Ask(Step.EXTERNAL, _USERNAME)
        case [b"EXTERNAL"], (initial,) if "external" in enabled:
            return respond(Ask(Step.EXTERNAL, b""), initial)
    return None


def respond(asked: Ask, response: bytes) -> Outcome:
    """Take the client's response to what was asked. `*` is no base64, so it cancels."""
    data = decode(response)
    if data is None:
        return None
    match asked.step:
        case Step.PLAIN:
            return _plain(data)
        case Step.USERNAME:
            return Ask(Step.PASSWORD, _PASSWORD, data)
        case Step.PASSWORD:
            return Login("plain", asked.user, data)
        case Step.CRAM_MD5:
            user, _, digest = data.partition(b" ")
            return Login("cram-md5", user, digest) if len(digest) == _DIGEST_LENGTH else None
        case Step.EXTERNAL:
            return Login("external", data)


def decode(text: bytes) -> bytes | None:
    """Decode base64 as leniently as nginx: padding may lack, and all behind it is ignored."""
    text = text.partition(b"=")[0]
    if not _ALPHABET.fullmatch(text) or len(text) % 4 == 1:
        return None
    return base64.b64decode(text + b"=" * (-len(text) % 4))


def make_salt(server_name: str) -> bytes:
    """Return a fresh `<random.time@server_name>`, the challenge of APOP and CRAM-MD5."""
    return f"<{secrets.randbits(31)}.{int(time.time())}@{server_name}>".encode()


def _plain(data: bytes) -> Login | None:
    """Read `authzid NUL user NUL password`; the authorisation identity is ignored."""
    parts = data.split(b"\0", 2)
    return Login("plain", parts[1], parts[2]) if len(parts) == len(("authzid", "u", "p")) else None
