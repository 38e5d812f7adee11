"""What a server remembers of its clients: `ssl_session_cache` and the directives beside it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from reference_proxy.config.settings import BUILTIN_SESSIONS, TlsSettings
from reference_proxy.tls import binding, callbacks, headers, macros
from reference_proxy.tls.binding import Pointer, lib
from reference_proxy.tls.tickets import load_keys
from reference_proxy.tls.zone import shared_sessions

_SHARED_NAME = b"MAIL"  # every mail server's session id context starts so (W-CTX-01)


def set_sessions(
    ctx: Pointer, settings: TlsSettings, certificates: list[bytes], faults: frozenset[str]
) -> tuple[Pointer, ...]:
    """Set caches and tickets in nginx's order; the context must keep the callbacks alive.

    `certificates` are the SHA-1 of the leaves.
    """
    # FAULT session-timeout-ignored breaks ssl_session_timeout
    ignored = "session-timeout-ignored" in faults
    seconds = TlsSettings.session_timeout if ignored else settings.session_timeout
    lib.SSL_CTX_set_timeout(ctx, seconds)
    _name(ctx, settings, certificates, faults)
    kept = _set_cache(ctx, settings, seconds, faults)
    # FAULT tickets-despite-off breaks ssl_session_tickets
    if not settings.session_tickets and "tickets-despite-off" not in faults:
        lib.SSL_CTX_set_options(ctx, headers.SSL_OP_NO_TICKET)
    if settings.ticket_keys:
        keys = load_keys(settings.ticket_keys, settings.merged_at, faults)
        kept += (callbacks.ticket_key(keys),)
        macros.set_ticket_key_callback(ctx, kept[-1])
    return kept


def _name(
    ctx: Pointer, settings: TlsSettings, certificates: list[bytes], faults: frozenset[str]
) -> None:
    """Keep sessions among servers with the same certificates and CA names (W-CTX-01).

    And with the same other checks of a client, where there are any: nginx leaves
    those out, so that whom one server refuses gets in there by way of another.
    """
    name = hashlib.sha1(_SHARED_NAME, usedforsecurity=False)
    for digest in reversed(certificates):  # nginx 1.22 keeps them as a list, the last one first
        name.update(digest)
    # FAULT session-across-authorities breaks ssl_client_certificate: whom one server trusts
    # is nothing to another
    if "session-across-authorities" not in faults:
        for authority in binding.items(lib.SSL_CTX_get_client_CA_list(ctx)):
            name.update(binding.sha1(lib.X509_NAME_digest, authority))
    # FAULT session-across-checks breaks ssl_crl, ssl_verify_depth and ssl_trusted_certificate
    if settings.verify_client != "off" and "session-across-checks" not in faults:
        name.update(_other_checks(settings))
    lib.SSL_CTX_set_session_id_context(ctx, name.digest(), name.digest_size)


def _other_checks(settings: TlsSettings) -> bytes:
    """What else decides about a client's certificate; b"" where all of it is left at its default.

    Files count by their content: with a new CRL nobody resumes.
    """
    digests = [
        hashlib.sha1(Path(path).read_bytes(), usedforsecurity=False).digest()
        for path in (settings.trusted_certificate, settings.crl)
        if path and Path(path).exists()  # only a fault lets a server do without
    ]
    usual = not digests and settings.verify_depth == TlsSettings.verify_depth
    return b"" if usual else repr((digests, settings.verify_depth)).encode()


def _set_cache(
    ctx: Pointer, settings: TlsSettings, seconds: int, faults: frozenset[str]
) -> tuple[Pointer, ...]:
    """Set whom the cache remembers, and where (W-SES-01 to W-SES-07)."""
    builtin = settings.builtin_cache
    # FAULT session-cache-off-remembers breaks ssl_session_cache
    if builtin == "off" and "session-cache-off-remembers" in faults:
        builtin = BUILTIN_SESSIONS
    # FAULT session-cache-none-remembers breaks ssl_session_cache
    if builtin == "none" and "session-cache-none-remembers" in faults:
        builtin = BUILTIN_SESSIONS
    server = headers.SSL_SESS_CACHE_SERVER
    match builtin:
        case "off":
            macros.set_session_cache(ctx, headers.SSL_SESS_CACHE_OFF)
            return ()
        case "none":  # session ids are given out, and never known again
            pretence = (
                headers.SSL_SESS_CACHE_NO_AUTO_CLEAR | headers.SSL_SESS_CACHE_NO_INTERNAL_STORE
            )
            macros.set_session_cache(ctx, server | pretence, 1)
            return ()
        case None:
            macros.set_session_cache(ctx, server | headers.SSL_SESS_CACHE_NO_INTERNAL)
        case size:
            macros.set_session_cache(ctx, server, size)
    return _share(ctx, settings, seconds, faults) if settings.zone else ()


def _share(
    ctx: Pointer, settings: TlsSettings, seconds: int, faults: frozenset[str]
) -> tuple[Pointer, ...]:
    """Let libssl ask the zone."""
    assert settings.zone is not None
    sessions = shared_sessions(settings.zone)

    def store(session_id: bytes, session: bytes) -> None:
        sessions.store(session_id, session, seconds)

    def find(session_id: bytes) -> bytes | None:
        # FAULT shared-session-forgotten breaks ssl_session_cache
        return None if "shared-session-forgotten" in faults else sessions.find(session_id)

    kept = (
        callbacks.new_session(store),
        callbacks.get_session(find),
        callbacks.remove_session(sessions.remove),
    )
    lib.SSL_CTX_sess_set_new_cb(ctx, kept[0])
    lib.SSL_CTX_sess_set_get_cb(ctx, kept[1])
    lib.SSL_CTX_sess_set_remove_cb(ctx, kept[2])
    return kept
