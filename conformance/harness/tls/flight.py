"""The server's first flight, as far as it travels in clear: what it chose, sent and asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from ..observation import Alert, TlsFacts
from .names import alert, group_name, signature_name
from .records import ALERT, CHANGE_CIPHER_SPEC, HANDSHAKE, NotTls, Reader, Record, Records
from .suites import cipher_facts, suite_name
from .versions import TLSV1_2, TLSV1_3, VERSIONS, version_name

# A chain of ten 4096-bit certificates and a few hundred CA names fit in a tenth of this.
LARGEST_FLIGHT = 512 * 1024
_FATAL = 2
# RFC 8446 section 4.1.3: a ServerHello with this random is a HelloRetryRequest.
_RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
_NAMED_CURVE = 3


class Message(IntEnum):
    """The handshake messages that are read."""

    SERVER_HELLO = 2
    NEW_SESSION_TICKET = 4
    CERTIFICATE = 11
    SERVER_KEY_EXCHANGE = 12
    CERTIFICATE_REQUEST = 13
    SERVER_HELLO_DONE = 14


class Extension(IntEnum):
    """The extensions that are sent or read."""

    SERVER_NAME = 0
    GROUPS = 10
    POINT_FORMATS = 11
    SIGNATURES = 13
    ALPN = 16
    EXTENDED_MASTER_SECRET = 23
    SESSION_TICKET = 35
    PRE_SHARED_KEY = 41
    VERSIONS = 43
    PSK_MODES = 45
    AUTHORITIES = 47
    KEY_SHARE = 51
    RENEGOTIATION = 0xFF01


@dataclass
class Flight:
    """Feed it what the server sends; it keeps what is to be seen until the flight's end.

    `done` once all that is in clear has come: ServerHelloDone, or TLS 1.3's
    ServerHello, or a resumption's ChangeCipherSpec. A NewSessionTicket that comes
    in clear behind that, before the server's ChangeCipherSpec, is kept too. `fatal` is
    the peer's alert, `warnings` its others. `size` counts the bytes read.
    """

    version: str = ""
    cipher: str = ""
    group: str = ""
    chain: tuple[bytes, ...] = ()
    alpn: str = ""
    certificate_types: tuple[int, ...] = ()
    ca_names: tuple[bytes, ...] | None = None
    random: bytes = b""
    dh_prime: int | None = None
    dh_generator: int | None = None
    dh_public: int | None = None
    signature: str = ""
    compression: int | None = None
    secure_renegotiation: bool | None = None
    extended_master_secret: bool | None = None
    session_id: bytes | None = None
    ticket_promised: bool | None = None
    ticket: bytes = b""
    ticket_lifetime: int | None = None
    retry: bool = False
    resumed: bool = False
    done: bool = False
    fatal: Alert | None = None
    warnings: tuple[Alert, ...] = ()
    size: int = 0
    _records: Records = field(default_factory=Records, repr=False)
    _handshake: bytearray = field(default_factory=bytearray, repr=False)
    _alerts: bytes = field(default=b"", repr=False)
    _sealed: bool = field(default=False, repr=False)

    @property
    def over(self) -> bool:
        """Nothing more is to be expected: the flight is complete, or a fatal alert cut it off."""
        return self.done or self.fatal is not None

    @property
    def warned(self) -> str:
        """The warnings in one line: `warning 0 close_notify`."""
        return ", ".join(f"warning {warning.code} {warning.name}" for warning in self.warnings)

    @property
    def facts(self) -> TlsFacts:
        """What was seen, so far."""
        known = self.done and self.version != TLSV1_3 and not self.resumed
        return TlsFacts(
            version=self.version,
            cipher=self.cipher,
            chain=self.chain,
            group=self.group,
            resumed=self.resumed,
            alpn=self.alpn,
            request_seen=self.ca_names is not None if known else None,
            ca_names=self.ca_names,
            key_bits=self.dh_prime.bit_length() if self.dh_prime is not None else None,
            compression=self.compression,
            secure_renegotiation=self.secure_renegotiation,
            extended_master_secret=self.extended_master_secret,
            random=self.random,
            retry=self.retry,
            dh_prime=self.dh_prime,
            dh_generator=self.dh_generator,
            dh_public=self.dh_public,
            signature=self.signature,
            session_id=self.session_id,
            ticket_promised=self.ticket_promised,
            ticket=self.ticket,
            ticket_lifetime=self.ticket_lifetime,
        )

    def feed(self, data: bytes) -> None:
        """Read on; raises `NotTls` for what is no TLS, and for over `LARGEST_FLIGHT` bytes."""
        self.size += len(data)
        if self.size > LARGEST_FLIGHT and not self.over:
            raise NotTls(f"a first flight of over {LARGEST_FLIGHT} bytes")
        for record in self._records.feed(data):
            if not self.over:
                self._record(record)
            elif self.done and not self._sealed and self.version != TLSV1_3:
                self._afterwards(record)

    def _record(self, record: Record) -> None:
        if record.type == HANDSHAKE:
            self._handshake += record.payload
            self._messages()
        elif record.type == ALERT:
            self._alerts += record.payload
            self._read_alerts()
        elif record.type == CHANGE_CIPHER_SPEC and self.version:
            self.done = self.resumed = self._sealed = True
        else:
            raise NotTls(f"a record of type {record.type} instead of a ServerHello")

    def _afterwards(self, record: Record) -> None:
        """Between the end of the flight and what is encrypted: a ticket, or nothing."""
        if record.type != HANDSHAKE:
            self._sealed = True
            return
        self._handshake += record.payload
        end = 4 + int.from_bytes(self._handshake[1:4])
        if len(self._handshake) >= end:
            self._sealed = True
            if self._handshake[0] == Message.NEW_SESSION_TICKET:
                self._new_session_ticket(Reader(bytes(self._handshake[4:end])))

    def _read_alerts(self) -> None:
        while len(self._alerts) >= 2 and self.fatal is None:
            level, code = self._alerts[:2]
            self._alerts = self._alerts[2:]
            if level == _FATAL:
                self.fatal = alert(code)
            else:
                self.warnings += (alert(code),)

    def _messages(self) -> None:
        while len(self._handshake) >= 4 and not self.done:
            end = 4 + int.from_bytes(self._handshake[1:4])
            if len(self._handshake) < end:
                return
            kind, body = self._handshake[0], Reader(bytes(self._handshake[4:end]))
            del self._handshake[:end]
            self._message(kind, body)

    def _message(self, kind: int, body: Reader) -> None:
        match kind:
            case Message.SERVER_HELLO if not self.version:
                self._server_hello(body)
            case _ if not self.version:
                raise NotTls(f"handshake message {kind} instead of a ServerHello")
            case Message.CERTIFICATE:
                self.chain = body.vectors(3, 3)
            case Message.SERVER_KEY_EXCHANGE:
                self._server_key_exchange(body)
            case Message.CERTIFICATE_REQUEST:
                self._certificate_request(body)
            case Message.NEW_SESSION_TICKET:
                self._new_session_ticket(body)
            case Message.SERVER_HELLO_DONE:
                self.done = True

    def _new_session_ticket(self, body: Reader) -> None:
        # RFC 5077 section 3.3
        self.ticket_lifetime = body.number(4)
        self.ticket = body.vector(2)

    def _server_hello(self, body: Reader) -> None:
        version = body.number(2)
        self.random = body.take(32)
        self.retry = self.random == _RETRY_RANDOM
        self.session_id = body.vector(1)
        self.cipher = suite_name(body.number(2))
        self.compression = body.number(1)
        self.secure_renegotiation = self.extended_master_secret = self.ticket_promised = False
        extensions = Reader(body.vector(2) if body.left else b"")
        while extensions.left:
            number, content = extensions.number(2), Reader(extensions.vector(2))
            if number == Extension.VERSIONS:
                version = content.number(2)
            else:
                self._extension(number, content)
        self.version = version_name(version)
        self.done = version >= VERSIONS[TLSV1_3]

    def _extension(self, number: int, content: Reader) -> None:
        match number:
            case Extension.ALPN:
                names = content.vectors(2, 1)
                self.alpn = names[0].decode("latin-1") if names else ""
            case Extension.EXTENDED_MASTER_SECRET:
                self.extended_master_secret = True
            case Extension.SESSION_TICKET:
                self.ticket_promised = True
            case Extension.PRE_SHARED_KEY:
                self.resumed = True
            case Extension.KEY_SHARE:
                self.group = group_name(content.number(2))
            case Extension.RENEGOTIATION:
                self.secure_renegotiation = True

    def _server_key_exchange(self, body: Reader) -> None:
        match _exchange(self.cipher):
            case "DHE":
                self.dh_prime = int.from_bytes(body.vector(2))
                self.dh_generator = int.from_bytes(body.vector(2))
                self.dh_public = int.from_bytes(body.vector(2))
            case "ECDHE" if body.number(1) == _NAMED_CURVE:
                self.group = group_name(body.number(2))
                body.vector(1)
            case _:
                return
        # An anonymous server signs nothing; before TLSv1.2 no scheme is named.
        if body.left and self.version == TLSV1_2:
            self.signature = signature_name(body.number(2))

    def _certificate_request(self, body: Reader) -> None:
        self.certificate_types = tuple(body.vector(1))
        if self.version == TLSV1_2:
            body.vector(2)
        self.ca_names = body.vectors(2, 2)


def _exchange(cipher: str) -> str:
    return "" if cipher.startswith("0x") else cipher_facts(cipher).key_exchange
