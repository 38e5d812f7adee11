"""Finding out what is spoken at an address: by its port, and by looking.

The port or the scheme says where to look first; what is seen decides. A target
may be hostile: looking takes `LOOK_SECONDS` at most, and reads little.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from ..endpoint import Endpoint, Protocol, Way
from ..patience import Deadline, Patience
from ..transcript import Transcript, escaped
from ..wire import ConnectionReset, Silence, Wire, WireError
from .address import Address, AddressError
from .glimpse import Glimpse

LOOK_SECONDS = 18.0
# This part of an answer's time a greeting may take before we also try TLS.
SHORT_PART = 0.25
LINE_LIMIT = 4096
REPLY_LIMIT = 64 * 1024
EXCERPT = 60
# SMTP may greet in several lines, all but the last with a hyphen.
_GREETING_END = re.compile(rb"(?m)^(?!\d\d\d-)[^\n]*\n")

PORTS: dict[int, tuple[Protocol, Way | None]] = {
    143: (Protocol.IMAP, None),
    993: (Protocol.IMAP, Way.IMPLICIT),
    110: (Protocol.POP3, None),
    995: (Protocol.POP3, Way.IMPLICIT),
    25: (Protocol.SMTP, None),
    587: (Protocol.SMTP, None),
    465: (Protocol.SMTP, Way.IMPLICIT),
}


class Unrecognised(WireError):
    """The address answers, but not as a mail server we could judge. The subclass says how."""


class ClosesAtOnce(Unrecognised):
    """It accepts connections and closes them."""


class SaysNothing(Unrecognised):
    """It accepts connections and stays silent, in clear and to a TLS handshake."""


class SpeaksOtherwise(Unrecognised):
    """It says something that is no greeting of IMAP, POP3 or SMTP, or not what was asked for."""


class TurnsAway(Unrecognised):
    """It greets with a refusal, so that what it offers cannot be seen."""


@dataclass(frozen=True)
class _Greeting:
    protocol: Protocol
    refusal: bool


@dataclass(frozen=True)
class _Dialect:
    """How a protocol greets, how to ask for what it offers, and where the answer ends."""

    greets: re.Pattern[bytes]
    refuses: re.Pattern[bytes]
    question: bytes
    complete: re.Pattern[bytes]
    upgrade: re.Pattern[bytes]


_DIALECTS = {
    Protocol.IMAP: _Dialect(
        greets=re.compile(rb"(?i)\* (OK|PREAUTH)\b"),
        refuses=re.compile(rb"(?i)\* (BYE|NO|BAD)\b"),
        question=b"look CAPABILITY\r\n",
        complete=re.compile(rb"(?im)^look (OK|NO|BAD)\b.*\n"),
        upgrade=re.compile(rb"(?im)^\* CAPABILITY\b.* STARTTLS\b"),
    ),
    Protocol.POP3: _Dialect(
        greets=re.compile(rb"\+OK\b"),
        refuses=re.compile(rb"-ERR\b"),
        question=b"CAPA\r\n",
        complete=re.compile(rb"(?m)^(-ERR.*\n|\.\r?\n)"),
        upgrade=re.compile(rb"(?im)^STLS\b"),
    ),
    Protocol.SMTP: _Dialect(
        greets=re.compile(rb"220[ -]"),
        refuses=re.compile(rb"[45]\d\d[ -]"),
        question=b"EHLO waxseal.test\r\n",
        complete=re.compile(rb"(?m)^\d\d\d( .*)?\r?\n"),
        upgrade=re.compile(rb"(?im)^250[ -]STARTTLS\b"),
    ),
}


def recognise(address: Address, patience: Patience) -> Endpoint:
    """The endpoint at an address, within 20 s.

    Raises `AddressError` for an address without a port; `Unreachable` when no
    connection is made; `ClosesAtOnce`, `SaysNothing`, `SpeaksOtherwise` and
    `TurnsAway` as they say. What an explicit scheme names and the target
    contradicts is `SpeaksOtherwise`; where only the port number spoke, what is
    seen wins.
    """
    if address.port is None:
        raise AddressError(f"{address} names no port")
    look = _Look(address, address.port, patience)
    expected = PORTS.get(address.port, (None, None)) if address.protocol is None else None
    protocol, way = expected or (address.protocol, address.way)
    endpoint = look.tls_first(protocol) if way is Way.IMPLICIT else look.clear_first(protocol)
    if address.protocol is not None:
        _agrees(address, endpoint)
    return endpoint


def _agrees(address: Address, endpoint: Endpoint) -> None:
    implicit = endpoint.way is Way.IMPLICIT
    if endpoint.protocol is not address.protocol or implicit != (address.way is Way.IMPLICIT):
        raise SpeaksOtherwise(f"{address} was asked for, but it is {endpoint}")


class _Look:
    """One look at one port; all its connections share a deadline."""

    def __init__(self, address: Address, port: int, patience: Patience) -> None:
        self.host = address.host
        self.port = port
        answer = min(patience.answer * patience.factor, LOOK_SECONDS / 3)
        self.patience = Patience(answer)
        self.end = Deadline(time.monotonic() + LOOK_SECONDS)

    def clear_first(self, expected: Protocol | None) -> Endpoint:
        """Wait a moment for a greeting; if none comes look for TLS, then wait on."""
        with self._connect() as wire:
            data = self._greeted(wire, SHORT_PART * self.patience.answer)
            implicit = self._implicit(expected) if data is None else None
            return implicit or self._in_clear(wire, data)

    def tls_first(self, expected: Protocol | None) -> Endpoint:
        """Try a handshake; if it is not answered by TLS look in clear."""
        implicit = self._implicit(expected)
        if implicit is not None:
            return implicit
        with self._connect() as wire:
            return self._in_clear(wire, None)

    @property
    def _name(self) -> str:
        return self._endpoint(Protocol.IMAP, Way.NONE).address

    def _endpoint(self, protocol: Protocol, way: Way) -> Endpoint:
        return Endpoint(self.host, self.port, protocol, way)

    def _connect(self) -> Wire:
        return Wire(self._endpoint(Protocol.IMAP, Way.NONE), self.patience, Transcript())

    def _deadline(self, seconds: float) -> Deadline:
        return Deadline(min(time.monotonic() + seconds, self.end.at))

    def _greeted(self, wire: Wire, seconds: float, data: bytes = b"") -> bytes | None:
        """`data` and what follows up to a greeting's end, b"" at a close, None for nothing."""
        return _read(wire, self._deadline(seconds), _GREETING_END, LINE_LIMIT, data)

    def _in_clear(self, wire: Wire, begun: bytes | None) -> Endpoint:
        """What the greeting (`begun` of it was read) and the answer to a question show."""
        data = begun if begun == b"" else self._greeted(wire, self.patience.answer, begun or b"")
        if data is None:
            raise SaysNothing(f"{self._name} accepts connections and says nothing")
        greeting = self._greeting(data)
        if greeting.refusal:
            raise TurnsAway(f"{self._name} greets with a refusal: {_excerpt(data)}")
        dialect = _DIALECTS[greeting.protocol]
        wire.send(dialect.question)
        answer = _read(wire, self._deadline(self.patience.answer), dialect.complete, REPLY_LIMIT)
        if not answer or not dialect.complete.search(answer):
            raise self._odd(f"does not answer {escaped(dialect.question.strip())}", answer or b"")
        offered = dialect.upgrade.search(answer) is not None
        return self._endpoint(greeting.protocol, Way.STARTTLS if offered else Way.NONE)

    def _greeting(self, data: bytes) -> _Greeting:
        if not data:
            raise ClosesAtOnce(f"{self._name} accepts connections and closes them at once")
        for protocol, dialect in _DIALECTS.items():
            if dialect.greets.match(data) or dialect.refuses.match(data):
                return _Greeting(protocol, dialect.greets.match(data) is None)
        raise self._odd("is no IMAP, POP3 or SMTP server", data)

    def _odd(self, what: str, data: bytes) -> SpeaksOtherwise:
        said = f", it says {_excerpt(data)}" if data else ""
        return SpeaksOtherwise(f"{self._name} {what}{said}")

    def _implicit(self, expected: Protocol | None) -> Endpoint | None:
        """The endpoint if TLS answers a ClientHello, else None.

        Inside TLS a refusal is a greeting too: nginx tells a client without a
        certificate that way. When no greeting can be read there (another TLS
        version, an alert for want of a certificate) the port's protocol stands.
        """
        with self._connect() as wire:
            tls = Glimpse(wire, self._deadline(self.patience.answer), LINE_LIMIT)
            data = tls.first_line()
            if not tls.answered:
                return None
            if data:
                return self._endpoint(self._greeting(data).protocol, Way.IMPLICIT)
        if expected is None:
            raise SpeaksOtherwise(
                f"{self._name} speaks TLS but shows us no greeting ({tls.why}): "
                "name the protocol, as in imaps://HOST:PORT"
            )
        return self._endpoint(expected, Way.IMPLICIT)


def _read(
    wire: Wire, deadline: Deadline, end: re.Pattern[bytes], limit: int, data: bytes = b""
) -> bytes | None:
    """`data` and more until `end` occurs, a close, the deadline or the limit; None: nothing."""
    while not end.search(data) and len(data) < limit:
        try:
            more = wire.receive(deadline)
        except Silence:
            return data or None
        except ConnectionReset:
            return data
        if not more:
            return data
        data += more
        if not deadline.left():
            return data
    return data


def _excerpt(data: bytes) -> str:
    return f'"{escaped(data[:EXCERPT])}"'
