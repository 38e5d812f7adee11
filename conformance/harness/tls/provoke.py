"""What no client says in the middle of a handshake, and how a server takes it.

Each provocation is a published attack, cut short: nothing of it works against a
server that keeps to the rules, and against one that does not no harm is done.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ..observation import Ending, Provocation
from ..patience import Deadline
from ..wire import ConnectionReset, Flood, Silence
from .flight import Flight
from .names import alert
from .pipe import Pipe
from .records import (
    ALERT,
    APPLICATION_DATA,
    CHANGE_CIPHER_SPEC,
    HANDSHAKE,
    HEARTBEAT,
    NotTls,
    Record,
    Records,
    record,
    vector,
)
from .versions import TLSV1_3, VERSIONS

_KINDS = {
    APPLICATION_DATA: "application data",
    CHANGE_CIPHER_SPEC: "change of cipher",
    HANDSHAKE: "handshake",
    HEARTBEAT: "heartbeat",
}
_FATAL = 2
_CLIENT_KEY_EXCHANGE = 16
_CLAIMED = 0x4000  # the bytes that the heartbeat says it holds (RFC 6520); it holds one
_FINISHED = 80  # five blocks, under whatever cipher
_MASTER = 46
_SHORT_PADDING = 12


def provoked(pipe: Pipe, provocation: Provocation, flight: Flight) -> tuple[str, ...]:
    """Say it behind the server's flight; the reaction (see `Observation.reaction`).

    () where the flight leaves no room for it: TLS 1.3, or a key that is not RSA.
    """
    if flight.version == TLSV1_3 or flight.resumed:
        return ()
    version = VERSIONS[flight.version]
    match provocation:
        case Provocation.HEARTBEAT:
            claim = b"\x01" + _CLAIMED.to_bytes(2) + b"w"
            # Whoever ignores the first has to say something of the second.
            said = [record(HEARTBEAT, version, claim) + record(HANDSHAKE, version, b"\xff\0\0\0")]
        case Provocation.EARLY_CHANGE:
            change = record(CHANGE_CIPHER_SPEC, version, b"\x01")
            said = [change, record(ALERT, version, b"\x01\x00")]
        case _:
            exchange = _key_exchange(provocation, flight.chain, version)
            said = [exchange] if exchange else []
    words: tuple[str, ...] = ()
    for step in said:
        if words in ((), ("nothing",)):  # whoever has answered is asked no more
            pipe.send(step)
            words += reaction(pipe, pipe.wire.patience.deadline())
    return words


def reaction(pipe: Pipe, deadline: Deadline) -> tuple[str, ...]:
    """What the server says, until it ends, sends a fatal alert or an answer, or is silent.

    What is no record says nothing of what was provoked; the end that comes behind it does.
    """
    words: list[str] = []
    records = Records()
    sealed = True
    while not words or words[-1] not in _LAST:
        try:
            data = pipe.receive(deadline, begun=bool(words))
        except (Silence, Flood):
            return (*words, "nothing")
        except ConnectionReset:
            return (*words, str(Ending.RESET.name).lower())
        if not data:
            return (*words, str(Ending.CLOSED.name).lower())
        try:
            words += [_word(one) for one in records.feed(data)] if sealed else []
        except NotTls:
            sealed = False
        if any(word.startswith("fatal ") for word in words):
            return tuple(word.removeprefix("fatal ") for word in words)
    return tuple(words)


# An answer to the NOOP behind a renegotiation, or the ServerHello of one: enough is seen.
_LAST = ("application data", "handshake")


def _word(one: Record) -> str:
    if one.type != ALERT:
        return _KINDS.get(one.type, f"record {one.type}")
    if len(one.payload) != 2:
        return "alert"  # encrypted
    level, code = one.payload
    return f"{'fatal ' if level == _FATAL else ''}alert {alert(code).name}"


def _key_exchange(provocation: Provocation, chain: Sequence[bytes], version: int) -> bytes:
    """ClientKeyExchange, ChangeCipherSpec and a Finished of chance; b"" without an RSA key."""
    key = x509.load_der_x509_certificate(chain[0]).public_key() if chain else None
    if not isinstance(key, RSAPublicKey):
        return b""
    size = key.key_size // 8
    numbers = key.public_numbers()
    block = int.from_bytes(_block(provocation, size, version))
    body = vector(2, pow(block, numbers.e, numbers.n).to_bytes(size))
    message = bytes((_CLIENT_KEY_EXCHANGE,)) + vector(3, body)
    return (
        record(HANDSHAKE, version, message)
        + record(CHANGE_CIPHER_SPEC, version, b"\x01")
        + record(HANDSHAKE, version, os.urandom(_FINISHED))
    )


def _block(provocation: Provocation, size: int, version: int) -> bytes:
    """The premaster secret in PKCS #1 v1.5 padding (RFC 8017, section 7.2.1), spoiled or not."""
    head = b"\x00\x02"
    inside = version.to_bytes(2) + b"w" * _MASTER
    match provocation:
        case Provocation.PADDING_WRONG_BLOCK:
            head = b"\x00\x17"
        case Provocation.PADDING_ENDLESS:
            return head + b"p" * (size - len(head))
        case Provocation.PADDING_SHORT:
            inside = b"w" * (size - len(head) - 1 - _SHORT_PADDING)
        case Provocation.PADDING_WRONG_VERSION:
            inside = b"\x02\x02" + inside[2:]
    return head + b"p" * (size - len(head) - 1 - len(inside)) + b"\x00" + inside
