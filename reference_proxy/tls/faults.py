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
        "alpn-ignored": "any ALPN list is accepted, none answered (RFC 7301)",
        "renegotiation-allowed": "the client may renegotiate (security)",
        "request-not-sent": "the client is not asked for a certificate (ssl_verify_client)",
        "verify-result-ignored": "every certificate counts as verified (ssl_verify_client)",
        "any-ca-accepted": "the issuer need not be trusted (ssl_trusted_certificate)",
        "signature-spoiled": "TLS 1.2: the signature is wrong (ssl_certificate_key)",
        "not-yet-valid-accepted": "a certificate from the future is good (ssl_verify_client)",
        "purpose-ignored": "a server's certificate is good for a client (ssl_verify_client)",
        "expired-accepted": "an expired client certificate is good (ssl_verify_client)",
        "crl-ignored": "a revoked client certificate is good (ssl_crl)",
        "depth-ignored": "a chain of any length is good (ssl_verify_depth)",
        "ca-names-omitted": "the list of CA names is empty (ssl_client_certificate)",
        "ca-names-of-trusted": "trusted CAs are named to the client (ssl_trusted_certificate)",
        "subject-of-issuer": "the subject shown is the issuer's (Auth-SSL-Subject)",
        "issuer-of-subject": "the issuer shown is the subject (Auth-SSL-Issuer)",
        "fingerprint-of-issuer": "the issuer's name is hashed (Auth-SSL-Fingerprint)",
        "serial-decimal": "the serial number shown is decimal (Auth-SSL-Serial)",
    }
)
"""Name of the fault -> what is then wrong, and the directive or rule that it breaks."""
