"""What libssl calls back: each must outlive the SSL_CTX that has it, and none may raise."""

from __future__ import annotations

import os
from collections.abc import Callable

from reference_proxy.tls import headers
from reference_proxy.tls.binding import NULL, Pointer, ffi, lib, text
from reference_proxy.tls.tickets import TicketKey, TicketKeys


def alpn_selector(protocol: bytes) -> Pointer:
    """ALPN: this one protocol if the client lists it, else the fatal alert 120."""
    wire = ffi.new("unsigned char[]", bytes([len(protocol)]) + protocol)
    length = len(protocol) + 1

    @ffi.callback("alpn_callback", error=headers.SSL_TLSEXT_ERR_ALERT_FATAL)
    def select(
        ssl: Pointer, out: Pointer, outlen: Pointer, offered: Pointer, size: int, arg: Pointer
    ) -> int:
        chosen = ffi.cast("unsigned char **", out)
        if lib.SSL_select_next_proto(chosen, outlen, wire, length, offered, size) == (
            headers.OPENSSL_NPN_NEGOTIATED
        ):
            return headers.SSL_TLSEXT_ERR_OK
        return headers.SSL_TLSEXT_ERR_ALERT_FATAL

    return select


def lenient_verifier(forgiven: frozenset[int] = frozenset()) -> Pointer:
    """Certificate verification that goes on after every error and so reports the last one.

    Errors listed in `forgiven` are wiped out instead, with those before them.
    """

    @ffi.callback("verify_callback", error=0)
    def proceed(ok: int, store: Pointer) -> int:
        if not ok and lib.X509_STORE_CTX_get_error(store) in forgiven:
            lib.X509_STORE_CTX_set_error(store, 0)
        return 1

    return proceed


_MAX_SESSION = 4096
"""nginx 1.22 does not share a longer one (W-SES-10)."""


def new_session(store: Callable[[bytes, bytes], None]) -> Pointer:
    """Hand a new session on, by its id and as DER."""

    @ffi.callback("new_session_callback", error=0)
    def new(ssl: Pointer, session: Pointer) -> int:
        size = lib.i2d_SSL_SESSION(session, NULL)
        if size <= _MAX_SESSION:
            encoded = ffi.new("unsigned char[]", size)
            lib.i2d_SSL_SESSION(session, ffi.new("unsigned char **", encoded))
            store(_session_id(session), bytes(ffi.buffer(encoded)))
        return 0  # libssl keeps its own reference

    return new


def get_session(find: Callable[[bytes], bytes | None]) -> Pointer:
    """Look a session up by its id, as DER."""

    @ffi.callback("get_session_callback", error=NULL)
    def get(ssl: Pointer, session_id: Pointer, size: int, copy: Pointer) -> Pointer:
        copy[0] = 0  # libssl owns what it gets
        encoded = find(bytes(ffi.buffer(session_id, size)))
        if encoded is None:
            return NULL
        content = ffi.from_buffer("const unsigned char[]", encoded)
        position = ffi.new("const unsigned char **", content)
        return lib.d2i_SSL_SESSION(NULL, position, len(encoded))

    return get


def remove_session(remove: Callable[[bytes], None]) -> Pointer:
    """Tell of a session that must not be resumed any more."""

    @ffi.callback("remove_session_callback")
    def forget(ctx: Pointer, session: Pointer) -> None:
        remove(_session_id(session))

    return forget


def _session_id(session: Pointer) -> bytes:
    size = ffi.new("unsigned int *")
    content = lib.SSL_SESSION_get_id(session, size)
    return bytes(ffi.buffer(content, size[0]))


def ticket_key(keys: TicketKeys) -> Pointer:
    """Encrypt and decrypt tickets: AES in CBC mode, and HMAC with SHA-256 (W-TK-02)."""

    @ffi.callback("ticket_key_callback", error=-1)
    def prepare(
        ssl: Pointer, name: Pointer, iv: Pointer, cipher: Pointer, mac: Pointer, encrypting: int
    ) -> int:
        if encrypting:
            key = keys.for_encryption
            ffi.memmove(name, key.name, len(key.name))
            ffi.memmove(iv, os.urandom(headers.AES_BLOCK), headers.AES_BLOCK)
            done = lib.EVP_EncryptInit_ex(cipher, _aes(key), NULL, key.aes, iv)
            answer = _ENCRYPTED
        else:
            found = keys.for_decryption(bytes(ffi.buffer(name, len(keys.keys[0].name))))
            if found is None:
                return _FAILED if keys.foreign_are_fatal else _UNKNOWN
            key = found
            done = lib.EVP_DecryptInit_ex(cipher, _aes(key), NULL, key.aes, iv)
            renewed = keys.is_renewed(key, text(lib.SSL_get_version(ssl)))
            answer = _GOOD_AND_RENEWED if renewed else _GOOD
        if done != 1 or not lib.HMAC_Init_ex(mac, key.hmac, len(key.hmac), lib.EVP_sha256(), NULL):
            return _FAILED
        return answer

    return prepare


_FAILED, _UNKNOWN, _GOOD, _GOOD_AND_RENEWED = -1, 0, 1, 2
_ENCRYPTED = 1


def _aes(key: TicketKey) -> Pointer:
    return lib.EVP_aes_128_cbc() if len(key.aes) == 16 else lib.EVP_aes_256_cbc()


def password(phrase: bytes, warn: Callable[[str], None]) -> Pointer:
    """Answer every question for a pass-phrase with this one."""

    @ffi.callback("password_callback", error=0)
    def answer(buffer: Pointer, size: int, encrypting: int, arg: Pointer) -> int:
        if len(phrase) > size:
            warn(f"password is truncated to {size} bytes")
        ffi.memmove(buffer, phrase[:size], len(phrase[:size]))
        return len(phrase[:size])

    return answer
