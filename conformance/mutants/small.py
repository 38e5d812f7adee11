"""What is not to be served: a key that is too small for today, and groups for DHE."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import rsa

from conformance.harness.pki.authorities import SERVER, Authority, Span, now, subject
from conformance.harness.pki.kit import Kit


def write_small(kit: Kit) -> None:
    """`small.pem`, `small.key` (RSA, 1024 bits) and two `dhparam-….pem` beside the kit's own."""
    key = rsa.generate_private_key(65537, 1024)
    issued = Authority.named("servers").issue(
        subject("small"), Span.around(now()), key=key, purpose=SERVER
    )
    kit.file("small.pem").write_bytes(issued.chain_pem)
    kit.file("small.key").write_bytes(issued.key_pem)
    kit.file("dhparam-other.pem").write_text(_OTHER_GROUP)
    kit.file("dhparam-1024.pem").write_text(_SMALL_GROUP)


_OTHER_GROUP = """-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
"""  # ffdhe2048 of RFC 7919

_SMALL_GROUP = """-----BEGIN DH PARAMETERS-----
MIGHAoGBAOd2CRS3X998ep2zE+QYLK39ge9s7RHqgwFPoG7mA091K0qfZ/ydUGU+
VHlydBB56lNNkB45H4dL64dAX7NyNbAm+NdfRiQNJseNejOAjeRUcIKMdJYUagQg
Elzb+9f+Ui2BAofHcGto4tVPWSz8zlzJJk19Z2Luv1QndW3GjHDXAgEC
-----END DH PARAMETERS-----
"""  # 1024 bits
