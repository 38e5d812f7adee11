"""The faults of the reference in keys, their exchange and configurations; what each must break."""

from __future__ import annotations

_DHE = "imap-dhe-only pop3-dhparam-starttls smtp-dhparam"
_CURVES = "imap-curve-384 imap-curve-x25519-starttls smtp-curve-256-starttls"
_LISTS = "imap-curves smtp-curves"
_FIRST = "imap-implicit pop3-implicit smtp-implicit imap-starttls pop3-starttls smtp-starttls"
# Where what is about the target as a whole is looked for.
TARGET = "target"
_CURVE, _DH, _OF = "ssl_ecdh_curve", "ssl_dhparam", "configuration"

OF_KEYS: dict[str, dict[str, str]] = {
    "dhparam-ignored": {
        f"{_DH}.enables": _DHE,
        f"{_DH}.served": _DHE,
        "ssl_ciphers.listed": "imap-dhe-only",
    },
    "dh-group-built-in": {f"{_DH}.prime": _DHE, f"{_DH}.generator": _DHE},
    "dhe-without-group": {f"{_DH}.unset": "pop3-dhe-without-dhparam imap-cipher-classes"},
    "curves-ignored": {
        f"{_CURVE}.unlisted": f"{_CURVES} {_LISTS} imap-curves-client-order",
        f"{_CURVE}.unlisted_tls13": f"{_CURVES} {_LISTS} pop3-curve-521",
        f"{_CURVE}.choice": "imap-curve-384 smtp-curve-256-starttls smtp-curves",
        f"{_CURVE}.choice_tls13": "imap-curve-384 pop3-curve-521 smtp-curves",
        f"{_CURVE}.retry": "imap-curve-384 smtp-curve-256-starttls",
        f"{_CURVE}.retry_served": "imap-curve-384 pop3-curve-521",
    },
    "first-curve-only": {
        f"{_CURVE}.listed": "imap-curves smtp-curves imap-curves-client-order",
        f"{_CURVE}.listed_tls13": "imap-curves smtp-curves",
        f"{_CURVE}.client_order": "imap-curves-client-order",
    },
    "curves-reversed": {f"{_CURVE}.server_order": _LISTS},
    "auto-is-one-curve": {
        f"{_CURVE}.auto": "imap-curve-auto imap-implicit pop3-starttls",
        f"{_CURVE}.auto_several": _FIRST,
    },
    "chain-reversed": {
        "ssl_certificate.links": "pop3-ed25519-chain-starttls",
        "ssl_certificate.chain": "pop3-ed25519-chain-starttls",
    },
    "extended-master-secret-off": {"security.extended_master_secret": _FIRST},
    "heartbleed": {"security.heartbleed": _FIRST},
    "early-change-taken": {"security.early_change_of_cipher": _FIRST},
    "renegotiation-allowed": {"security.renegotiation_refused": _FIRST},
    "first-password-only": {
        f"{_OF}.values_accepted": TARGET,
        f"{_OF}.passphrases_from_a_pipe": TARGET,
    },
    "key-of-another-taken": {
        f"{_OF}.key_of_another": TARGET,
        f"{_OF}.certificate_order": TARGET,
    },
    "dhparam-unreadable-skipped": {
        f"{_OF}.dhparam_{what}": TARGET for what in ("missing", "garbage", "small")
    },
    "curve-unknown-skipped": {f"{_OF}.curve_unknown": TARGET},
    "ciphers-unknown-skipped": {f"{_OF}.ciphers_unknown": TARGET},
    "crl-unreadable-skipped": {f"{_OF}.crl_{what}": TARGET for what in ("missing", "garbage")},
    "authorities-unreadable-skipped": {
        f"{_OF}.client_certificate_missing": TARGET,
        f"{_OF}.trusted_certificate_garbage": TARGET,
    },
    "configuration-errors-ignored": {
        f"{_OF}.{what}": TARGET
        for what in (
            "starttls_unknown", "protocols_unknown", "verify_client_unknown", "curve_unknown",
            "verify_depth_no_number", "prefer_server_ciphers_unknown", "certificate_absent",
            "certificate_missing", "certificate_garbage", "key_absent", "key_missing",
            "key_engine_unknown", "passphrase_wrong", "passphrases_replaced",
            "passphrases_missing", "client_certificate_absent", "session_cache_unknown",
            "session_cache_without_size", "session_cache_too_small", "session_timeout_no_time",
            "session_tickets_unknown", "ticket_key_size", "duplicate", "context",
        )
    },
    "configuration-errors-unnamed": {
        f"{_OF}.{what}": TARGET
        for what in ("starttls_unknown", "crl_garbage", "key_of_another", "ticket_key_size")
    },
    "configuration-refused": {
        f"{_OF}.{what}": TARGET
        for what in (
            "values_accepted", "ciphers_of_the_page", "session_values_accepted",
            "certificates_accepted", "mail_context", "passphrases_from_a_pipe",
        )
    },
}  # fmt: skip
