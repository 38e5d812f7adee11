"""What <openssl/ssl.h> and its like define as macros, as functions."""

from __future__ import annotations

from reference_proxy.tls import headers
from reference_proxy.tls.binding import NULL, Pointer, ffi, lib, owned


def set_mode(ctx: Pointer, mode: int) -> None:
    """SSL_CTX_set_mode."""
    lib.SSL_CTX_ctrl(ctx, headers.SSL_CTRL_MODE, mode, NULL)


def set_version_range(ctx: Pointer, lowest: int, highest: int) -> None:
    """SSL_CTX_set_min_proto_version and SSL_CTX_set_max_proto_version; 0 is no bound."""
    lib.SSL_CTX_ctrl(ctx, headers.SSL_CTRL_SET_MIN_PROTO_VERSION, lowest, NULL)
    lib.SSL_CTX_ctrl(ctx, headers.SSL_CTRL_SET_MAX_PROTO_VERSION, highest, NULL)


def set_session_cache(ctx: Pointer, mode: int, size: int | None = None) -> None:
    """SSL_CTX_set_session_cache_mode and SSL_CTX_sess_set_cache_size (sessions)."""
    lib.SSL_CTX_ctrl(ctx, headers.SSL_CTRL_SET_SESS_CACHE_MODE, mode, NULL)
    if size is not None:
        lib.SSL_CTX_ctrl(ctx, headers.SSL_CTRL_SET_SESS_CACHE_SIZE, size, NULL)


def set_ticket_key_callback(ctx: Pointer, callback: Pointer) -> None:
    """SSL_CTX_set_tlsext_ticket_key_cb."""
    generic = ffi.cast("void (*)(void)", callback)
    lib.SSL_CTX_callback_ctrl(ctx, headers.SSL_CTRL_SET_TLSEXT_TICKET_KEY_CB, generic)


def set_tmp_dh(ctx: Pointer, dh: Pointer) -> bool:
    """SSL_CTX_set_tmp_dh."""
    return bool(lib.SSL_CTX_ctrl(ctx, headers.SSL_CTRL_SET_TMP_DH, 0, dh))


def set_dh_auto(ctx: Pointer) -> None:
    """SSL_CTX_set_dh_auto: a group that goes with the strength of the certificate's key."""
    lib.SSL_CTX_ctrl(ctx, headers.SSL_CTRL_SET_DH_AUTO, 1, NULL)


def set_groups(ctx: Pointer, names: bytes) -> bool:
    """SSL_CTX_set1_curves_list."""
    pointer = ffi.from_buffer(names + b"\0")
    return bool(lib.SSL_CTX_ctrl(ctx, headers.SSL_CTRL_SET_GROUPS_LIST, 0, pointer))


def set_chain(ctx: Pointer, certificates: list[Pointer]) -> bool:
    """SSL_CTX_set1_chain: what is sent behind the certificate that was set last."""
    chain = owned(lib.OPENSSL_sk_new_null(), lib.OPENSSL_sk_free)
    for certificate in certificates:
        lib.OPENSSL_sk_push(chain, certificate)
    return bool(lib.SSL_CTX_ctrl(ctx, headers.SSL_CTRL_CHAIN, headers.BY_REFERENCE, chain))


def load_lookup_file(lookup: Pointer, path: bytes) -> bool:
    """X509_LOOKUP_load_file of a PEM file."""
    return bool(
        lib.X509_LOOKUP_ctrl(
            lookup, headers.X509_L_FILE_LOAD, path, headers.X509_FILETYPE_PEM, NULL
        )
    )
