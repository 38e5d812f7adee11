"""What the kit's listeners present of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from .authorities import SERVER, Authority, Identity, PrivateKey, Span, bundle, subject


def make_servers(hosts: Sequence[str], now: datetime) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Public and private files by name; every certificate is good for all `hosts`.

    `servers.pem` is the root that clients trust. `rsa-2` is there so that a
    swapped certificate is noticed; `rsa-chain` shares the key of `rsa`, since no
    check tells the two by their key. `key-inside.pem` holds certificate and key.
    """
    root = Authority.named("servers")
    below = Authority.named("server intermediate", root)
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
    }
    inside = issue("key-inside")
    public = {f"{name}.pem": one.chain_pem for name, one in servers.items()}
    private = {f"{name}.key": one.key_pem for name, one in servers.items()}
    public["servers.pem"] = bundle(root)
    private["key-inside.pem"] = inside.chain_pem + inside.key_pem
    return public, private
