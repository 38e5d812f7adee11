"""The standing of everybody, under every CA file, CRL and depth, against OpenSSL itself."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import pytest

from conformance.harness.pki.authorities import now
from conformance.harness.pki.kit import Kit
from conformance.harness.pki.people import PEOPLE
from conformance.harness.pki.standing import Standing, standing

# Linux alone has it; elsewhere the tests are slower.
QUICKACK = getattr(socket, "TCP_QUICKACK", socket.TCP_NODELAY)
FIRST_PORT = 21000
AUTHORITIES = ("clients", "strangers", "both")
CRLS = ("", "clients", "all", "intermediate", "empty", "both", "expired", "foreign")
DEPTHS = range(4)


@dataclass(frozen=True)
class Rules:
    """What one listener asks of its clients."""

    authorities: str
    crl: str
    depth: int
    mode: str = "on"

    def server(self, address: str) -> str:
        crl = f"ssl_crl pki/crl-{self.crl}.pem;" if self.crl else ""
        return (
            f"server {{ listen {address} ssl; protocol imap; ssl_verify_client {self.mode};"
            f" ssl_client_certificate pki/{self.authorities}.pem;"
            f" ssl_verify_depth {self.depth}; {crl} }}\n"
        )


EVERY = [Rules(*row) for row in product(AUTHORITIES, CRLS, DEPTHS)]
LISTENERS = [
    *EVERY,
    *(replace(rules, mode="optional_no_ca") for rules in EVERY if rules.depth == 1),
]

Expected = Mapping[tuple[Rules, str], Standing]


@pytest.fixture(scope="module")
def expected(kit: Kit) -> Expected:
    def judged(rules: Rules, name: str) -> Standing:
        person = kit.person(name).certificate.read_bytes()
        trusted = kit.file(f"{rules.authorities}.pem").read_bytes()
        crl = kit.file(f"crl-{rules.crl}.pem").read_bytes() if rules.crl else None
        return standing(person, trusted, crl, rules.depth, at)

    at = now()
    return {(rules, name): judged(rules, name) for rules in EVERY for name in PEOPLE}


@pytest.fixture(scope="module")
def codes(
    kit: Kit, host: str, serve: Callable[[Path, int], AbstractContextManager[Path]]
) -> Mapping[tuple[Rules, str], int]:
    """What nginx says of everybody on every listener: 0 let in, else its log's number."""
    ports = range(FIRST_PORT, FIRST_PORT + len(LISTENERS))
    servers = "".join(
        rules.server(f"{host}:{port}") for rules, port in zip(LISTENERS, ports, strict=True)
    )
    conf = kit.directory / "verdicts.conf"
    conf.write_text(
        "events {} mail { auth_http 127.0.0.1:1/; ssl_certificate pki/ecdsa.pem;"
        f" ssl_certificate_key pki/ecdsa.key;\n{servers}}}\n"
    )
    clients = [client(kit, name) for name in PEOPLE]
    with serve(conf, ports[-1]) as log, ThreadPoolExecutor(4) as pool:
        welcomes = list(pool.map(lambda port: [greet(host, port, one) for one in clients], ports))
        told = log.read_text()
    conf.unlink()
    found: dict[tuple[Rules, str], int] = {}
    for rules, port, welcomed in zip(LISTENERS, ports, welcomes, strict=True):
        refusals = iter(re.findall(rf"verify error: \((\d+):.*server: {host}:{port}\b", told))
        for name, welcome in zip(PEOPLE, welcomed, strict=True):
            found[rules, name] = 0 if welcome else int(next(refusals))
        assert next(refusals, None) is None
    return found


def client(kit: Kit, name: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=kit.server_root)
    person = kit.person(name)
    context.load_cert_chain(person.certificate, person.key)
    return context


def greet(host: str, port: int, context: ssl.SSLContext) -> bool:
    """Whether the listener lets the client in: nginx says so after the handshake."""
    with socket.create_connection((host, port), 5) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)
        with context.wrap_socket(plain, server_hostname=host) as tls:
            tls.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)
            greeting = tls.recv(100)
    assert greeting.startswith((b"* OK", b"* BYE SSL certificate error")), greeting
    return greeting.startswith(b"* OK")


def test_nginx_reports_the_cause(
    expected: Expected, codes: Mapping[tuple[Rules, str], int]
) -> None:
    for key, verdict in expected.items():
        if verdict is Standing.MIXED:
            assert codes[key] != 0, key
        else:
            assert codes[key] in verdict.openssl_codes, key


def test_optional_no_ca_lets_in_whom_it_should(
    expected: Expected, codes: Mapping[tuple[Rules, str], int]
) -> None:
    for (rules, name), code in codes.items():
        verdict = expected[replace(rules, mode="on"), name]
        if rules.mode == "optional_no_ca" and verdict is not Standing.MIXED:
            assert (code == 0) is verdict.tolerated_by_optional_no_ca, (rules, name)


def test_with_a_crl_nobody_is_too_deep_for_optional_no_ca_alone(
    expected: Expected, codes: Mapping[tuple[Rules, str], int]
) -> None:
    found = {
        code
        for (rules, name), code in codes.items()
        if rules.mode == "optional_no_ca" and rules.crl
        if expected[replace(rules, mode="on", crl=""), name] is Standing.TOO_DEEP
    }
    assert found == Standing.NO_CRL.openssl_codes


def test_every_standing_is_met_alone(expected: Expected) -> None:
    unmet = set(Standing) - set(expected.values())
    assert unmet == {Standing.NO_ROOT, Standing.CRL_NOT_YET_VALID}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl command here")
@pytest.mark.parametrize("crl", CRLS)
def test_openssl_verify_agrees(kit: Kit, tmp_path: Path, expected: Expected, crl: str) -> None:
    names = ("intermediates.pem", "people/under-revoked-intermediate.pem")
    between = tmp_path / "between.pem"
    between.write_bytes(b"".join(kit.file(name).read_bytes() for name in names))
    for authorities, depth in product(AUTHORITIES, DEPTHS):
        command = ["openssl", "verify", "-x509_strict", "-purpose", "sslclient"]
        command += ["-verify_depth", str(depth), "-CAfile", f"pki/{authorities}.pem"]
        command += ["-untrusted", str(between)]
        if crl:
            command += ["-crl_check_all", "-CRLfile", f"pki/crl-{crl}.pem"]
        command += [f"pki/people/{name}.pem" for name in PEOPLE]
        done = subprocess.run(
            command, cwd=kit.directory, capture_output=True, text=True, timeout=20
        )
        passed = {
            Path(line[:-4]).stem for line in done.stdout.splitlines() if line.endswith(": OK")
        }
        rules = Rules(authorities, crl, depth)
        assert passed == {name for name in PEOPLE if expected[rules, name] is Standing.TRUSTED}
