"""What a visit brings and what it brings back: facts, no judgement.

An `Offer` is everything the client comes with and says; an `Observation` is
everything that was seen in return. Both are values: expectations are tested
without a server, and a verdict can be recomputed from a stored observation.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .endpoint import Endpoint
from .mail.words import STARTTLS, Command, Reply, Verb
from .pki.person import Person
from .transcript import Transcript


class Ending(StrEnum):
    """How the part of the visit that we did not end ourselves ended."""

    OPEN = "still open"
    CLOSED = "closed by the peer"
    RESET = "reset by the peer"
    ALERT = "fatal alert"
    TIMEOUT = "no answer in time"
    GARBAGE = "not the protocol"
    UNREACHABLE = "unreachable"
    FLOOD = "endless answer"
    LOCAL = "given up by our own TLS"


class Stage(StrEnum):
    """How far a visit got, in order.

    `greeting`: a greeting was read in clear. `upgrade`: STARTTLS was granted.
    `handshake`: TLS stands. `service`: the protocol is spoken where the visit
    meant to speak it: a command was answered there, or it greeted inside TLS.
    """

    CONNECT = "connect"
    GREETING = "greeting"
    UPGRADE = "upgrade"
    HANDSHAKE = "handshake"
    SERVICE = "service"


class Provocation(StrEnum):
    """What no client says: each is a known attack, or a part of one.

    All but the last follow the server's first flight of TLS up to 1.2, unencrypted; the
    `padding` ones are key exchanges by RSA, the first of which is as it should be.
    """

    HEARTBEAT = "a heartbeat that claims more than it holds"
    EARLY_CHANGE = "a ChangeCipherSpec before the key exchange"
    PADDING_RIGHT = "a key exchange with the right padding, and a wrong Finished"
    PADDING_WRONG_BLOCK = "padding of no block type"
    PADDING_ENDLESS = "padding without an end"
    PADDING_SHORT = "padding that ends too early"
    PADDING_WRONG_VERSION = "the right padding, and a wrong version inside"
    RENEGOTIATION = "a new ClientHello inside the session"


@dataclass(frozen=True)
class Alert:
    """A fatal TLS alert as the peer sent it, e.g. `Alert(70, "protocol_version")`."""

    code: int
    name: str


@dataclass(frozen=True)
class TlsFacts:
    """What a handshake showed. Empty where the tool used or the version cannot see it.

    `version` is nginx's name (`TLSv1.2`), `cipher` OpenSSL's, certificates DER
    with the leaf first, `ca_names` DER names in the order sent (`None`: no
    CertificateRequest was seen; unknown when `request_seen` is None). `random`
    is the server's, `retry` tells a HelloRetryRequest (`group` is what it asks
    for). `dh_prime`, `dh_generator` and `dh_public` are those of an ephemeral
    Diffie-Hellman exchange up to TLSv1.2, `signature` IANA's name of the scheme
    that signs it, or any other such exchange, in TLSv1.2.
    `session_id` is the server's, `ticket_promised` tells of the extension in its
    hello; `ticket` and `ticket_lifetime` (seconds) are its NewSessionTicket, which
    is in clear up to TLSv1.2. `brought` is the ticket, or in TLSv1.3 the identity
    of the session, that the client resumed with.
    """

    version: str = ""
    cipher: str = ""
    chain: tuple[bytes, ...] = ()
    group: str = ""
    resumed: bool = False
    alpn: str = ""
    request_seen: bool | None = None
    ca_names: tuple[bytes, ...] | None = None
    key_bits: int | None = None
    compression: int | None = None
    secure_renegotiation: bool | None = None
    extended_master_secret: bool | None = None
    random: bytes = b""
    retry: bool = False
    dh_prime: int | None = None
    dh_generator: int | None = None
    dh_public: int | None = None
    signature: str = ""
    session_id: bytes | None = None
    ticket_promised: bool | None = None
    ticket: bytes = b""
    ticket_lifetime: int | None = None
    brought: bytes = b""


@dataclass(frozen=True, eq=False)
class Session:
    """What a client keeps in order to resume: opaque, of the library that made it.

    Good in any offer that is like the one it came from but for `session`, at any
    listener, any number of times. `begun` and `made` are moments of the monotonic
    clock between which the server made it. `lifetime` is the hint that came with its
    ticket, in seconds, None without a ticket. Not `usable`: the server gave neither
    id nor ticket.
    """

    handle: Any
    begun: float
    made: float
    lifetime: int | None = None
    usable: bool = True
    context: ssl.SSLContext | None = None


@dataclass(frozen=True)
class Login:
    """Credentials to present inside TLS (or in clear, with `Offer.login_before_tls`)."""

    user: str
    password: str


@dataclass(frozen=True)
class Offer:
    """What the client brings.

    `versions` are nginx's names, lowest to highest, () = TLSv1.2 and TLSv1.3.
    `ciphers` are OpenSSL names for TLS <= 1.2 in the client's order; `suites`
    the same for TLS 1.3. Of `groups` (OpenSSL names), a hello of ours brings key
    shares for those in `shares` (() for all). `before` is said in clear (not on an implicit
    listener), `inside` under TLS. `starttls` is the upgrade as the client says
    it; `glued` travels in the same segment behind it, `trailing` in the next
    segment, both before the reply to it. `login` is presented inside TLS, in
    clear where no upgrade is meant, and with `login_before_tls` in clear before
    the upgrade and nowhere else. `hello_only` stops at the server's first
    flight: all that is visible without completing a handshake. `spoil` is sent
    in place of a ClientHello; once the server has shown what it makes of that,
    `after_failure` is said in clear. Without `probe` the visit ends with its
    last command: inside a SASL exchange a NOOP would be data. `patient` waits
    longer for every reply, as who `logs_in` always does. With `introduce` an
    SMTP client says EHLO first in each layer, as servers may demand. What is to
    `provoke` the server is said where it belongs, and the visit ends with the
    reaction.

    `session` is to be resumed; with `keep_session` the observation has one for
    later. Without `tickets` the client has no support for them up to TLSv1.2.
    Only with `hello_only`: `session_id` and `ticket` are brought as they are, by
    somebody who does not know the session's secret (in TLSv1.3 `ticket` is a
    PSK identity, with a binder that cannot be right), and with `psk_alone` the
    client wants no Diffie-Hellman beside the PSK. `attempt` numbers visits that are
    alike otherwise: each number is a visit of its own.
    """

    versions: tuple[str, ...] = ()
    ciphers: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()
    alpn: tuple[str, ...] = ()
    person: Person | None = None
    before: tuple[Command, ...] = ()
    inside: tuple[Command, ...] = ()
    glued: bytes = b""
    trailing: bytes = b""
    upgrade: bool = True
    login: Login | None = None
    hello_only: bool = False
    request_details: bool = False
    login_before_tls: bool = False
    starttls: Command = STARTTLS
    spoil: bytes = b""
    after_failure: tuple[Command, ...] = ()
    probe: bool = True
    patient: bool = False
    introduce: bool = True
    provoke: Provocation | None = None
    session: Session | None = None
    keep_session: bool = False
    tickets: bool = True
    session_id: bytes = b""
    ticket: bytes = b""
    psk_alone: bool = False
    attempt: int = 0

    @property
    def logs_in(self) -> bool:
        """Whether it tries to: servers make those wait who failed to log in before."""
        said = (*self.before, *self.inside, *self.after_failure)
        return self.login is not None or any(command.logs_in for command in said)

    def shown(self) -> str:
        """A short English account for reports: `TLSv1.2 with AES128-SHA as revoked`."""
        parts = ["+".join(self.versions)]
        named = ":".join(self.ciphers + self.suites)
        parts += [f"with {named}"] if named else []
        parts += [f"over {':'.join(self.groups)}"] if self.groups else []
        parts += [f"as {self.person.name}"] if self.person else []
        parts += ["without tickets"] if not self.tickets else []
        parts += ["resuming"] if self.session or self.session_id or self.ticket else []
        parts += ["with bytes behind STARTTLS"] if self.glued or self.trailing else []
        parts += ["with no ClientHello but other bytes"] if self.spoil else []
        parts += [f"with {self.provoke.value}"] if self.provoke else []
        parts += ["logging in"] if self.login else []
        parts += ["in clear"] if self.login and self.login_before_tls else []
        said = [command.shown() for command in (*self.before, *self.inside)]
        parts += [f"saying {', '.join(said)}"] if said else []
        return " ".join(part for part in parts if part) or "an ordinary client"


@dataclass(frozen=True)
class Exchange:
    """One command and what answered it; `reply` is None when nothing did."""

    command: Command
    reply: Reply | None


@dataclass(frozen=True)
class AuthRequest:
    """One request at the auth server: header names in lower case, in arrival order."""

    headers: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str | None:
        """The first value of a header, or None."""
        return next((v for k, v in self.headers if k == name.lower()), None)

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [v for k, v in self.headers if k == name.lower()]


@dataclass(frozen=True)
class BackendSession:
    """What a back end received on one connection: the lines, without CRLF, in order."""

    lines: tuple[bytes, ...]
    user: str = ""
    password: str = ""


@dataclass(frozen=True)
class Observation:
    """What came back.

    `greeting` is the protocol's first reply, in whichever layer it came. `tls`
    is None when nothing was seen of TLS; it may have facts of a handshake that
    was not completed: `stage` tells. `clear` and `inside` pair each command that
    was said with its reply.
    `close_notify`: the peer ended TLS in order (None where there was no TLS).
    `unsolicited` is what arrived inside TLS after an upgrade and answers nothing
    that was said there: nothing should. Where replies carry no tag, it is as
    many replies as came too many, the first ones; and a refusal that came alone
    before the end of the connection. `strays` are complete replies anywhere
    else that answer nothing. `after_failure` is what answered in clear behind a
    spoiled handshake. `probe` closes the visit: a NOOP, or in POP3 before a
    login CAPA; where that is not known, what was granted instead. `auth` and `backend` are
    what the doubles saw of this visit's login; `local_host` is the address we came from.
    `reaction` is what answered a provocation, in order: `alert unexpected_message` (or
    `alert` alone, where it is encrypted), `handshake`, `heartbeat`, `application data`,
    `change of cipher`; then `closed`, `reset`, or `nothing`. `session` is there when the
    offer was to keep one and TLS came about.
    """

    endpoint: Endpoint
    offer: Offer
    stage: Stage
    ending: Ending
    transcript: Transcript
    greeting: Reply | None = None
    clear: tuple[Exchange, ...] = ()
    upgrade: Exchange | None = None
    tls: TlsFacts | None = None
    alert: Alert | None = None
    unsolicited: tuple[Reply, ...] = ()
    inside: tuple[Exchange, ...] = ()
    login: Exchange | None = None
    probe: Exchange | None = None
    after_failure: tuple[Exchange, ...] = ()
    strays: tuple[Reply, ...] = ()
    close_notify: bool | None = None
    auth: tuple[AuthRequest, ...] = ()
    backend: tuple[BackendSession, ...] = ()
    note: str = ""
    seconds: float = 0.0
    local_host: str = ""
    reaction: tuple[str, ...] = ()
    session: Session | None = None

    @property
    def alive(self) -> bool:
        """The closing probe was answered, by itself and positively."""
        return answered_well(self.probe)

    @property
    def asked_otherwise(self) -> bool:
        """The usual probe is not known there, and something else was granted in its place."""
        return self.alive and self.probe is not None and self.probe.command.verb is Verb.RAW

    def answer(self, command: Command) -> Reply | None:
        """The reply to the first occurrence of `command`, inside TLS before in clear."""
        for exchange in (*self.inside, *self.clear):
            if exchange.command == command:
                return exchange.reply
        return None


def answered_well(exchange: Exchange | None) -> bool:
    """True when there is a reply and it is positive."""
    return exchange is not None and exchange.reply is not None and exchange.reply.positive
