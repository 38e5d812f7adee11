"""libssl, through cffi in ABI mode: where it is found, who owns what, what went wrong.

The other modules call `lib.SSL_…` with opaque pointers, `bytes` and integers,
and come here for ownership, buffers and the error queue, to `macros` for what
the headers define without a function, and to `callbacks` for what libssl
calls. The same declarations fit OpenSSL 1.1.1 and 3.x.
"""

from __future__ import annotations

import _ssl
import os
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from reference_proxy.tls import declared, headers

Pointer: TypeAlias = Any
"""A pointer into libssl, or a callback it may call: opaque to every caller."""

ffi = declared.ffi
NULL = ffi.NULL
Lacking: type[Exception] = ffi.error
"""Raised where the library has no function of a name that is declared."""


def _candidates() -> Iterator[str]:
    """Yield where to look: what WAXSEAL_LIBSSL names and nothing else, or else the usual places.

    The interpreter's own `_ssl` comes first, because its symbols lead to the
    libssl that this process has anyway: two versions of it never meet.
    """
    override = os.environ.get("WAXSEAL_LIBSSL")
    if override:
        yield override
        return
    interpreters_own = getattr(_ssl, "__file__", None)  # None: compiled into the interpreter
    if interpreters_own:
        yield interpreters_own
    yield "libssl.so.3"
    import ctypes.util  # few get as far as this, and it takes a tenth of a start

    elsewhere = ctypes.util.find_library("ssl")
    if elsewhere:
        yield elsewhere


def _load() -> Any:
    tried = []
    for path in _candidates():
        try:
            library: Any = ffi.dlopen(path)
            library.SSL_CTX_new, library.OPENSSL_sk_num  # noqa: B018 - looks both symbols up
        except (OSError, Lacking) as error:
            tried.append(f"{path}: {error}")
        else:
            return library
    raise ImportError("no usable libssl (WAXSEAL_LIBSSL may name one): " + "; ".join(tried))


lib: Any = _load()
"""The functions declared above. One that this libssl lacks raises `Lacking` when asked for."""

lib.OPENSSL_init_ssl(headers.OPENSSL_INIT_LOAD_CONFIG, NULL)  # before anybody wants an engine

_uncleared = ffi.new_allocator(should_clear_after_alloc=False)


# --- errors ---------------------------------------------------------------------


def error_queue() -> str:
    """Empty this thread's error queue and return it as nginx appends it to a message.

    " (SSL: error:…:reason:data error:…)", or "" when there is none (CFG-GEN-13).
    Clear the queue before the call whose errors are wanted.
    """
    data, flags, text_buffer = ffi.new("char **"), ffi.new("int *"), ffi.new("char[]", 1024)
    errors = []
    while code := lib.ERR_peek_error_data(data, flags):
        lib.ERR_error_string_n(code, text_buffer, len(text_buffer))
        detail = text(data[0]) if flags[0] & headers.ERR_TXT_STRING else ""
        errors.append(text(text_buffer) + (f":{detail}" if detail else ""))
        lib.ERR_get_error()
    return f" (SSL: {' '.join(errors)})" if errors else ""


def ended_without_pem() -> bool:
    """Whether the last error only says that a PEM file holds no further block."""
    code = lib.ERR_peek_last_error()
    # ERR_GET_LIB and ERR_GET_REASON are macros whose shifts differ: 24 bits in 1.1.1, 23 in 3.x.
    return code & 0xFFF == headers.PEM_R_NO_START_LINE and headers.ERR_LIB_PEM in (
        code >> 24,
        code >> 23,
    )


# --- ownership and buffers ------------------------------------------------------


def owned(pointer: Pointer, free: Callable[[Pointer], object]) -> Pointer:
    """Tie a pointer's release to its Python object; a NULL is a MemoryError."""
    if pointer == NULL:
        raise MemoryError("libssl could not allocate")
    return ffi.gc(pointer, free)


def release(pointer: Pointer) -> None:
    """Free an owned pointer now rather than when Python forgets it."""
    ffi.release(pointer)


def text(pointer: Pointer) -> str:
    """Decode a C string."""
    value = ffi.string(pointer)
    assert isinstance(value, bytes)
    return value.decode("utf-8", "surrogateescape")


def memory_bio(content: bytes = b"") -> Pointer:
    """Make an empty or filled memory BIO; the caller owns it."""
    bio = lib.BIO_new(lib.BIO_s_mem())
    if content:
        put(bio, content)
    return bio


def put(bio: Pointer, data: bytes) -> None:
    """Append to a memory BIO, which takes everything or runs out of memory."""
    if data and lib.BIO_write(bio, data, len(data)) != len(data):
        raise MemoryError("libssl could not allocate")


def take(bio: Pointer) -> bytes:
    """Take everything out of a memory BIO."""
    size = lib.BIO_ctrl(bio, headers.BIO_CTRL_PENDING, 0, NULL)
    if size <= 0:
        return b""
    buffer = _uncleared("char[]", size)
    return bytes(ffi.buffer(buffer, lib.BIO_read(bio, buffer, size)))


def printed(write: Callable[[Pointer], object]) -> str:
    """Return what a function prints into a BIO."""
    bio = owned(memory_bio(), lib.BIO_free)
    write(bio)
    content = take(bio)
    release(bio)
    return content.decode("latin-1")


def read_into(ssl: Pointer, size: int) -> tuple[int, bytes]:
    """SSL_read of at most `size` bytes: its result, and what it decrypted."""
    buffer = _uncleared("char[]", size)
    count = lib.SSL_read(ssl, buffer, size)
    return count, bytes(ffi.buffer(buffer, count)) if count > 0 else b""


def sha1(digest: Callable[..., int], subject: Pointer) -> bytes:
    """Return 20 bytes: the SHA-1 that X509_digest or X509_NAME_digest makes of its subject."""
    return _digested(digest, subject, lib.EVP_sha1(), headers.SHA1_SIZE)


def sha256(digest: Callable[..., int], subject: Pointer) -> bytes:
    """Return 32 bytes: the SHA-256 of the same."""
    return _digested(digest, subject, lib.EVP_sha256(), headers.SHA256_SIZE)


def _digested(digest: Callable[..., int], subject: Pointer, algorithm: Pointer, size: int) -> bytes:
    out = ffi.new("unsigned char[]", size)
    digest(subject, algorithm, out, NULL)
    return bytes(ffi.buffer(out))


def items(stack: Pointer) -> list[Pointer]:
    """Return a stack's items, still owned by it; none of a NULL."""
    return [lib.OPENSSL_sk_value(stack, i) for i in range(lib.OPENSSL_sk_num(stack))]
