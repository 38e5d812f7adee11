"""A ClientHello of our own and the server's first flight: everything that is visible in clear.

For whatever a library will not offer: SSLv2 and SSLv3, versions with a gap,
suites that no libssl has any more. Nothing is completed and nothing judged.
"""

from __future__ import annotations

import functools
import ipaddress
import os
from dataclasses import dataclass, field

from ..observation import Alert, Ending, Offer, Provocation, TlsFacts
from ..patience import Deadline
from ..wire import Wire, WireError
from .flight import Extension, Flight
from .names import SIGNATURES, group_number, signature_number
from .outcome import ending_of, note_ending, note_facts, note_offer
from .pipe import Pipe
from .provoke import provoked
from .records import HANDSHAKE, NotTls, numbers, record, vector
from .shares import key_share
from .sslv2 import ServerHello, client_hello_v2, read_server_hello
from .suites import ordinary_suites, suite_number
from .versions import MODERN, SSLV2, SSLV3, TLSV1_2, TLSV1_3, VERSIONS, has_gap, in_order

_RANDOM = slice(11, 43)
_RENEGOTIATION_SCSV = "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"
_MODERN_SUITES = (
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_GCM_SHA256",
)
_ORDINARY_GROUPS = (
    "X25519",
    "prime256v1",
    "X448",
    "secp521r1",
    "secp384r1",
    "ffdhe2048",
    "ffdhe3072",
)


@dataclass(frozen=True)
class HelloSeen:
    """What answered a ClientHello. `ending` is OPEN when the whole first flight came.

    Where `facts` has a version, a ServerHello came, even if the flight then
    broke off. `facts.key_bits` is the size of `dh_prime`, the ephemeral
    Diffie-Hellman prime. `retry` tells a HelloRetryRequest (`facts.group` is
    what it asks for). `certificate_types` are the numbers in a TLS <= 1.2
    CertificateRequest. None is unknown. `reaction` is what answered a provocation.
    """

    ending: Ending
    alert: Alert | None = None
    facts: TlsFacts = field(default_factory=TlsFacts)
    note: str = ""
    retry: bool = False
    certificate_types: tuple[int, ...] = ()
    dh_prime: int | None = None
    compression: int | None = None
    secure_renegotiation: bool | None = None
    extended_master_secret: bool | None = None
    reaction: tuple[str, ...] = ()


def hello(wire: Wire, offer: Offer, deadline: Deadline, host: str = "") -> HelloSeen:
    """Send `offer` as a ClientHello and read the server's first flight, whatever that is.

    Raises `ValueError` for an offer with an unknown name. Without TLS 1.3 and
    without a gap a hello names only its highest version, as clients do: the
    server may answer with a lower one, and `facts.version` says so.
    """
    message = client_hello(offer, host)
    note_offer(wire, offer)
    if in_order(offer.versions) == (SSLV2,):
        seen = _ask_v2(wire, message, deadline)
    else:
        seen = _ask(wire, message, deadline, offer.provoke)
    if seen.facts.version:
        note_facts(wire, seen.facts)
    if seen.ending is not Ending.OPEN:
        note_ending(wire, seen.ending, seen.alert, seen.note)
    return seen


def _ask(
    wire: Wire, message: bytes, deadline: Deadline, provocation: Provocation | None
) -> HelloSeen:
    flight, pipe = Flight(), Pipe(wire)
    ending, note = Ending.OPEN, ""
    reaction: tuple[str, ...] = ()
    try:
        pipe.send(message)
        while not flight.over:
            data = pipe.receive(deadline, begun=flight.size > 0)
            if not data:
                ending = Ending.CLOSED
                break
            flight.feed(data)
        if provocation and flight.done:
            reaction = provoked(pipe, provocation, flight)
    except NotTls as error:
        ending, note = Ending.GARBAGE, str(error)
    except WireError as error:
        ending, note = ending_of(error), str(error)
    if flight.fatal:
        ending = Ending.ALERT
    elif flight.warnings and not note:
        note = flight.warned
    return HelloSeen(
        ending=ending,
        alert=flight.fatal,
        facts=flight.facts,
        note=note,
        retry=flight.retry,
        certificate_types=flight.certificate_types,
        dh_prime=flight.dh_prime,
        compression=flight.compression,
        secure_renegotiation=flight.secure_renegotiation,
        extended_master_secret=flight.extended_master_secret,
        reaction=reaction,
    )


def _ask_v2(wire: Wire, message: bytes, deadline: Deadline) -> HelloSeen:
    received, pipe = b"", Pipe(wire)
    try:
        pipe.send(message)
        while True:
            data = pipe.receive(deadline, begun=bool(received))
            received += data
            match read_server_hello(received):
                case ServerHello() as found:
                    facts = TlsFacts(version=SSLV2, cipher=found.cipher, chain=found.chain)
                    return HelloSeen(Ending.OPEN, facts=facts)
                case Alert() as alert:
                    return HelloSeen(Ending.ALERT, alert=alert)
                case None if not data:
                    return HelloSeen(Ending.CLOSED)
    except NotTls as error:
        return HelloSeen(Ending.GARBAGE, note=str(error))
    except WireError as error:
        return HelloSeen(ending_of(error), note=str(error))


def client_hello(offer: Offer, host: str = "") -> bytes:
    """The ClientHello for `offer`, its random fresh; `ValueError` for unknown names."""
    versions = in_order(offer.versions or MODERN)
    if versions[0] == SSLV2:
        suites = _suites(versions[1:], offer) if len(versions) > 1 else offer.ciphers
        return client_hello_v2(versions[-1], suites, os.urandom(32))
    said = Offer(
        versions,
        offer.ciphers,
        offer.suites,
        offer.groups,
        offer.shares,
        offer.signatures,
        offer.alpn,
        session_id=offer.session_id,
        ticket=offer.ticket,
        psk_alone=offer.psk_alone,
    )
    message = bytearray(_template(said, host))
    message[_RANDOM] = os.urandom(32)
    return bytes(message)


@functools.lru_cache(maxsize=1024)
def _template(offer: Offer, host: str) -> bytes:
    versions = offer.versions
    legacy = min(VERSIONS[versions[-1]], VERSIONS[TLSV1_2])
    suites = tuple(suite_number(name) for name in _suites(versions, offer))
    extensions = b"" if versions == (SSLV3,) else vector(2, _extensions(versions, offer, host))
    body = (
        legacy.to_bytes(2)
        + bytes(32)
        + vector(1, offer.session_id)
        + vector(2, numbers(suites))
        + vector(1, b"\x00")
        + extensions
    )
    envelope = VERSIONS[SSLV3] if versions == (SSLV3,) else VERSIONS[SSLV3] + 1
    return record(HANDSHAKE, envelope, b"\x01" + vector(3, body))


def _suites(versions: tuple[str, ...], offer: Offer) -> tuple[str, ...]:
    modern = (offer.suites or _MODERN_SUITES) if TLSV1_3 in versions else offer.suites
    classic = offer.ciphers or (ordinary_suites() if versions[0] != TLSV1_3 else ())
    return modern + classic + ((_RENEGOTIATION_SCSV,) if versions == (SSLV3,) else ())


def _extensions(versions: tuple[str, ...], offer: Offer, host: str) -> bytes:
    groups = tuple(group_number(name) for name in offer.groups or _ORDINARY_GROUPS)
    found = [_server_name(host)] if host and not _is_address(host) else []
    found += [
        _extension(Extension.EXTENDED_MASTER_SECRET, b""),
        _extension(Extension.RENEGOTIATION, vector(1, b"")),
        _extension(Extension.GROUPS, vector(2, numbers(groups))),
        _extension(Extension.POINT_FORMATS, vector(1, b"\x00")),
    ]
    if offer.alpn:
        names = b"".join(vector(1, name.encode("latin-1")) for name in offer.alpn)
        found.append(_extension(Extension.ALPN, vector(2, names)))
    if VERSIONS[versions[-1]] >= VERSIONS[TLSV1_2]:
        schemes = tuple(signature_number(name) for name in offer.signatures or tuple(SIGNATURES))
        found.append(_extension(Extension.SIGNATURES, vector(2, numbers(schemes))))
    if TLSV1_3 in versions or has_gap(versions):
        listed = numbers(tuple(VERSIONS[name] for name in reversed(versions)))
        found.append(_extension(Extension.VERSIONS, vector(1, listed)))
    if TLSV1_3 in versions:
        found += [
            _extension(Extension.PSK_MODES, vector(1, b"\x00" if offer.psk_alone else b"\x01")),
            _extension(Extension.KEY_SHARE, vector(2, _shares(_shared(offer, groups)))),
        ]
    if offer.ticket:
        found.append(_ticket(offer.ticket, modern=versions[-1] == TLSV1_3))
    return b"".join(found)


def _shared(offer: Offer, groups: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(group_number(name) for name in offer.shares) if offer.shares else groups


def _ticket(ticket: bytes, *, modern: bool) -> bytes:
    """RFC 5077's extension, or RFC 8446's, which is the last one, with a binder made up."""
    if not modern:
        return _extension(Extension.SESSION_TICKET, ticket)
    identities = vector(2, vector(2, ticket) + bytes(4))
    # Of SHA-384, as the first of our suites: a binder of another size is refused unread.
    return _extension(Extension.PRE_SHARED_KEY, identities + vector(2, vector(1, bytes(48))))


def _shares(groups: tuple[int, ...]) -> bytes:
    found = [(group, key_share(group)) for group in groups]
    return b"".join(group.to_bytes(2) + vector(2, share) for group, share in found if share)


def _is_address(host: str) -> bool:
    # RFC 6066 section 3: literal addresses are no server names.
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _server_name(host: str) -> bytes:
    return _extension(Extension.SERVER_NAME, vector(2, b"\x00" + vector(2, host.encode("idna"))))


def _extension(number: int, content: bytes) -> bytes:
    return number.to_bytes(2) + vector(2, content)
