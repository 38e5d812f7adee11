from __future__ import annotations

import pytest

from reference_proxy.session.events import PeerCertificate, TlsState
from reference_proxy.tls.verify import acceptable

SOMEONE = PeerCertificate("CN=x", "CN=y", "01", "00" * 20, "")
BAD, NONE = "SSL certificate error", "No required SSL certificate"


def state(error: int = 0, peer: PeerCertificate | None = SOMEONE) -> TlsState:
    return TlsState("TLSv1.3", "TLS_AES_256_GCM_SHA384", peer, error)


@pytest.mark.parametrize(
    ("mode", "without", "good", "unknown_issuer", "revoked"),
    [
        ("off", None, None, None, None),
        ("on", NONE, None, BAD, BAD),
        ("optional", None, None, BAD, BAD),
        ("optional_no_ca", None, None, None, BAD),
    ],
)
def test_modes(mode, without, good, unknown_issuer, revoked):
    assert acceptable(mode, state(peer=None)) == without
    assert acceptable(mode, state()) == good
    assert acceptable(mode, state(20)) == unknown_issuer
    assert acceptable(mode, state(23)) == revoked


def test_optional_no_ca_overlooks_five_errors():
    overlooked = {e for e in range(1, 80) if acceptable("optional_no_ca", state(e)) is None}
    assert overlooked == {18, 19, 20, 21, 27}
