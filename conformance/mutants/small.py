"""A server certificate whose key is too small for today."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import rsa

from conformance.harness.pki.authorities import SERVER, Authority, Span, now, subject
from conformance.harness.pki.kit import Kit


def write_small(kit: Kit) -> None:
    """`small.pem` and `small.key` beside the kit's own: RSA, 1024 bits."""
    key = rsa.generate_private_key(65537, 1024)
    issued = Authority.named("servers").issue(
        subject("small"), Span.around(now()), key=key, purpose=SERVER
    )
    kit.file("small.pem").write_bytes(issued.chain_pem)
    kit.file("small.key").write_bytes(issued.key_pem)
