"""Whom the server believes: the directives behind `ssl_verify_client`.

Verification never fails the handshake: the callback goes on after every error,
and the session judges the result once TLS is up (W-VER-01).
"""

from __future__ import annotations

import os

from reference_proxy.config.settings import TlsSettings
from reference_proxy.tls import callbacks, headers, macros
from reference_proxy.tls.binding import NULL, Pointer, lib
from reference_proxy.tls.errors import ContextError, forgiving, openssl_error

_NOT_YET_VALID = frozenset({9})
_EXPIRED = frozenset({10})
_WRONG_PURPOSE = frozenset({26})
_ISSUER_UNKNOWN = frozenset({2, 18, 19, 20, 21, 27})


def verifier(faults: frozenset[str]) -> Pointer:
    """Return the verify callback; the context must keep it alive."""
    forgiven: frozenset[int] = frozenset()
    # FAULT any-ca-accepted breaks ssl_trusted_certificate: these errors stand
    if "any-ca-accepted" in faults:
        forgiven |= _ISSUER_UNKNOWN
    # FAULT expired-accepted breaks ssl_verify_client: this error stands
    if "expired-accepted" in faults:
        forgiven |= _EXPIRED
    # FAULT not-yet-valid-accepted breaks ssl_verify_client: this error stands
    if "not-yet-valid-accepted" in faults:
        forgiven |= _NOT_YET_VALID
    # FAULT purpose-ignored breaks ssl_verify_client: this error stands
    if "purpose-ignored" in faults:
        forgiven |= _WRONG_PURPOSE
    return callbacks.lenient_verifier(forgiven)


def verify_clients(
    ctx: Pointer, settings: TlsSettings, callback: Pointer, faults: frozenset[str]
) -> None:
    """Ask clients for a certificate and say whom to trust, in nginx's order (CFG-GEN-12)."""
    if not settings.client_certificate and settings.verify_client != "optional_no_ca":
        raise ContextError("no ssl_client_certificate for ssl_verify_client")
    # FAULT request-not-sent breaks ssl_verify_client: on, optional and optional_no_ca all ask
    if "request-not-sent" not in faults:
        lib.SSL_CTX_set_verify(ctx, headers.SSL_VERIFY_PEER, callback)
    # FAULT depth-ignored breaks ssl_verify_depth
    if "depth-ignored" not in faults:
        lib.SSL_CTX_set_verify_depth(ctx, min(settings.verify_depth, 2**31 - 1))
    if settings.client_certificate:
        # FAULT authorities-unreadable-skipped breaks ssl_client_certificate, and trusted ones
        with forgiving("authorities-unreadable-skipped", faults):
            _trust(ctx, settings.client_certificate)
        # FAULT ca-names-omitted breaks ssl_client_certificate: the names are sent
        if "ca-names-omitted" not in faults:
            with forgiving("authorities-unreadable-skipped", faults):
                _name(ctx, settings, faults)
    if settings.trusted_certificate:
        with forgiving("authorities-unreadable-skipped", faults):
            _trust(ctx, settings.trusted_certificate)
    # FAULT crl-ignored breaks ssl_crl
    if settings.crl and "crl-ignored" not in faults:
        # FAULT crl-unreadable-skipped breaks ssl_crl
        with forgiving("crl-unreadable-skipped", faults):
            _check_revocation(ctx, settings.crl)


def _trust(ctx: Pointer, path: str) -> None:
    """Add a file's certificates to those trusted (CFG-VER-04 to 07, W-VER-11)."""
    lib.ERR_clear_error()
    if not lib.SSL_CTX_load_verify_locations(ctx, os.fsencode(path), NULL):
        raise openssl_error(f'SSL_CTX_load_verify_locations("{path}") failed')
    lib.ERR_clear_error()  # it leaves errors behind even when it succeeds


def _name(ctx: Pointer, settings: TlsSettings, faults: frozenset[str]) -> None:
    """Send the names of `ssl_client_certificate`, and only of that, to clients (W-VER-02)."""
    path = settings.client_certificate
    names = lib.SSL_load_client_CA_file(os.fsencode(path))
    if names == NULL:
        raise openssl_error(f'SSL_load_client_CA_file("{path}") failed')
    # FAULT ca-names-of-trusted breaks ssl_trusted_certificate: its names are not sent
    if "ca-names-of-trusted" in faults and settings.trusted_certificate:
        lib.SSL_add_file_cert_subjects_to_stack(names, os.fsencode(settings.trusted_certificate))
    lib.SSL_CTX_set_client_CA_list(ctx, names)


def _check_revocation(ctx: Pointer, path: str) -> None:
    """Require a valid CRL for every certificate below the anchor (CFG-CRL-01, W-CRL-01)."""
    lib.ERR_clear_error()
    store = lib.SSL_CTX_get_cert_store(ctx)
    lookup = lib.X509_STORE_add_lookup(store, lib.X509_LOOKUP_file())
    if lookup == NULL:
        raise openssl_error("X509_STORE_add_lookup() failed")
    if not macros.load_lookup_file(lookup, os.fsencode(path)):
        raise openssl_error(f'X509_LOOKUP_load_file("{path}") failed')
    lib.X509_STORE_set_flags(
        store, headers.X509_V_FLAG_CRL_CHECK | headers.X509_V_FLAG_CRL_CHECK_ALL
    )
