"""libssl, through cffi in ABI mode: the one file here that knows C.

The other modules call `lib.SSL_…` with opaque pointers, `bytes` and integers,
and come here for everything else: macros, ownership, buffers, callbacks, the
error queue. The same declarations fit OpenSSL 1.1.1 and 3.x.
"""

from __future__ import annotations

import _ssl
import ctypes.util
import os
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from cffi import FFI

Pointer: TypeAlias = Any
"""A pointer into libssl, or a callback it may call: opaque to every caller."""

ffi = FFI()
ffi.cdef("""
typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_method_st SSL_METHOD;
typedef struct ssl_session_st SSL_SESSION;
typedef struct ssl_cipher_st SSL_CIPHER;
typedef struct bio_st BIO;
typedef struct bio_method_st BIO_METHOD;
typedef struct x509_st X509;
typedef struct X509_name_st X509_NAME;
typedef struct x509_store_st X509_STORE;
typedef struct x509_store_ctx_st X509_STORE_CTX;
typedef struct x509_lookup_st X509_LOOKUP;
typedef struct x509_lookup_method_st X509_LOOKUP_METHOD;
typedef struct evp_pkey_st EVP_PKEY;
typedef struct evp_md_st EVP_MD;
typedef struct asn1_string_st ASN1_INTEGER;
typedef struct stack_st OPENSSL_STACK;
typedef struct engine_st ENGINE;
typedef int verify_callback(int ok, X509_STORE_CTX *store);
typedef int alpn_callback(SSL *ssl, const unsigned char **out, unsigned char *outlen,
                          const unsigned char *in, unsigned int inlen, void *arg);
typedef int password_callback(char *buf, int size, int rwflag, void *arg);

void ERR_clear_error(void);
unsigned long ERR_get_error(void);
unsigned long ERR_peek_error_data(const char **data, int *flags);
unsigned long ERR_peek_last_error(void);
void ERR_error_string_n(unsigned long e, char *buf, size_t len);

BIO *BIO_new(const BIO_METHOD *type);
const BIO_METHOD *BIO_s_mem(void);
BIO *BIO_new_file(const char *path, const char *mode);
int BIO_free(BIO *bio);
int BIO_read(BIO *bio, void *data, int len);
int BIO_write(BIO *bio, const void *data, int len);
long BIO_ctrl(BIO *bio, int cmd, long larg, void *parg);

const SSL_METHOD *TLS_method(void);
SSL_CTX *SSL_CTX_new(const SSL_METHOD *method);
void SSL_CTX_free(SSL_CTX *ctx);
long SSL_CTX_ctrl(SSL_CTX *ctx, int cmd, long larg, void *parg);
uint64_t SSL_CTX_set_options(SSL_CTX *ctx, uint64_t options);
uint64_t SSL_CTX_clear_options(SSL_CTX *ctx, uint64_t options);
long SSL_CTX_set_timeout(SSL_CTX *ctx, long seconds);
int SSL_CTX_set_session_id_context(SSL_CTX *ctx, const unsigned char *id, unsigned int len);
int SSL_CTX_set_cipher_list(SSL_CTX *ctx, const char *names);
int SSL_CTX_use_certificate(SSL_CTX *ctx, X509 *certificate);
int SSL_CTX_use_PrivateKey(SSL_CTX *ctx, EVP_PKEY *key);
void SSL_CTX_set_verify(SSL_CTX *ctx, int mode, verify_callback *callback);
void SSL_CTX_set_verify_depth(SSL_CTX *ctx, int depth);
int SSL_CTX_load_verify_locations(SSL_CTX *ctx, const char *file, const char *directory);
OPENSSL_STACK *SSL_load_client_CA_file(const char *file);
int SSL_add_file_cert_subjects_to_stack(OPENSSL_STACK *names, const char *file);
void SSL_CTX_set_client_CA_list(SSL_CTX *ctx, OPENSSL_STACK *names);
OPENSSL_STACK *SSL_CTX_get_client_CA_list(const SSL_CTX *ctx);
X509_STORE *SSL_CTX_get_cert_store(const SSL_CTX *ctx);
void SSL_CTX_set_alpn_select_cb(SSL_CTX *ctx, alpn_callback *callback, void *arg);
int SSL_select_next_proto(unsigned char **out, unsigned char *outlen,
                          const unsigned char *server, unsigned int server_len,
                          const unsigned char *client, unsigned int client_len);

SSL *SSL_new(SSL_CTX *ctx);
void SSL_free(SSL *ssl);
void SSL_set_bio(SSL *ssl, BIO *incoming, BIO *outgoing);
void SSL_set_accept_state(SSL *ssl);
uint64_t SSL_set_options(SSL *ssl, uint64_t options);
int SSL_do_handshake(SSL *ssl);
int SSL_in_init(const SSL *ssl);
int SSL_get_error(const SSL *ssl, int ret);
int SSL_read(SSL *ssl, void *data, int len);
int SSL_write(SSL *ssl, const void *data, int len);
int SSL_shutdown(SSL *ssl);
void SSL_set_quiet_shutdown(SSL *ssl, int mode);
const char *SSL_get_version(const SSL *ssl);
const SSL_CIPHER *SSL_get_current_cipher(const SSL *ssl);
const char *SSL_CIPHER_get_name(const SSL_CIPHER *cipher);
long SSL_get_verify_result(const SSL *ssl);
SSL_SESSION *SSL_get_session(const SSL *ssl);
X509 *SSL_SESSION_get0_peer(SSL_SESSION *session);

X509 *PEM_read_bio_X509_AUX(BIO *bio, X509 **x, password_callback *cb, void *arg);
X509 *PEM_read_bio_X509(BIO *bio, X509 **x, password_callback *cb, void *arg);
EVP_PKEY *PEM_read_bio_PrivateKey(BIO *bio, EVP_PKEY **x, password_callback *cb, void *arg);
int PEM_write_bio_X509(BIO *bio, X509 *certificate);
void X509_free(X509 *certificate);
void EVP_PKEY_free(EVP_PKEY *key);
X509_NAME *X509_get_subject_name(const X509 *certificate);
X509_NAME *X509_get_issuer_name(const X509 *certificate);
ASN1_INTEGER *X509_get_serialNumber(X509 *certificate);
int X509_NAME_print_ex(BIO *out, const X509_NAME *name, int indent, unsigned long flags);
int i2a_ASN1_INTEGER(BIO *out, const ASN1_INTEGER *number);
int X509_digest(const X509 *certificate, const EVP_MD *md, unsigned char *out, unsigned *len);
int X509_NAME_digest(const X509_NAME *name, const EVP_MD *md, unsigned char *out, unsigned *len);
const EVP_MD *EVP_sha1(void);
X509_LOOKUP *X509_STORE_add_lookup(X509_STORE *store, X509_LOOKUP_METHOD *method);
X509_LOOKUP_METHOD *X509_LOOKUP_file(void);
int X509_LOOKUP_ctrl(X509_LOOKUP *lookup, int cmd, const char *argc, long argl, char **ret);
int X509_STORE_set_flags(X509_STORE *store, unsigned long flags);
int X509_STORE_CTX_get_error(const X509_STORE_CTX *store);
void X509_STORE_CTX_set_error(X509_STORE_CTX *store, int error);
const char *X509_verify_cert_error_string(long error);

OPENSSL_STACK *OPENSSL_sk_new_null(void);
int OPENSSL_sk_push(OPENSSL_STACK *stack, const void *item);
int OPENSSL_sk_num(const OPENSSL_STACK *stack);
void *OPENSSL_sk_value(const OPENSSL_STACK *stack, int index);
void OPENSSL_sk_free(OPENSSL_STACK *stack);

ENGINE *ENGINE_by_id(const char *id);
EVP_PKEY *ENGINE_load_private_key(ENGINE *engine, const char *id, void *ui, void *arg);
int ENGINE_free(ENGINE *engine);
""")

NULL = ffi.NULL

# <openssl/ssl.h> and friends; equal in 1.1.1 and 3.x.
SSL_ERROR_WANT_READ = 2
SSL_ERROR_ZERO_RETURN = 6
SSL_VERIFY_PEER = 1
SSL_MODE_NO_AUTO_CHAIN = 0x08
SSL_MODE_RELEASE_BUFFERS = 0x10
SSL_OP_ALLOW_CLIENT_RENEGOTIATION = 0x0000_0100
SSL_OP_NO_COMPRESSION = 0x0002_0000
SSL_OP_CIPHER_SERVER_PREFERENCE = 0x0040_0000
SSL_OP_NO_ANTI_REPLAY = 0x0100_0000
SSL_OP_NO_RENEGOTIATION = 0x4000_0000
SSL_OP_NO = {
    "SSLv2": 0,  # no libssl that still speaks it would load here
    "SSLv3": 0x0200_0000,
    "TLSv1": 0x0400_0000,
    "TLSv1.1": 0x1000_0000,
    "TLSv1.2": 0x0800_0000,
    "TLSv1.3": 0x2000_0000,
}
"""The option that switches each of the page's `ssl_protocols` off."""
SSL_SESS_CACHE_SERVER = 0x002
SSL_SESS_CACHE_NO_AUTO_CLEAR = 0x080
SSL_SESS_CACHE_NO_INTERNAL_STORE = 0x200
TLS1_3_VERSION = 0x0304
X509_V_FLAG_CRL_CHECK = 0x4
X509_V_FLAG_CRL_CHECK_ALL = 0x8
XN_FLAG_RFC2253 = 0x0111_0317

_ERR_TXT_STRING = 2
_ERR_LIB_PEM = 9
_PEM_R_NO_START_LINE = 108
_OPENSSL_NPN_NEGOTIATED = 1
_SSL_TLSEXT_ERR_OK = 0
_SSL_TLSEXT_ERR_ALERT_FATAL = 2
_X509_L_FILE_LOAD = 1
_X509_FILETYPE_PEM = 1
_BIO_CTRL_PENDING = 10
_SSL_CTRL_MODE = 33
_SSL_CTRL_SET_SESS_CACHE_SIZE = 42
_SSL_CTRL_SET_SESS_CACHE_MODE = 44
_SSL_CTRL_CHAIN = 88
_BY_REFERENCE = 1  # the "1" of set1: the caller keeps its own reference
_SSL_CTRL_SET_MIN_PROTO_VERSION = 123
_SSL_CTRL_SET_MAX_PROTO_VERSION = 124
_SHA1_SIZE = 20


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
    elsewhere = ctypes.util.find_library("ssl")
    if elsewhere:
        yield elsewhere


def _load() -> Any:
    tried = []
    for path in _candidates():
        try:
            library: Any = ffi.dlopen(path)
            library.SSL_CTX_new, library.OPENSSL_sk_num  # noqa: B018 - looks both symbols up
        except (OSError, AttributeError) as error:
            tried.append(f"{path}: {error}")
        else:
            return library
    raise ImportError("no usable libssl (WAXSEAL_LIBSSL may name one): " + "; ".join(tried))


lib: Any = _load()
"""The functions declared above. One that this libssl lacks raises AttributeError when asked for."""

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
        detail = text(data[0]) if flags[0] & _ERR_TXT_STRING else ""
        errors.append(text(text_buffer) + (f":{detail}" if detail else ""))
        lib.ERR_get_error()
    return f" (SSL: {' '.join(errors)})" if errors else ""


def ended_without_pem() -> bool:
    """Whether the last error only says that a PEM file holds no further block."""
    code = lib.ERR_peek_last_error()
    # ERR_GET_LIB and ERR_GET_REASON are macros whose shifts differ: 24 bits in 1.1.1, 23 in 3.x.
    return code & 0xFFF == _PEM_R_NO_START_LINE and _ERR_LIB_PEM in (code >> 24, code >> 23)


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
    size = lib.BIO_ctrl(bio, _BIO_CTRL_PENDING, 0, NULL)
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
    out = ffi.new("unsigned char[]", _SHA1_SIZE)
    digest(subject, lib.EVP_sha1(), out, NULL)
    return bytes(ffi.buffer(out))


def items(stack: Pointer) -> list[Pointer]:
    """Return a stack's items, still owned by it; none of a NULL."""
    return [lib.OPENSSL_sk_value(stack, i) for i in range(lib.OPENSSL_sk_num(stack))]


# --- macros of <openssl/ssl.h> ----------------------------------------------------


def set_mode(ctx: Pointer, mode: int) -> None:
    """SSL_CTX_set_mode."""
    lib.SSL_CTX_ctrl(ctx, _SSL_CTRL_MODE, mode, NULL)


def set_version_range(ctx: Pointer, lowest: int, highest: int) -> None:
    """SSL_CTX_set_min_proto_version and SSL_CTX_set_max_proto_version; 0 is no bound."""
    lib.SSL_CTX_ctrl(ctx, _SSL_CTRL_SET_MIN_PROTO_VERSION, lowest, NULL)
    lib.SSL_CTX_ctrl(ctx, _SSL_CTRL_SET_MAX_PROTO_VERSION, highest, NULL)


def set_session_cache(ctx: Pointer, mode: int, size: int) -> None:
    """SSL_CTX_set_session_cache_mode and SSL_CTX_sess_set_cache_size (sessions)."""
    lib.SSL_CTX_ctrl(ctx, _SSL_CTRL_SET_SESS_CACHE_MODE, mode, NULL)
    lib.SSL_CTX_ctrl(ctx, _SSL_CTRL_SET_SESS_CACHE_SIZE, size, NULL)


def set_chain(ctx: Pointer, certificates: list[Pointer]) -> bool:
    """SSL_CTX_set1_chain: what is sent behind the certificate that was set last."""
    chain = owned(lib.OPENSSL_sk_new_null(), lib.OPENSSL_sk_free)
    for certificate in certificates:
        lib.OPENSSL_sk_push(chain, certificate)
    return bool(lib.SSL_CTX_ctrl(ctx, _SSL_CTRL_CHAIN, _BY_REFERENCE, chain))


def load_lookup_file(lookup: Pointer, path: bytes) -> bool:
    """X509_LOOKUP_load_file of a PEM file."""
    return bool(lib.X509_LOOKUP_ctrl(lookup, _X509_L_FILE_LOAD, path, _X509_FILETYPE_PEM, NULL))


# --- callbacks: must outlive the SSL_CTX that has them, and never raise ---------------


def alpn_selector(protocol: bytes) -> Pointer:
    """ALPN: this one protocol if the client lists it, else the fatal alert 120."""
    wire = ffi.new("unsigned char[]", bytes([len(protocol)]) + protocol)
    length = len(protocol) + 1

    @ffi.callback("alpn_callback", error=_SSL_TLSEXT_ERR_ALERT_FATAL)
    def select(
        ssl: Pointer, out: Pointer, outlen: Pointer, offered: Pointer, size: int, arg: Pointer
    ) -> int:
        chosen = ffi.cast("unsigned char **", out)
        if lib.SSL_select_next_proto(chosen, outlen, wire, length, offered, size) == (
            _OPENSSL_NPN_NEGOTIATED
        ):
            return _SSL_TLSEXT_ERR_OK
        return _SSL_TLSEXT_ERR_ALERT_FATAL

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
