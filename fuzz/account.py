"""Whom a stream may log in as: tokens in its text, which only the connection turns into secrets.

A stream, its trace, a transcript and a find say `%user%` and `%password%`; who reads
them learns no secret, and who says them again takes an account of his own.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from conformance.harness.observation import Login

_TOKEN = re.compile(rb"%(user|password)(64|len)?%|%(plain|cram|apop)%")
_SECRET = re.compile(rb"%(password(64)?|plain|cram|apop)%")
_STAMP = re.compile(rb"<[^<>\s]+@[^<>\s]+>")
_CHALLENGE = re.compile(rb"(?:\+|334) ([A-Za-z0-9+/=]+)\r\n\Z")


@dataclass(frozen=True)
class Account:
    """A user and a password, as the tokens in a text.

    `%user%` and `%password%` stand for themselves; with `64` for their base64, with
    `len` for how many octets they have; `%plain%` is both, for SASL PLAIN; `%cram%` and
    `%apop%` answer the challenge, and the greeting, that were heard last.
    """

    user: str
    password: str = field(repr=False)

    def spelled(self, text: bytes, heard: bytes = b"") -> bytes:
        """The text with what its tokens stand for, behind all that was `heard`."""
        if b"%" not in text:
            return text
        return _TOKEN.sub(lambda token: self._value(token, heard), text)

    def secrets(self, text: bytes, heard: bytes = b"") -> dict[bytes, bytes]:
        """What the secret tokens of a text stand for, with their tokens: a server may repeat it.

        The password of nobody is none, and a word that is said everywhere.
        """
        found = {self._value(x, heard): x[0] for x in _TOKEN.finditer(text) if _SECRET.match(x[0])}
        return {x: token for x, token in found.items() if x and x != NOBODY.password.encode()}

    def _value(self, token: re.Match[bytes], heard: bytes) -> bytes:
        user, password = self.user.encode(), self.password.encode()
        value = {b"user": user, b"password": password}.get(token[1] or b"", b"")
        match token[2] or token[3]:
            case b"64":
                return base64.b64encode(value)
            case b"len":
                return b"%d" % len(value)
            case b"plain":
                return base64.b64encode(b"\0" + user + b"\0" + password)
            case b"cram":
                digest = hmac.new(password, _challenge(heard), "md5").hexdigest().encode()
                return base64.b64encode(user + b" " + digest)
            case b"apop":
                stamp = _STAMP.search(heard)
                octets = (stamp[0] if stamp else b"") + password
                return hashlib.md5(octets, usedforsecurity=False).hexdigest().encode()
            case _:
                return value


NOBODY = Account("waxseal", "waxseal")
"""Who has no account: whoever logs in so has to be refused."""


def account_of(login: Login) -> Account:
    """The account of a run's login; where it has none, the user is ""."""
    return Account(login.user, login.password) if login.user else NOBODY


def secret(text: bytes) -> bool:
    """Whether it has a token that a password is made of."""
    return _SECRET.search(text) is not None


def uncut(segments: list[bytes]) -> list[bytes]:
    """The segments with no token cut in two: such a cut is made behind it."""
    said = b"".join(segments)
    tokens = [token.span() for token in _TOKEN.finditer(said)] if b"%" in said else []
    if not tokens:
        return segments
    ends = accumulate(map(len, segments))
    moved = (next((b for a, b in tokens if a < end < b), end) for end in ends)
    edges = [0, *dict.fromkeys(moved)]
    return [said[a:b] for a, b in pairwise(edges)]


def _challenge(heard: bytes) -> bytes:
    last = _CHALLENGE.search(heard)
    try:
        return base64.b64decode(last[1], validate=True) if last else b""
    except binascii.Error:
        return b""
