"""OpenSSL's engines: `ssl_engine`, and keys that stay inside of one."""

from __future__ import annotations

import os
from typing import Any

from reference_proxy.tls import headers
from reference_proxy.tls.binding import NULL, Lacking, Pointer, lib, owned
from reference_proxy.tls.errors import openssl_error


class NoEngines(Exception):
    """This libssl knows no engines, as OpenSSL 4."""


def find(name: str) -> Pointer | None:
    """Return the engine of this name; None, and the reason in the error queue, without it."""
    lib.ERR_clear_error()
    engine = _function("ENGINE_by_id")(os.fsencode(name))
    return None if engine == NULL else owned(engine, lib.ENGINE_free)


def load_key(engine: Pointer, key_id: str) -> Pointer | None:
    """Return the private key that the engine has under this name; the caller owns it."""
    key = lib.ENGINE_load_private_key(engine, os.fsencode(key_id), NULL, NULL)
    return None if key == NULL else key


def make_default(name: str) -> None:
    """Let the engine do all that it can, in this process and its children (CFG-GEN-18)."""
    engine = find(name)
    if engine is None:
        raise openssl_error(f'ENGINE_by_id("{name}") failed')
    if not lib.ENGINE_set_default(engine, headers.ENGINE_METHOD_ALL):
        raise openssl_error(f'ENGINE_set_default("{name}", ENGINE_METHOD_ALL) failed')


def _function(name: str) -> Any:
    try:
        return getattr(lib, name)
    except Lacking:
        raise NoEngines from None
