"""Key exchange and the rest: `ssl_dhparam`, `ssl_ecdh_curve`, `ssl_conf_command`."""

from __future__ import annotations

import os

from reference_proxy.tls import headers, macros
from reference_proxy.tls.binding import NULL, Pointer, lib, owned
from reference_proxy.tls.errors import openssl_error

_PATHS = (headers.SSL_CONF_TYPE_FILE, headers.SSL_CONF_TYPE_DIR)
_CONF_FLAGS = (
    headers.SSL_CONF_FLAG_FILE
    | headers.SSL_CONF_FLAG_SERVER
    | headers.SSL_CONF_FLAG_CLIENT
    | headers.SSL_CONF_FLAG_CERTIFICATE
    | headers.SSL_CONF_FLAG_SHOW_ERRORS
)


def set_dh_parameters(ctx: Pointer, path: str) -> None:
    """Allow DHE, which no cipher list does by itself, with this file's group (W-DH-01, W-DH-02)."""
    lib.ERR_clear_error()
    bio = lib.BIO_new_file(os.fsencode(path), b"r")
    if bio == NULL:
        raise openssl_error(f'BIO_new_file("{path}") failed')
    dh = lib.PEM_read_bio_DHparams(owned(bio, lib.BIO_free), NULL, NULL, NULL)
    if dh == NULL:
        raise openssl_error(f'PEM_read_bio_DHparams("{path}") failed')
    if not macros.set_tmp_dh(ctx, owned(dh, lib.DH_free)):
        raise openssl_error(f'SSL_CTX_set_tmp_dh("{path}") failed')


def set_curves(ctx: Pointer, names: str) -> None:
    """Allow these groups, separated by colons; `auto` leaves the choice to OpenSSL (CFG-EC-01)."""
    lib.ERR_clear_error()
    if names != "auto" and not macros.set_groups(ctx, os.fsencode(names)):
        raise openssl_error(f'SSL_CTX_set1_curves_list("{names}") failed')


def run_commands(ctx: Pointer, commands: tuple[tuple[str, str], ...], directory: str) -> None:
    """Give OpenSSL its own commands, over what the directives said (CFG-CC-03)."""
    lib.ERR_clear_error()
    conf = owned(lib.SSL_CONF_CTX_new(), lib.SSL_CONF_CTX_free)
    lib.SSL_CONF_CTX_set_flags(conf, _CONF_FLAGS)
    lib.SSL_CONF_CTX_set_ssl_ctx(conf, ctx)
    for name, value in commands:
        key = os.fsencode(name)
        if lib.SSL_CONF_cmd_value_type(conf, key) in _PATHS:
            value = os.path.join(directory, value)
        if lib.SSL_CONF_cmd(conf, key, os.fsencode(value)) <= 0:
            raise openssl_error(f'SSL_CONF_cmd("{name}", "{value}") failed')
    if lib.SSL_CONF_CTX_finish(conf) != 1:
        raise openssl_error("SSL_CONF_finish() failed")
