"""What these tests run against: a small PKI, nginx listeners, threads that say one thing."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.patience import Deadline, Patience
from conformance.harness.pki.person import Person
from conformance.harness.targets.loopback import free_loopback
from conformance.harness.transcript import Transcript
from conformance.harness.wire import Wire

PATIENCE = Patience(answer=5.0)
MODULE = "/usr/lib/nginx/modules/ngx_mail_module.so"
Handler = Callable[[socket.socket], None]


@dataclass
class Pki:
    """Server certificates `rsa` and `ecdsa` under an intermediate, and people with theirs."""

    directory: Path
    people: dict[str, Person] = field(default_factory=dict)

    def path(self, name: str) -> Path:
        return self.directory / name


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    found = Pki(tmp_path_factory.mktemp("pki"))
    root = trustme.CA(organization_name="root of these tests")
    middle = trustme.CA(parent_cert=root, organization_name="middle of these tests")
    other = trustme.CA(organization_name="some other authority")
    for name, authority in (("root", root), ("other", other)):
        authority.cert_pem.write_to_path(found.path(f"{name}.pem"))
    kinds = {"rsa": trustme.KeyType.RSA, "ecdsa": trustme.KeyType.ECDSA}
    for kind, key_type in kinds.items():
        for who in ("server", "client"):
            name = f"{who}-{kind}"
            _write(found, name, middle.issue_cert(name, common_name=name, key_type=key_type))
    unknown = trustme.CA(organization_name="nobody's authority")
    _write(found, "stranger", unknown.issue_cert("stranger", key_type=kinds["ecdsa"]))
    _write_edwards(found, root)
    return found


def _write(pki: Pki, name: str, made: trustme.LeafCert) -> None:
    certificate, key = pki.path(f"{name}.pem"), pki.path(f"{name}.key")
    certificate.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
    made.private_key_pem.write_to_path(key)
    pki.people[name] = Person(name, certificate, key)


def _write_edwards(pki: Pki, root: trustme.CA) -> None:
    model = root.issue_cert("client-ed25519.example", common_name="client-ed25519")
    pattern = x509.load_pem_x509_certificate(model.cert_chain_pems[0].bytes())
    authority = x509.load_pem_x509_certificate(root.cert_pem.bytes())
    key = ed25519.Ed25519PrivateKey.generate()
    builder = x509.CertificateBuilder().subject_name(pattern.subject).issuer_name(authority.subject)
    builder = builder.serial_number(7).public_key(key.public_key())
    builder = builder.not_valid_before(pattern.not_valid_before_utc)
    builder = builder.not_valid_after(pattern.not_valid_after_utc)
    signer = load_pem_private_key(root.private_key_pem.bytes(), None)
    signed = builder.sign(signer, authority.signature_hash_algorithm)
    certificate, pem = pki.path("client-ed25519.pem"), pki.path("client-ed25519.key")
    certificate.write_bytes(signed.public_bytes(Encoding.PEM))
    pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    pki.people["client-ed25519"] = Person("client-ed25519", certificate, pem)


LISTENERS = {
    "modern": "ssl_protocols TLSv1.2 TLSv1.3;",
    "old": "ssl_protocols TLSv1 TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;",
    "gap": "ssl_protocols TLSv1 TLSv1.2; ssl_ciphers ALL:@SECLEVEL=0;",
    "asks": "ssl_protocols TLSv1.2 TLSv1.3; ssl_verify_client optional; ssl_verify_depth 5; "
    "ssl_client_certificate ca.pem;",
    "dh": "ssl_protocols TLSv1.2; ssl_ciphers DHE; ssl_dhparam dh.pem;",
    "curve": "ssl_protocols TLSv1.2 TLSv1.3; ssl_ecdh_curve secp384r1;",
    "starttls": "starttls on;",
}


@dataclass(frozen=True)
class Nginx:
    """Where the listeners of `LISTENERS` are."""

    host: str
    ports: dict[str, int]

    def endpoint(self, name: str) -> Endpoint:
        way = Way.STARTTLS if name == "starttls" else Way.IMPLICIT
        return Endpoint(self.host, self.ports[name], Protocol.IMAP, way)


@pytest.fixture(scope="session")
def nginx(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    if shutil.which("nginx") is None or not Path(MODULE).exists():
        pytest.skip("no nginx with the mail module here")
    where = tmp_path_factory.mktemp("nginx")
    ports = dict(zip(LISTENERS, count(20100), strict=False))
    found = Nginx(free_loopback(ports.values()), ports)
    trusted = [pki.path(name).read_text() for name in ("root.pem", "other.pem")]
    (where / "ca.pem").write_text("".join(trusted))
    (where / "dh.pem").write_bytes(Path(__file__).with_name("ffdhe2048.pem").read_bytes())
    (where / "nginx.conf").write_text(_configuration(found, pki))
    with subprocess.Popen(_command(where)) as process:
        try:
            _wait_for(process, found)
            yield found
        finally:
            process.terminate()


def _command(where: Path) -> list[str]:
    directives = f"load_module {MODULE}; pid {where}/pid;"
    directives += " daemon off; master_process off; user root;"
    files = ["-p", f"{where}", "-c", f"{where}/nginx.conf", "-e", f"{where}/error.log"]
    return ["nginx", *files, "-g", directives]


def _configuration(nginx: Nginx, pki: Pki) -> str:
    pairs = "".join(
        f"ssl_certificate {pki.path(name)}.pem; ssl_certificate_key {pki.path(name)}.key;\n"
        for name in ("server-rsa", "server-ecdsa")
    )
    servers = "".join(
        f"server {{ listen {nginx.host}:{nginx.ports[name]}{'' if name == 'starttls' else ' ssl'};"
        f" protocol imap; {directives} }}\n"
        for name, directives in LISTENERS.items()
    )
    return f"events {{}}\nmail {{ auth_http 127.0.0.1:9; server_name test; {pairs}{servers} }}\n"


def _wait_for(process: subprocess.Popen[bytes], nginx: Nginx) -> None:
    """It opens its ports one after the other: each is waited for."""
    deadline = PATIENCE.deadline()
    waiting = list(nginx.ports.values())
    while waiting and deadline.left():
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection((nginx.host, waiting[0]), timeout=1).close()
            del waiting[0]
            continue
        with contextlib.suppress(subprocess.TimeoutExpired):
            pytest.fail(f"nginx ended with status {process.wait(0.01)}")
    if waiting:
        pytest.fail(f"nginx does not listen on {waiting}")


@pytest.fixture
def connect() -> Iterator[Callable[[Endpoint], Wire]]:
    with contextlib.ExitStack() as stack:
        yield lambda endpoint: stack.enter_context(Wire(endpoint, PATIENCE, Transcript()))


@pytest.fixture
def serve() -> Iterator[Callable[[Handler], Endpoint]]:
    """Start a server that accepts one connection and gives it to the handler, in a thread."""
    threads: list[threading.Thread] = []

    def start(handler: Handler) -> Endpoint:
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(5)
        thread = threading.Thread(target=_once, args=(listener, handler))
        threads.append(thread)
        thread.start()
        return Endpoint("127.0.0.1", listener.getsockname()[1], Protocol.IMAP, Way.IMPLICIT)

    yield start
    for thread in threads:
        thread.join(5)


def _once(listener: socket.socket, handler: Handler) -> None:
    with listener:
        connection, _ = listener.accept()
    with connection:
        connection.settimeout(5)
        # The client under test hangs up as it pleases.
        with contextlib.suppress(OSError):
            handler(connection)


@pytest.fixture
def answer(serve: Callable[[Handler], Endpoint]) -> Callable[..., Endpoint]:
    """Start a server that reads a ClientHello, sends the pieces given, and hangs up in order."""

    def start(*pieces: bytes) -> Endpoint:
        def handler(connection: socket.socket) -> None:
            connection.recv(65536)
            for piece in pieces:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(65536)

        return serve(handler)

    return start


@pytest.fixture
def server_context(pki: Pki) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    person = pki.people["server-ecdsa"]
    context.load_cert_chain(person.certificate, person.key)
    return context


@pytest.fixture
def soon() -> Deadline:
    return PATIENCE.deadline()
