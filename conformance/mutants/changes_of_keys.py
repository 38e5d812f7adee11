"""Changes to what the certification configuration says of keys, and what each must break."""

from __future__ import annotations

_LEVEL_0 = "HIGH:!aNULL:!MD5:@SECLEVEL=0"
_OTHER_KEY = {"ssl_certificate_key": "pki/rsa-2.key"}

# Server, directive, its running value ("" removes it), the requirements that fail there, and what
# is changed beside it.
OF_KEYS: tuple[tuple[str, str, str, str, dict[str, str]], ...] = (
    ("imap-dhe-only", "ssl_dhparam", "pki/dhparam-other.pem", ".prime .generator", {}),
    ("smtp-dhparam", "ssl_dhparam", "", ".enables .prime .generator .served", {}),
    ("pop3-dhparam-starttls", "ssl_dhparam", "pki/dhparam-1024.pem",
     ".prime .generator security.dh_group_breakable security.dh_group_size",
     {"ssl_ciphers": _LEVEL_0}),
    ("pop3-dhe-without-dhparam", "ssl_dhparam", "pki/dhparam.pem", ".unset", {}),
    ("imap-cipher-classes", "ssl_dhparam", "pki/dhparam.pem", ".unset", {}),
    ("imap-curve-384", "ssl_ecdh_curve", "prime256v1",
     ".listed .listed_tls13 .choice .choice_tls13 .retry .served", {}),
    ("imap-curve-x25519-starttls", "ssl_ecdh_curve", "X25519:prime256v1",
     ".unlisted .unlisted_tls13", {}),
    ("smtp-curve-256-starttls", "ssl_ecdh_curve", "X25519:prime256v1", ".retry_served", {}),
    ("imap-curves", "ssl_ecdh_curve", "prime256v1:X25519:secp384r1", ".server_order", {}),
    ("imap-curves", "ssl_prefer_server_ciphers", "off", "ssl_ecdh_curve.server_order", {}),
    ("imap-curves-client-order", "ssl_prefer_server_ciphers", "on",
     "ssl_ecdh_curve.client_order", {}),
    ("imap-curve-auto", "ssl_ecdh_curve", "secp384r1", ".auto", {}),
    ("imap-implicit", "ssl_ecdh_curve", "prime256v1", ".auto_several", {}),
    ("pop3-curve-521", "ssl_ecdh_curve", "auto", ".unlisted_tls13 .choice_tls13", {}),
    ("imap-curve-auto", "ssl_ecdh_curve", "prime192v1:prime256v1",
     "security.small_curves_refused", {"ssl_ciphers": _LEVEL_0}),
    ("imap-curve-auto", "ssl_ciphers", _LEVEL_0, "security.broken_signatures_refused", {}),
    ("imap-curve-auto", "ssl_conf_command", "SignatureAlgorithms RSA+SHA1",
     "security.signature_hash", {"ssl_ciphers": _LEVEL_0}),
    ("imap-locked-key", "ssl_certificate", "pki/rsa-2.pem",
     "ssl_password_file.opens ssl_password_file.tried_in_turn ssl_password_file.served",
     _OTHER_KEY),
    ("smtp-locked-key-starttls", "ssl_certificate", "pki/rsa-2.pem",
     "ssl_password_file.opens ssl_password_file.served", _OTHER_KEY),
    ("pop3-locked-keys", "ssl_certificate", "pki/rsa-locked.pem",
     "ssl_password_file.every_key ssl_password_file.opens",
     {"ssl_certificate_key": "pki/rsa-locked.key"}),
    ("pop3-ed25519-chain-starttls", "ssl_certificate", "pki/ed25519.pem",
     ".eddsa .chain ssl_certificate_key.eddsa_signs", {"ssl_certificate_key": "pki/ed25519.key"}),
    ("smtp-ed25519-rsa", "ssl_certificate", "pki/rsa.pem", ".eddsa .own_chain",
     {"ssl_certificate_key": "pki/rsa.key"}),
)  # fmt: skip
