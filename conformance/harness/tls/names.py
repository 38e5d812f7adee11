"""The words of TLS: alerts, groups, signature schemes; what an OpenSSL cipher string enables."""

from __future__ import annotations

import functools
import ssl

from ..observation import Alert
from .versions import TLSV1_3

# RFC 8446 section 6, RFC 5246 section 7.2, and the alerts of older versions and extensions.
ALERTS = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    21: "decryption_failed",
    22: "record_overflow",
    30: "decompression_failure",
    40: "handshake_failure",
    41: "no_certificate",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    60: "export_restriction",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    100: "no_renegotiation",
    109: "missing_extension",
    110: "unsupported_extension",
    111: "certificate_unobtainable",
    112: "unrecognized_name",
    113: "bad_certificate_status_response",
    114: "bad_certificate_hash_value",
    115: "unknown_psk_identity",
    116: "certificate_required",
    120: "no_application_protocol",
}
_ALERT_CODES = {name: code for code, name in ALERTS.items()}
_REASON_PREFIXES = ("SSLV3_ALERT_", "TLSV13_ALERT_", "TLSV1_ALERT_", "TLSV1_")
CLOSE_NOTIFY = Alert(0, "close_notify")

# OpenSSL's names, which `ssl_ecdh_curve` takes; then what others call them.
GROUPS = {
    "prime192v1": 19,
    "secp224r1": 21,
    "secp256k1": 22,
    "prime256v1": 23,
    "secp384r1": 24,
    "secp521r1": 25,
    "brainpoolP256r1": 26,
    "brainpoolP384r1": 27,
    "brainpoolP512r1": 28,
    "X25519": 29,
    "X448": 30,
    "ffdhe2048": 256,
    "ffdhe3072": 257,
    "ffdhe4096": 258,
    "ffdhe6144": 259,
    "ffdhe8192": 260,
    "SecP256r1MLKEM768": 4587,
    "X25519MLKEM768": 4588,
    "SecP384r1MLKEM1024": 4589,
}
_GROUP_ALIASES = {
    "secp192r1": "prime192v1",
    "p-224": "secp224r1",
    "p-256": "prime256v1",
    "secp256r1": "prime256v1",
    "p-384": "secp384r1",
    "p-521": "secp521r1",
}
_GROUP_NUMBERS = {name.lower(): number for name, number in GROUPS.items()} | {
    alias: GROUPS[name] for alias, name in _GROUP_ALIASES.items()
}
_GROUP_NAMES = {number: name for name, number in GROUPS.items()}

# RFC 8446 section 4.2.3; the last five are TLS 1.2's own pairs (RFC 5246 section 7.4.1.4.1).
SIGNATURES = {
    "ecdsa_secp256r1_sha256": 0x0403,
    "ecdsa_secp384r1_sha384": 0x0503,
    "ecdsa_secp521r1_sha512": 0x0603,
    "ed25519": 0x0807,
    "ed448": 0x0808,
    "rsa_pss_rsae_sha256": 0x0804,
    "rsa_pss_rsae_sha384": 0x0805,
    "rsa_pss_rsae_sha512": 0x0806,
    "rsa_pss_pss_sha256": 0x0809,
    "rsa_pss_pss_sha384": 0x080A,
    "rsa_pss_pss_sha512": 0x080B,
    "rsa_pkcs1_sha256": 0x0401,
    "rsa_pkcs1_sha384": 0x0501,
    "rsa_pkcs1_sha512": 0x0601,
    "dsa_sha256": 0x0402,
    "ecdsa_sha1": 0x0203,
    "rsa_pkcs1_sha1": 0x0201,
    "dsa_sha1": 0x0202,
    "rsa_pkcs1_md5": 0x0101,
}


_SIGNATURE_NAMES = {number: name for name, number in SIGNATURES.items()}


def alert(code: int) -> Alert:
    """The alert with that number; an unassigned one is named by its number."""
    return Alert(code, ALERTS.get(code, f"alert_{code}"))


def alert_of_reason(reason: str | None) -> Alert | None:
    """The peer's alert behind OpenSSL's reason for an error, or None if it is no alert.

    >>> alert_of_reason("TLSV1_ALERT_PROTOCOL_VERSION")
    Alert(code=70, name='protocol_version')
    """
    # OpenSSL spells one alert otherwise than the RFC does.
    words = (reason or "").replace("CANCELLED", "CANCELED")
    for prefix in _REASON_PREFIXES:
        code = _ALERT_CODES.get(words.removeprefix(prefix).lower())
        if code is not None:
            return alert(code)
    return None


def group_number(name: str) -> int:
    """The number of a group by OpenSSL's or IANA's name in any case, or by number (`0x001D`)."""
    number = int(name, 16) if name.startswith("0x") else _GROUP_NUMBERS.get(name.lower())
    if number is None:
        raise ValueError(f"no group is called {name!r}")
    return number


def group_name(number: int) -> str:
    """OpenSSL's name of a group (`prime256v1`), or its number in hexadecimal (`0x001D`)."""
    return _GROUP_NAMES.get(number, f"0x{number:04X}")


def signature_number(name: str) -> int:
    """The number of a signature scheme by IANA's name, or by number (`0x0403`)."""
    number = int(name, 16) if name.startswith("0x") else SIGNATURES.get(name.lower())
    if number is None:
        raise ValueError(f"no signature scheme is called {name!r}")
    return number


def signature_name(number: int) -> str:
    """IANA's name of a signature scheme, or its number in hexadecimal (`0x0403`)."""
    return _SIGNATURE_NAMES.get(number, f"0x{number:04X}")


@functools.lru_cache(maxsize=256)
def expand(cipher_string: str) -> tuple[str, ...]:
    """The suites up to TLS 1.2 that an OpenSSL cipher string makes negotiable, preferred first.

    By this machine's libssl, and at the security level that the string names
    (`@SECLEVEL=n`), else the interpreter's default. Suites that need a shared
    secret (PSK, SRP) are listed too. Raises `ValueError` when nothing matches;
    empty when the level forbids all that does.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.set_ciphers(cipher_string)
    except ssl.SSLError as error:
        raise ValueError(f"no cipher suite matches {cipher_string!r}") from error
    level = context.security_level
    return tuple(
        cipher["name"]
        for cipher in context.get_ciphers()
        if cipher["protocol"] != TLSV1_3
        and _permitted(cipher["name"], cipher["strength_bits"], level)
    )


def _permitted(name: str, bits: int, level: int) -> bool:
    # SSL_CTX_set_security_level(3); get_ciphers lists also what the level then never negotiates.
    if level == 0:
        return True
    forward_secret = name.startswith(("ECDHE-", "DHE-")) and "PSK" not in name
    return (
        bits >= (80, 112, 128, 192, 256)[min(level, 5) - 1]
        and not name.startswith(("ADH-", "AECDH-"))
        and not name.endswith("-MD5")
        and (level < 3 or forward_secret)
        and (level < 4 or not name.endswith("-SHA"))
    )
