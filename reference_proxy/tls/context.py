"""One server's TLS context, made from its settings as nginx makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reference_proxy.config.settings import TlsSettings
from reference_proxy.tls import binding, callbacks, headers, macros
from reference_proxy.tls.binding import Pointer, lib, owned
from reference_proxy.tls.credentials import use_pair
from reference_proxy.tls.errors import ContextError, forgiving, openssl_error
from reference_proxy.tls.faults import TLS_FAULTS
from reference_proxy.tls.parameters import run_commands, set_curves, set_dh_parameters
from reference_proxy.tls.sessions import set_sessions
from reference_proxy.tls.trust import verifier, verify_clients

__all__ = ["TLS_FAULTS", "ContextError", "TlsContext"]


@dataclass(frozen=True)
class TlsContext:
    """A loaded context. It holds what libssl may call back, so engines hold it."""

    pointer: Pointer
    callbacks: tuple[Pointer, ...]
    faults: frozenset[str]
    verify_client: str = "off"

    @classmethod
    def build(
        cls,
        settings: TlsSettings,
        protocol: str,
        warn: Callable[[str], None],
        faults: frozenset[str] = frozenset(),
    ) -> TlsContext:
        """Load everything that these settings name, in nginx's order (CFG-GEN-12).

        `protocol` is imap, pop3 or smtp. Raises ContextError at the first
        failure. `warn` is for what nginx only complains of. Of
        `faults`, those in TLS_FAULTS take effect here or in the engine.
        """
        lib.ERR_clear_error()
        ctx = owned(lib.SSL_CTX_new(lib.TLS_method()), lib.SSL_CTX_free)
        # FAULT alpn-own-refused breaks RFC 7301: the protocol's own name is accepted
        own = "http/1.1" if "alpn-own-refused" in faults else protocol
        selector, verify = callbacks.alpn_selector(own.encode()), verifier(faults)
        _set_protocols(ctx, settings.protocols, faults)
        _set_modes(ctx, faults)
        # FAULT alpn-ignored breaks RFC 7301: a list without this protocol is refused
        if "alpn-ignored" not in faults:
            lib.SSL_CTX_set_alpn_select_cb(ctx, selector, binding.NULL)
        _set_ciphers(ctx, settings, faults)
        certificates = _set_certificates(ctx, settings, warn, faults)
        if settings.verify_client != "off":
            verify_clients(ctx, settings, verify, faults)
        _set_key_exchange(ctx, settings, faults)
        kept = set_sessions(ctx, settings, certificates, faults)
        # FAULT conf-command-ignored breaks ssl_conf_command
        if settings.conf_commands and "conf-command-ignored" not in faults:
            run_commands(ctx, settings.conf_commands, settings.directory)
        # FAULT renegotiation-allowed breaks the security rule that clients cannot renegotiate
        if "renegotiation-allowed" in faults:
            lib.SSL_CTX_set_options(ctx, headers.SSL_OP_ALLOW_CLIENT_RENEGOTIATION)
        else:  # whatever was commanded
            lib.SSL_CTX_set_options(ctx, headers.SSL_OP_NO_RENEGOTIATION)
        return cls(ctx, (selector, verify, *kept), faults, settings.verify_client)


def _set_protocols(ctx: Pointer, names: tuple[str, ...], faults: frozenset[str]) -> None:
    """Enable exactly these versions, gaps and all, whatever openssl.cnf says (CFG-PROTO-04, 06)."""
    # FAULT protocols-ignored breaks ssl_protocols
    enabled = headers.SSL_OP_NO if "protocols-ignored" in faults else names
    for name, switch_off in headers.SSL_OP_NO.items():
        if name in enabled:
            lib.SSL_CTX_clear_options(ctx, switch_off)
        else:
            lib.SSL_CTX_set_options(ctx, switch_off)
    macros.set_version_range(ctx, 0, headers.TLS1_3_VERSION)


def _set_modes(ctx: Pointer, faults: frozenset[str]) -> None:
    """Set what nginx always sets: no compression (W-COMP-01), no chains made up (CFG-CERT-23)."""
    lib.SSL_CTX_set_options(ctx, headers.SSL_OP_NO_COMPRESSION | headers.SSL_OP_NO_ANTI_REPLAY)
    # FAULT extended-master-secret-off breaks RFC 7627
    if "extended-master-secret-off" in faults:
        lib.SSL_CTX_set_options(ctx, headers.SSL_OP_NO_EXTENDED_MASTER_SECRET)
    macros.set_mode(ctx, headers.SSL_MODE_RELEASE_BUFFERS | headers.SSL_MODE_NO_AUTO_CHAIN)


def _set_ciphers(ctx: Pointer, settings: TlsSettings, faults: frozenset[str]) -> None:
    """Set the list for TLS 1.2 and before; TLS 1.3 has its own (CFG-CIPH-02, CFG-CIPH-04)."""
    # FAULT ciphers-ignored breaks ssl_ciphers
    ciphers = TlsSettings.ciphers if "ciphers-ignored" in faults else settings.ciphers
    # FAULT ciphers-unknown-skipped breaks ssl_ciphers
    with forgiving("ciphers-unknown-skipped", faults):
        if not lib.SSL_CTX_set_cipher_list(ctx, ciphers.encode()):
            raise openssl_error(f'SSL_CTX_set_cipher_list("{ciphers}") failed')
    # FAULT preference-inverted breaks ssl_prefer_server_ciphers
    if settings.prefer_server_ciphers != ("preference-inverted" in faults):
        lib.SSL_CTX_set_options(ctx, headers.SSL_OP_CIPHER_SERVER_PREFERENCE)


def _set_certificates(
    ctx: Pointer, settings: TlsSettings, warn: Callable[[str], None], faults: frozenset[str]
) -> list[bytes]:
    """Load the pairs and return each leaf's SHA-1; surplus keys are never opened (CFG-LSSL-05)."""
    count = len(settings.certificates)
    # FAULT second-certificate-dropped breaks ssl_certificate: every pair is loaded
    if "second-certificate-dropped" in faults:
        count = 1
    pairs = zip(settings.certificates[:count], settings.keys[:count], strict=True)
    passwords = settings.passwords
    # FAULT first-password-only breaks ssl_password_file: the others are tried in turn
    if passwords and "first-password-only" in faults:
        passwords = passwords[:1]
    return [use_pair(ctx, *pair, passwords, warn, faults) for pair in pairs]


def _set_key_exchange(ctx: Pointer, settings: TlsSettings, faults: frozenset[str]) -> None:
    """Set the group of DHE, and the groups of everything else."""
    # FAULT dh-group-built-in and dhe-without-group break ssl_dhparam: the file's group or none
    if ("dh-group-built-in" if settings.dhparam else "dhe-without-group") in faults:
        macros.set_dh_auto(ctx)
    # FAULT dhparam-ignored breaks ssl_dhparam
    elif settings.dhparam and "dhparam-ignored" not in faults:
        # FAULT dhparam-unreadable-skipped breaks ssl_dhparam
        with forgiving("dhparam-unreadable-skipped", faults):
            set_dh_parameters(ctx, settings.dhparam)
    # FAULT curve-unknown-skipped breaks ssl_ecdh_curve
    with forgiving("curve-unknown-skipped", faults):
        set_curves(ctx, _curves(settings.ecdh_curve, faults))


def _curves(names: str, faults: frozenset[str]) -> str:
    """The list as it is written; each of these FAULTs breaks ssl_ecdh_curve."""
    if "curves-ignored" in faults:
        return "auto"
    if "auto-is-one-curve" in faults and names == "auto":
        return "secp521r1"
    if "first-curve-only" in faults:
        return names.split(":")[0]
    return ":".join(names.split(":")[::-1]) if "curves-reversed" in faults else names
