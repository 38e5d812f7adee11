"""What the kit's listeners present of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from ..fixtures import fixture
from .authorities import SERVER, Authority, Identity, PrivateKey, Span, bundle, subject

RSA_PHRASE, ECDSA_PHRASE = "open rsa", "open ecdsa"
# Files of pass-phrases: each line is tried in turn, so the right one need not be the first.
PHRASES = {
    "inherited.pass": [RSA_PHRASE],
    "second-right.pass": ["not this one", RSA_PHRASE],
    "several.pass": ["not this one", ECDSA_PHRASE, "nor this", RSA_PHRASE],
}


def make_servers(hosts: Sequence[str], now: datetime) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Public and private files by name; every certificate is good for all `hosts`.

    `servers.pem` is the root that clients trust. `rsa-2` is there so that a
    swapped certificate is noticed; `rsa-chain` shares the key of `rsa`, since no
    check tells the two by their key. `key-inside.pem` holds certificate and key,
    the keys called `locked` are encrypted, and `PHRASES` open them. `dhparam.pem` is
    a group of our own, which no software has built in.
    """
    root = Authority.named("servers")
    below = Authority.named("server intermediate", root)
    deeper = Authority.named("server intermediate 2", below)
    span = Span.around(now)

    def issue(name: str, authority: Authority = root, key: PrivateKey | None = None) -> Identity:
        return authority.issue(subject(name), span, key=key, purpose=SERVER, hosts=hosts)

    first, second = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    servers = {
        "rsa": issue("rsa", key=first),
        "rsa-2": issue("rsa-2", key=second),
        "rsa-chain": issue("rsa-chain", below, first),
        "ecdsa": issue("ecdsa"),
        "ecdsa-chain": issue("ecdsa-chain", below),
        "ed25519": issue("ed25519", key=ed25519.Ed25519PrivateKey.generate()),
        "ed25519-chain": issue("ed25519-chain", deeper, ed25519.Ed25519PrivateKey.generate()),
    }
    locked = {"rsa-locked": issue("rsa-locked", key=first), "ecdsa-locked": issue("ecdsa-locked")}
    inside = issue("key-inside")
    public = {f"{name}.pem": one.chain_pem for name, one in (servers | locked).items()}
    private = {f"{name}.key": one.key_pem for name, one in servers.items()}
    private |= {name: "\n".join((*lines, "")).encode() for name, lines in PHRASES.items()}
    # One in each of the forms that keys come in.
    private["rsa-locked.key"] = _locked(first, RSA_PHRASE, PrivateFormat.TraditionalOpenSSL)
    private["ecdsa-locked.key"] = _locked(
        locked["ecdsa-locked"].key, ECDSA_PHRASE, PrivateFormat.PKCS8
    )
    public["servers.pem"] = bundle(root)
    public["dhparam.pem"] = fixture("dhparam.pem").read_bytes()
    private["key-inside.pem"] = inside.chain_pem + inside.key_pem
    return public, private


def _locked(key: PrivateKey, phrase: str, form: PrivateFormat) -> bytes:
    return key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(phrase.encode()))
