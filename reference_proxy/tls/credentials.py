"""The server's own certificates and keys: `ssl_certificate`, `ssl_certificate_key`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from reference_proxy.tls import binding, callbacks, engines, macros
from reference_proxy.tls.binding import NULL, Pointer, lib, owned
from reference_proxy.tls.errors import ContextError, forgiving, openssl_error


def use_pair(
    ctx: Pointer,
    certificate: str,
    key: str,
    passwords: Sequence[bytes] | None = None,
    warn: Callable[[str], None] = lambda text: None,
    faults: frozenset[str] = frozenset(),
) -> bytes:
    """Load one pair into the context and return the SHA-1 of the leaf.

    An encrypted key is tried with each of `passwords`; without any OpenSSL asks
    on the terminal (CFG-CERT-16). Of two pairs with the same key type OpenSSL keeps
    the later (CFG-CERT-10), and a key of another type than its certificate's loads
    too (CFG-CERT-03).
    """
    leaf, chain = _load_certificate(certificate)
    try:
        if not lib.SSL_CTX_use_certificate(ctx, leaf):
            raise openssl_error(f'SSL_CTX_use_certificate("{certificate}") failed')
        digest = binding.sha1(lib.X509_digest, leaf)
        # FAULT chain-reversed breaks ssl_certificate: the chain is sent as the file has it
        if "chain-reversed" in faults:
            chain.reverse()
        # FAULT chain-dropped breaks ssl_certificate
        if "chain-dropped" not in faults and not macros.set_chain(ctx, chain):
            raise openssl_error(f'SSL_CTX_set0_chain("{certificate}") failed')
        private_key = _load_key(key, passwords, warn)
        # FAULT key-of-another-taken breaks ssl_certificate_key
        with forgiving("key-of-another-taken", faults):
            if not lib.SSL_CTX_use_PrivateKey(ctx, private_key):
                raise openssl_error(f'SSL_CTX_use_PrivateKey("{key}") failed')
    finally:
        lib.ERR_clear_error()
    return digest


def _open(name: str, what: Callable[[str], ContextError]) -> Pointer:
    """Open a file, or the PEM text itself where the name is `data:…` (CFG-CERT-14)."""
    lib.ERR_clear_error()
    if name.startswith("data:"):
        return owned(binding.memory_bio(os.fsencode(name[len("data:") :])), lib.BIO_free)
    bio = lib.BIO_new_file(os.fsencode(name), b"r")
    if bio == NULL:
        raise what("BIO_new_file() failed")
    return owned(bio, lib.BIO_free)


def _load_certificate(name: str) -> tuple[Pointer, list[Pointer]]:
    """Read the leaf and what follows it in the file (CFG-CERT-05 to 09)."""

    def failed(step: str) -> ContextError:
        return openssl_error(f'cannot load certificate "{name}": {step}')

    bio = _open(name, failed)
    leaf = lib.PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL)
    if leaf == NULL:
        raise failed("PEM_read_bio_X509_AUX() failed")
    leaf, chain = owned(leaf, lib.X509_free), []
    while (link := lib.PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL:
        chain.append(owned(link, lib.X509_free))
    if not binding.ended_without_pem():
        raise failed("PEM_read_bio_X509() failed")
    lib.ERR_clear_error()
    return leaf, chain


def _load_key(name: str, passwords: Sequence[bytes] | None, warn: Callable[[str], None]) -> Pointer:
    """Read a private key from a file, PEM text or an engine."""

    def failed(step: str) -> ContextError:
        return openssl_error(f'cannot load certificate key "{name}": {step}')

    if name.startswith("engine:"):
        return owned(_load_engine_key(name, failed), lib.EVP_PKEY_free)
    answers = [callbacks.password(phrase, warn) for phrase in passwords or ()] or [NULL]
    for answer in answers:
        key = lib.PEM_read_bio_PrivateKey(_open(name, failed), NULL, answer, NULL)
        if key != NULL:
            return owned(key, lib.EVP_PKEY_free)
    raise failed("PEM_read_bio_PrivateKey() failed")


def _load_engine_key(name: str, failed: Callable[[str], ContextError]) -> Pointer:
    """Ask the engine of `engine:NAME:ID` for a key (CFG-CERT-18)."""
    engine_name, colon, key_id = name[len("engine:") :].partition(":")
    if not colon:
        raise failed("invalid syntax")
    try:
        engine = engines.find(engine_name)
    except engines.NoEngines:
        raise failed('loading "engine:..." certificate keys is not supported') from None
    if engine is None:
        # nginx 1.22 has cut its string in two at this moment
        raise openssl_error(
            f'cannot load certificate key "engine:{engine_name}": ENGINE_by_id() failed'
        )
    key = engines.load_key(engine, key_id)
    if key is None:
        raise failed("ENGINE_load_private_key() failed")
    return key
