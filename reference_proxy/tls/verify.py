"""What `ssl_verify_client` makes of a handshake that is over."""

from __future__ import annotations

from reference_proxy.session.events import TlsState

CERTIFICATE_ERROR = "SSL certificate error"
NO_CERTIFICATE = "No required SSL certificate"

ISSUER_UNKNOWN = frozenset({18, 19, 20, 21, 27})
"""The verify errors that `optional_no_ca` overlooks, and no others (W-VER-07, W-VER-08)."""


def acceptable(mode: str, state: TlsState) -> str | None:
    """Return None if the client may go on, else nginx's text for it (W-VER-04).

    `mode` is the value of `ssl_verify_client`. The result of a resumed session
    is that of its full handshake (W-CTX-05).
    """
    if mode == "off":
        return None
    overlooked = mode == "optional_no_ca" and state.verify_error in ISSUER_UNKNOWN
    if state.verify_error and not overlooked:
        return CERTIFICATE_ERROR
    if mode == "on" and state.peer is None:
        return NO_CERTIFICATE
    return None
