"""The faults that TLS can be asked for: each flips the one line that is right otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TLS_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "protocols-ignored": "every TLS version is enabled (ssl_protocols)",
        "ciphers-ignored": "the default cipher list is used (ssl_ciphers)",
        "preference-inverted": "on is off and off is on (ssl_prefer_server_ciphers)",
        "second-certificate-dropped": "only the first pair is loaded (ssl_certificate)",
        "chain-dropped": "only the leaf is sent (ssl_certificate)",
        "alpn-ignored": "any ALPN list is accepted, none answered (security, CVE-2021-3618)",
        "alpn-own-refused": "only another application's ALPN is accepted (security, RFC 7301)",
        "version-alert-wrong": "a version is refused with handshake_failure (security, RFC 8446)",
        "close-without-notify": "the connection ends without close_notify (rfc, RFC 8446)",
        "renegotiation-allowed": "the client may renegotiate (security)",
        "request-not-sent": "the client is not asked for a certificate (ssl_verify_client)",
        "verify-result-ignored": "every certificate counts as verified (ssl_verify_client)",
        "any-ca-accepted": "the issuer need not be trusted (ssl_client_certificate)",
        "signature-spoiled": "TLS 1.2: the signature is wrong (ssl_certificate_key)",
        "not-yet-valid-accepted": "a certificate from the future is good (ssl_verify_client)",
        "purpose-ignored": "a server's certificate is good for a client (ssl_verify_client)",
        "expired-accepted": "an expired client certificate is good (ssl_verify_client)",
        "crl-ignored": "a revoked client certificate is good (ssl_crl)",
        "depth-ignored": "a chain of any length is good (ssl_verify_depth)",
        "ca-names-omitted": "the list of CA names is empty (ssl_client_certificate)",
        "ca-names-of-trusted": "trusted CAs are named to the client (ssl_trusted_certificate)",
        "subject-of-issuer": "the subject shown is the issuer's (auth_http)",
        "issuer-of-subject": "the issuer shown is the subject (auth_http)",
        "fingerprint-of-issuer": "the issuer's name is hashed (auth_http)",
        "dhparam-ignored": "DHE is not offered (ssl_dhparam)",
        "curves-ignored": "every group of OpenSSL's is good (ssl_ecdh_curve)",
        "first-password-only": "only the first pass-phrase is tried (ssl_password_file)",
        "session-cache-off-remembers": "off is builtin (ssl_session_cache)",
        "session-cache-none-remembers": "none is builtin (ssl_session_cache)",
        "shared-session-forgotten": "what the zone has is not found (ssl_session_cache)",
        "session-timeout-ignored": "sessions last five minutes (ssl_session_timeout)",
        "session-across-authorities": "other CA names, same sessions (ssl_client_certificate)",
        "refused-session-kept": "a refused client's session is kept (ssl_verify_client)",
        "tickets-despite-off": "tickets are sent all the same (ssl_session_tickets)",
        "ticket-key-last-first": "the last key encrypts (ssl_session_ticket_key)",
        "previous-ticket-key-forgotten": "only the first decrypts (ssl_session_ticket_key)",
        "ticket-never-renewed": "an old key's ticket stays (ssl_session_ticket_key)",
        "ticket-key-of-everybody": "any server's tickets are good (ssl_session_ticket_key)",
        "conf-command-ignored": "OpenSSL is not told (ssl_conf_command)",
        "serial-decimal": "the serial number shown is decimal (auth_http)",
    }
)
"""Name of the fault -> what is then wrong, and the directive or rule that it breaks."""
