"""One connection's TLS, without a socket: ciphertext in and out, plaintext in and out."""

from __future__ import annotations

from reference_proxy.session.events import TlsState
from reference_proxy.tls import binding, headers
from reference_proxy.tls.binding import NULL, Pointer, lib
from reference_proxy.tls.context import TlsContext
from reference_proxy.tls.mistakes import old_mistakes
from reference_proxy.tls.names import peer_certificate
from reference_proxy.tls.verify import acceptable

_PROTOCOL_VERSION, _HANDSHAKE_FAILURE = b"\x02\x46", b"\x02\x28"
_HELLO_DONE = b"\x16\x03\x03\x00\x04\x0e\x00\x00\x00"  # behind TLS 1.2's signature (RFC 5246 7.3)
_RECORD = 16384  # the most that one record holds (RFC 8446 5.1)


class TlsFailure(Exception):
    """TLS is over. `reason` is nginx's line for the log; `outgoing()` may still hold an alert."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Engine:
    """The server's side of one TLS connection.

    `closed` turns true when the peer's close_notify has been read. A failure
    is raised after everything that was decrypted before it has been read.
    """

    def __init__(self, context: TlsContext) -> None:
        self.closed = False
        self._said = b""
        self._failure: TlsFailure | None = None
        lib.ERR_clear_error()
        self._ssl: Pointer = binding.owned(lib.SSL_new(context.pointer), lib.SSL_free)
        self._incoming = binding.memory_bio()
        self._outgoing = binding.memory_bio()
        lib.SSL_set_bio(self._ssl, self._incoming, self._outgoing)  # it owns both from here on
        lib.SSL_set_accept_state(self._ssl)
        self._context = context  # set last: attributes go in order, and its callbacks outlive _ssl

    def feed(self, ciphertext: bytes) -> None:
        """Take bytes that arrived on the socket."""
        # FAULT heartbleed, early-change-taken break RFC 6520 and RFC 5246: libssl sees all there is
        said, ciphertext = old_mistakes(ciphertext, self._context.faults)
        self._said += said
        binding.put(self._incoming, ciphertext)

    def handshake(self) -> TlsState | None:
        """Go on with the handshake; return its result, or None if it wants more bytes.

        Bytes that the client sent behind its last handshake message stay in
        here for `read`.
        """
        lib.ERR_clear_error()
        result = lib.SSL_do_handshake(self._ssl)
        if result == 1:
            state = self._state()
            self._judge(state)
            return state
        match lib.SSL_get_error(self._ssl, result):
            case headers.SSL_ERROR_WANT_READ:
                return None
            case headers.SSL_ERROR_ZERO_RETURN:
                self.closed = True
                self._failure = TlsFailure("peer closed connection in SSL handshake")
                raise self._failure
        raise self._fail("SSL_do_handshake() failed")

    def read(self) -> bytes:
        """Decrypt everything that has been fed; b"" if that makes no plaintext yet."""
        if self._failure:
            raise self._failure
        plaintext = bytearray()
        while True:
            lib.ERR_clear_error()
            count, data = binding.read_into(self._ssl, _RECORD)
            if count <= 0:
                break
            plaintext += data
        match lib.SSL_get_error(self._ssl, count):
            case headers.SSL_ERROR_WANT_READ:
                pass
            case headers.SSL_ERROR_ZERO_RETURN:
                self.closed = True
            case _:
                failure = self._fail("SSL_read() failed")
                if not plaintext:
                    raise failure
        return bytes(plaintext)

    @property
    def goes_on(self) -> bool:
        """Whether TLS is over and the dialogue is not, which only a fault makes so."""
        # FAULT plaintext-after-close-notify breaks RFC 8446 6.1: what comes behind it is ignored
        return self.closed and "plaintext-after-close-notify" in self._context.faults

    def write(self, data: bytes) -> None:
        """Encrypt bytes for the client; the handshake must be over."""
        lib.ERR_clear_error()
        if data and lib.SSL_write(self._ssl, data, len(data)) != len(data):
            raise self._fail("SSL_write() failed")

    def outgoing(self) -> bytes:
        """Take the ciphertext that has to go out on the socket."""
        data, self._said = self._said + binding.take(self._outgoing), b""
        # FAULT signature-spoiled breaks ssl_certificate_key: the signature is the key's
        if "signature-spoiled" in self._context.faults and data.endswith(_HELLO_DONE):
            at = len(data) - len(_HELLO_DONE) - 1
            data = data[:at] + bytes([data[at] ^ 1]) + _HELLO_DONE
        # FAULT version-alert-wrong breaks RFC 8446 4.2.1: the alert is protocol_version
        if "version-alert-wrong" in self._context.faults and data.endswith(_PROTOCOL_VERSION):
            data = data[: -len(_PROTOCOL_VERSION)] + _HANDSHAKE_FAILURE
        return data

    def shutdown(self) -> None:
        """Queue close_notify; libssl declines during a handshake and after a failure."""
        # FAULT close-without-notify breaks RFC 8446 6.1: the end is said before it comes
        if "close-without-notify" not in self._context.faults:
            lib.SSL_shutdown(self._ssl)
        lib.ERR_clear_error()

    def free(self) -> None:
        """Give the memory back; calling it again does nothing, anything else is then an error."""
        if self._ssl is None:
            return
        # Without a shutdown libssl calls the session bad and takes it out of every cache.
        lib.SSL_set_quiet_shutdown(self._ssl, 1)
        lib.SSL_shutdown(self._ssl)
        lib.ERR_clear_error()
        binding.release(self._ssl)
        self._ssl = self._incoming = self._outgoing = None  # libssl would crash on NULL

    def _judge(self, state: TlsState) -> None:
        """Take the session of a client that will be refused out of every cache (W-CTX-06)."""
        # FAULT refused-session-kept breaks ssl_verify_client
        if "refused-session-kept" in self._context.faults:
            return
        if acceptable(self._context.verify_client, state) is not None:
            session = lib.SSL_get_session(self._ssl)
            lib.SSL_CTX_remove_session(self._context.pointer, session)

    def _fail(self, what: str) -> TlsFailure:
        self._failure = TlsFailure(what + binding.error_queue())
        return self._failure

    def _state(self) -> TlsState:
        session = lib.SSL_get_session(self._ssl)
        x509 = lib.SSL_SESSION_get0_peer(session)
        faults = self._context.faults
        # FAULT verify-result-ignored breaks ssl_verify_client: this is what is judged
        error = 0 if "verify-result-ignored" in faults else lib.SSL_get_verify_result(self._ssl)
        if lib.SSL_session_reused(self._ssl):
            # FAULT resumed-unverified breaks ssl_verify_client: the verdict is the session's
            error = 0 if "resumed-unverified" in faults else error
            # FAULT resumed-certificate-lost breaks Auth-SSL-Cert: so is the certificate
            x509 = NULL if "resumed-certificate-lost" in faults else x509
        return TlsState(
            protocol=binding.text(lib.SSL_get_version(self._ssl)),
            cipher=binding.text(lib.SSL_CIPHER_get_name(lib.SSL_get_current_cipher(self._ssl))),
            peer=None if x509 == NULL else peer_certificate(x509, faults),
            verify_error=error,
            verify_text=binding.text(lib.X509_verify_cert_error_string(error)) if error else "",
        )
