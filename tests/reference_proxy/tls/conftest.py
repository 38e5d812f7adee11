"""A small PKI, contexts made from it, and clients that meet an engine in memory."""

from __future__ import annotations

import datetime
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from reference_proxy.config.settings import TlsSettings
from reference_proxy.session.events import TlsState
from reference_proxy.tls.context import TlsContext
from reference_proxy.tls.engine import Engine, TlsFailure

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


def common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass(frozen=True)
class Party:
    """A certificate, its key, and the chain behind it."""

    certificate: x509.Certificate
    key: Any
    chain: tuple[x509.Certificate, ...] = ()

    def issue(
        self, name: str | x509.Name, *, ca: bool = False, key: Any = None,
        until: datetime.datetime = NOW + DAY, serial: int | None = None,
        purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH,
        since: datetime.datetime = NOW - 9 * DAY,
    ) -> Party:  # fmt: skip
        subject = name if isinstance(name, x509.Name) else common_name(name)
        key = key or ec.generate_private_key(ec.SECP256R1())
        issuer = self.certificate.subject
        certificate = sign(subject, key, issuer, self.key, ca, until, serial, purpose, since)
        behind = (self.certificate, *self.chain) if self.chain or self.issued_by_other() else ()
        return Party(certificate, key, behind)

    def issued_by_other(self) -> bool:
        return self.certificate.issuer != self.certificate.subject

    def crl(
        self, *revoked: Party, since: datetime.datetime = NOW - 2 * DAY,
        until: datetime.datetime = NOW + DAY,
    ) -> bytes:  # fmt: skip
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.certificate.subject)
        builder = builder.last_update(since).next_update(until)
        for party in revoked:
            entry = x509.RevokedCertificateBuilder().revocation_date(NOW - DAY)
            entry = entry.serial_number(party.certificate.serial_number)
            builder = builder.add_revoked_certificate(entry.build())
        signed = builder.sign(self.key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM)

    def pem(self, *, chain: bool = True) -> bytes:
        parts = (self.certificate, *(self.chain if chain else ()))
        return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in parts)

    def key_pem(self) -> bytes:
        pkcs8, clear = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        return bytes(self.key.private_bytes(serialization.Encoding.PEM, pkcs8, clear))


def sign(
    subject: x509.Name, key: Any, issuer: x509.Name, issuer_key: Any, ca: bool,
    until: datetime.datetime, serial: int | None = None,
    purpose: x509.ObjectIdentifier | None = None,
    since: datetime.datetime = NOW - 9 * DAY,
) -> x509.Certificate:  # fmt: skip
    builder = x509.CertificateBuilder(issuer, subject, key.public_key())
    builder = builder.serial_number(serial or x509.random_serial_number())
    builder = builder.not_valid_before(since).not_valid_after(until)
    builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
    if purpose and not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def self_signed(name: str, *, ca: bool = True) -> Party:
    key, subject = ec.generate_private_key(ec.SECP256R1()), common_name(name)
    return Party(sign(subject, key, subject, key, ca, NOW + DAY), key)


@dataclass(frozen=True)
class Pki:
    """The parties and the files that the tests share."""

    directory: Path
    root: Party = field(default_factory=lambda: self_signed("root"))
    stranger: Party = field(default_factory=lambda: self_signed("stranger"))
    alone: Party = field(default_factory=lambda: self_signed("alone", ca=False))
    yesterday: datetime.datetime = NOW - DAY
    tomorrow: datetime.datetime = NOW + 12 * DAY / 24

    def write(self, name: str, content: bytes) -> str:
        path = self.directory / name
        path.write_bytes(content)
        return str(path)

    def file(self, name: str) -> str:
        return str(self.directory / f"{name}.pem")

    def pair(self, name: str, party: Party, *, chain: bool = True) -> tuple[str, str]:
        certificate = self.write(f"{name}.pem", party.pem(chain=chain))
        return certificate, self.write(f"{name}.key", party.key_pem())


class Client:
    """A stdlib client that talks to an engine through memory."""

    def __init__(self, context: ssl.SSLContext, session: ssl.SSLSession | None = None) -> None:
        self.incoming, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self._out, session=session)

    def pump(self, engine: Engine) -> None:
        engine.feed(self._out.read())
        self.incoming.write(engine.outgoing())

    def meet(self, engine: Engine) -> TlsState:
        """Shake hands; a refusal surfaces as the client's SSLError, as on a wire."""
        state = None
        for _ in range(6):
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                pass
            else:
                if state:
                    return state
            engine.feed(self._out.read())
            try:
                state = state or engine.handshake()
            except TlsFailure:
                self.incoming.write(engine.outgoing())
                self.tls.do_handshake()
                raise
            self.incoming.write(engine.outgoing())
        raise AssertionError("no end of the handshake")


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def settings(pki: Pki) -> TlsSettings:
    """One ECDSA certificate, TLS 1.2 and 1.3."""
    certificate, key = pki.pair("server", pki.root.issue("server"))
    pki.write("root.pem", pki.root.pem())
    pki.write("stranger.pem", pki.stranger.pem())
    return TlsSettings((certificate,), (key,), protocols=("TLSv1.2", "TLSv1.3"))


@pytest.fixture(scope="session")
def rsa_pair(pki: Pki) -> tuple[str, str]:
    key = rsa.generate_private_key(65537, 2048)
    return pki.pair("server-rsa", pki.root.issue("server-rsa", key=key))


@pytest.fixture(scope="session")
def verifying(pki: Pki, settings: TlsSettings) -> TlsSettings:
    """The same, with clients verified against the root."""
    return replace(settings, verify_client="on", client_certificate=pki.file("root"))


def silent(message: str) -> None:
    raise AssertionError(f"a warning: {message}")


@pytest.fixture(scope="session")
def build() -> Callable[..., TlsContext]:
    def build(settings: TlsSettings, *faults: str, protocol: str = "imap") -> TlsContext:
        return TlsContext.build(settings, protocol, silent, frozenset(faults))

    return build


@pytest.fixture(scope="session")
def client_context(pki: Pki) -> Callable[..., ssl.SSLContext]:
    def make(party: Party | None = None, **attributes: Any) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        for name, value in attributes.items():
            setter = getattr(context, f"set_{name}", None)
            setter(value) if setter else setattr(context, name, value)
        if party:
            serial = party.certificate.serial_number
            context.load_cert_chain(*pki.pair(f"client-{serial}", party))
        return context

    return make


@pytest.fixture(scope="session")
def meet() -> Callable[..., tuple[Client, TlsState]]:
    """Shake hands between a client of this context (and session) and an engine."""

    def meet(
        context: ssl.SSLContext, engine: Engine, session: ssl.SSLSession | None = None
    ) -> tuple[Client, TlsState]:
        client = Client(context, session)
        return client, client.meet(engine)

    return meet


@pytest.fixture
def connect(
    build: Callable[..., TlsContext],
    settings: TlsSettings,
    client_context: Callable[..., ssl.SSLContext],
) -> Iterator[Callable[..., tuple[Client, Engine, TlsState]]]:
    """Shake hands with a client of this certificate and these attributes."""
    engines = []

    def connect(
        settings: TlsSettings = settings,
        *faults: str,
        party: Party | None = None,
        **attributes: Any,
    ) -> tuple[Client, Engine, TlsState]:
        engines.append(Engine(build(settings, *faults)))
        client = Client(client_context(party, **attributes))
        return client, engines[-1], client.meet(engines[-1])

    yield connect
    for engine in engines:
        engine.free()


@pytest.fixture
def visit(connect: Callable[..., tuple[Client, Engine, TlsState]]) -> Callable[..., TlsState]:
    """Shake hands as `connect` does, and return only the engine's result."""
    return lambda *arguments, **keywords: connect(*arguments, **keywords)[2]


@pytest.fixture
def s_client() -> Iterator[Callable[..., str]]:
    """Serve one context on a socket and return what `openssl s_client` says of it."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)
    threads = []

    def run(context: TlsContext, *options: str, say: str = "Q\n") -> str:
        threads.append(threading.Thread(target=_serve, args=(listener, context)))
        threads[-1].start()
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        command = ["openssl", "s_client", "-connect", address, *options]
        done = subprocess.run(command, input=say, capture_output=True, text=True, timeout=10)
        return done.stdout + done.stderr

    yield run
    for thread in threads:
        thread.join(10)
    listener.close()


@pytest.fixture(scope="session")
def ca_names() -> Callable[[str], list[str]]:
    """Read the CA names of the CertificateRequest out of what s_client printed."""

    def names(answer: str) -> list[str]:
        _, heading, rest = answer.partition("Acceptable client certificate CA names\n")
        lines = rest.splitlines() if heading else []
        return [line.replace(" ", "") for line in takewhile(lambda x: x.startswith("CN"), lines)]

    return names


def _serve(listener: socket.socket, context: TlsContext) -> None:
    engine, up = Engine(context), False
    connection, _ = listener.accept()
    connection.settimeout(10)
    with connection:
        try:
            while not engine.closed and (data := connection.recv(65536)):
                engine.feed(data)
                if not up and engine.handshake():
                    up = True
                    engine.write(b"* OK ready\r\n")
                if up:
                    engine.read()
                connection.sendall(engine.outgoing())
        except TlsFailure:
            connection.sendall(engine.outgoing())
    engine.free()
