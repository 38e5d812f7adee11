"""The files that the configurations name, written into one directory."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

NOW = datetime.now(UTC)
NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "differential")])

INCLUDES = {
    "good.inc": "worker_processes 1;\n",
    "nested.part": "include good.inc;\n# a comment\n",
    "empty.part": "",
    "comment.part": "# nothing else",
    "broken.bad": "# a comment\nnosuch x;\n",
    "unclosed.bad": "mail {\n",
    "closes.bad": "\n}\n",
    "deep.bad": "\n\ninclude broken.bad;\n",
    "half.bad": "worker_processes",
    "server.part": "server { listen 127.0.77.1:9931; protocol imap; }\n",
}

DATA = {
    "passwords": b"wrong\nsecret",
    "passwords.crlf": b"\r\nsecret\r\n",
    "passwords.wrong": b"wrong\n",
    "passwords.none": b"\n\n",
    "passwords.4095": b"x" * 4095 + b"\n",
    "passwords.4096": b"x" * 4096 + b"\n",
    "ticket.47": bytes(47),
    "ticket.48": bytes(48),
    "ticket.80": bytes(80),
    "log": b"",
}


def write(directory: Path) -> None:
    """Write everything; CERT and KEY of a configuration are `cert.pem` and `key.pem`."""
    for name, text in INCLUDES.items():
        (directory / name).write_text(text)
    for name, data in DATA.items():
        (directory / name).write_bytes(data)
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = _pair(directory, "", key)
    other = _pair(directory, "other-", ec.generate_private_key(ec.SECP256R1()))
    _pair(directory, "old-", ec.generate_private_key(ec.SECP256R1()), -2)
    _pair(directory, "rsa-", rsa.generate_private_key(65537, 2048))
    _pair(directory, "small-", rsa.generate_private_key(65537, 1024))
    _pair(directory, "ed-", ed25519.Ed25519PrivateKey.generate())
    (directory / "traditional-key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    (directory / "secret-key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    )
    _chains(directory, leaf, other)
    _lists(directory, key)
    for name, group in {"dh.pem": "ffdhe2048", "small-dh.pem": "modp_1536"}.items():
        command = ["openssl", "genpkey", "-genparam", "-algorithm", "DH"]
        command += ["-pkeyopt", f"group:{group}", "-out", directory / name]
        subprocess.run(command, check=True, capture_output=True, timeout=20)


def _chains(directory: Path, leaf: x509.Certificate, other: x509.Certificate) -> None:
    mine, theirs = (one.public_bytes(Encoding.PEM) for one in (leaf, other))
    broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    trusted = mine.replace(b" CERTIFICATE", b" TRUSTED CERTIFICATE")
    for name, data in {
        "chain.pem": mine + theirs,
        "wrong-order.pem": theirs + mine,
        "broken-chain.pem": mine + broken,
        "text-around.pem": b"before\n" + mine + b"after\n",
        "trusted.pem": trusted,
        "leaf.der": leaf.public_bytes(Encoding.DER),
    }.items():
        (directory / name).write_bytes(data)
    (directory / "both.pem").write_bytes(mine + (directory / "key.pem").read_bytes())


def _pair(directory: Path, prefix: str, key: PrivateKeyTypes, days: int = 0) -> x509.Certificate:
    start = NOW + timedelta(days=days)
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    certificate = (
        x509.CertificateBuilder(NAME, NAME, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=1))
        .sign(key, digest)
    )
    (directory / f"{prefix}cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (directory / f"{prefix}key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return certificate


def _lists(directory: Path, key: ec.EllipticCurvePrivateKey) -> None:
    for name, start in {"crl.pem": NOW, "old-crl.pem": NOW - timedelta(days=3)}.items():
        crl = x509.CertificateRevocationListBuilder(NAME, start, start + timedelta(days=1))
        data = crl.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
        (directory / name).write_bytes(data)
