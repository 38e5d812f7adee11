"""The faults of the reference, the requirements that each must break, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.mutants.faults_of_keys import OF_KEYS, TARGET
from conformance.mutants.faults_of_rfc import OF_REPLIES
from conformance.mutants.faults_of_sessions import OF_SESSIONS
from conformance.mutants.faults_of_the_dialogue import OF_OTHERS, OF_WHAT_IS_SAID

# Three protocols, by a word for the rest of the server's name.
_STARTTLS = "imap-starttls pop3-starttls smtp-starttls"
_IMPLICIT = "imap-implicit pop3-implicit smtp-implicit"
_PLAIN = "imap-plain pop3-plain smtp-plain"
_ONLY = "imap-only pop3-only smtp-only"
_VERIFY_ON = "imap-verify-on pop3-verify-on-starttls smtp-verify-on"
_OPTIONAL = "imap-verify-optional pop3-verify-optional-starttls smtp-verify-optional"
_NO_CA = "imap-verify-optional-no-ca pop3-verify-optional-no-ca-starttls smtp-verify-optional-no-ca"
_TWO_KEYS = "imap-both-keys smtp-both-keys-starttls"

# What a fault of TLS must leave alone, and what one of the dialogue must.
_IN_CLEAR = {
    "rfc.greeting": "imap-plain",
    "rfc.capability": "pop3-plain",
    "starttls.off_refused": "smtp-plain",
}
_IN_HELLOS = {
    "ssl_protocols.TLSv1_2_listed": "imap-tls12",
    "ssl_protocols.TLSv1_3_unlisted": "imap-tls12",
    "ssl_ciphers.choice": "imap-one-cipher",
    "ssl_certificate.rsa": "imap-tls12",
}

# The faults of reference_proxy/tls; a combination is named by its parts, with a comma.
_OF_TLS: dict[str, dict[str, str]] = {
    "protocols-ignored": {
        "ssl_protocols.TLSv1_2_unlisted": "imap-tls13",
        "ssl_protocols.TLSv1_3_unlisted": "imap-tls12 pop3-tls12-starttls",
        "ssl_protocols.TLSv1_1_unlisted": "imap-tls10",
        "ssl_protocols.TLSv1_unlisted": "imap-tls11",
        "ssl_protocols.never_unlisted": "imap-tls12 pop3-tls12-starttls",
        "ssl_protocols.highest": "imap-tls12",
    },
    "ciphers-ignored": {
        "ssl_ciphers.unlisted": "imap-one-cipher imap-ecdsa-ciphers",
        "ssl_ciphers.choice": "imap-one-cipher imap-cipher-classes",
    },
    "preference-inverted": {
        "ssl_prefer_server_ciphers.on": "imap-server-order-256 smtp-server-order-starttls",
        "ssl_prefer_server_ciphers.on_tls13": "imap-server-order-256",
        "ssl_prefer_server_ciphers.off": "imap-client-order pop3-client-order-starttls",
        "ssl_prefer_server_ciphers.off_tls13": "imap-client-order",
    },
    "second-certificate-dropped": {
        "ssl_certificate.ecdsa": "imap-both-keys",
        "ssl_certificate.rsa": "smtp-both-keys-starttls",
        "ssl_ciphers.listed": _TWO_KEYS,
    },
    "chain-dropped": {
        "ssl_certificate.chain": "pop3-chain imap-both-chains",
        "ssl_certificate.own_chain": "imap-both-chains",
    },
    "signature-spoiled": {
        "ssl_certificate_key.possession": "imap-tls12 smtp-tls12",
        "ssl_certificate_key.rsa_signs": "imap-tls12 imap-rsa",
        "ssl_certificate_key.ecdsa_signs": "pop3-tls12-starttls imap-implicit",
        "ssl_certificate_key.eddsa_signs": "pop3-ed25519-chain-starttls smtp-ed25519-rsa",
        "ssl_password_file.served": "imap-locked-key smtp-locked-key-starttls",
        "ssl_dhparam.served": "imap-dhe-only smtp-dhparam",
    },
    "alpn-ignored": {"security.alpn_mismatch": f"{_IMPLICIT} {_STARTTLS}"},
    "request-not-sent": {
        "ssl_verify_client.on_requested": _VERIFY_ON,
        "ssl_verify_client.optional_requested": _OPTIONAL,
        "ssl_verify_client.optional_no_ca_requested": _NO_CA,
        "ssl_verify_client.on_trusted_accepted": _VERIFY_ON,
    },
    "verify-result-ignored": {
        "ssl_verify_client.on_unknown_ca_refused": _VERIFY_ON,
        "ssl_verify_client.on_self_signed_refused": _VERIFY_ON,
        "ssl_verify_client.optional_unknown_ca_refused": _OPTIONAL,
        "ssl_verify_client.optional_self_signed_refused": _OPTIONAL,
        "ssl_verify_client.header_failed": _NO_CA,
    },
    "any-ca-accepted": {
        "ssl_verify_client.on_unknown_ca_refused": _VERIFY_ON,
        "ssl_client_certificate.others_not_trusted": f"{_VERIFY_ON} {_OPTIONAL} {_NO_CA}",
    },
    "expired-accepted": {
        "ssl_verify_client.refused_not_forwarded": "imap-verify-on pop3-verify-optional-starttls",
        "ssl_verify_client.on_expired_refused": _VERIFY_ON,
        "ssl_verify_client.optional_expired_refused": _OPTIONAL,
        "ssl_verify_client.optional_no_ca_expired_refused": _NO_CA,
    },
    "not-yet-valid-accepted": {"ssl_verify_client.on_not_yet_valid_refused": _VERIFY_ON},
    "purpose-ignored": {"ssl_verify_client.on_wrong_purpose_refused": _VERIFY_ON},
    "crl-ignored": {
        "ssl_crl.revoked": "imap-crl pop3-crl-starttls imap-crl-optional-no-ca smtp-crl",
        "ssl_crl.issuer_revoked": "imap-crl-intermediate smtp-crl-intermediate-starttls",
        "ssl_crl.no_crl_for_issuer": "imap-crl smtp-crl",
        "ssl_crl.crl_expired": "imap-crl-expired",
    },
    "depth-ignored": {
        "ssl_verify_depth.too_deep_refused": "imap-depth-0 imap-depth-3 pop3-depth-1-starttls",
        "ssl_verify_depth.too_deep_unverified": "imap-verify-optional-no-ca",
    },
    "ca-names-omitted": {"ssl_client_certificate.names_sent": f"imap-two-authorities {_VERIFY_ON}"},
    "ca-names-of-trusted": {"ssl_trusted_certificate.names_not_sent": "pop3-trusted-beside"},
    "subject-of-issuer": {
        "auth_http.ssl_subject": _VERIFY_ON,
        "auth_http.ssl_unverified_subject": _NO_CA,
    },
    "issuer-of-subject": {"auth_http.ssl_issuer": _VERIFY_ON},
    "fingerprint-of-issuer": {"auth_http.ssl_fingerprint": _VERIFY_ON},
    "serial-decimal": {"auth_http.ssl_serial": _VERIFY_ON},
}

_OF_THE_UPGRADE: dict[str, dict[str, str]] = {
    "starttls-keeps-plaintext": {
        "starttls.injection_same_segment": _STARTTLS,
        "starttls.injection_next_segment": _STARTTLS,
        "starttls.injection_several": _STARTTLS,
        "starttls.injection_login": _STARTTLS,
        "starttls.injection_after_upgrade": _STARTTLS,
    },
    "starttls-keeps-partial-line": {"starttls.injection_partial": _STARTTLS},
    "starttls-when-off": {"starttls.off_refused": _PLAIN},
    "starttls-refused-drops-connection": {
        "starttls.off_refused": _PLAIN,
        "starttls.inside_refused": f"{_STARTTLS} {_IMPLICIT}",
    },
    "starttls-advertised-in-tls": {"starttls.not_offered_inside": f"{_STARTTLS} {_IMPLICIT}"},
    "starttls-not-advertised": {"starttls.offered": f"{_STARTTLS} {_ONLY}"},
    "starttls-twice": {
        "starttls.inside_refused": f"{_STARTTLS} {_IMPLICIT}",
        "starttls.repeated": f"{_STARTTLS} {_IMPLICIT}",
    },
    "starttls-without-tls": {"starttls.accepted": _STARTTLS},
    "starttls-argument-half": {
        "starttls.argument_harmless": _STARTTLS,
        "starttls.argument_refused": _STARTTLS,
    },
    "starttls-argument-ignored": {"starttls.argument_refused": f"{_STARTTLS} {_ONLY}"},
    "starttls-blocked-by-error": {"starttls.error_before": _STARTTLS},
    "starttls-after-login": {
        "starttls.after_login": _STARTTLS,
        "auth_http.relay": f"{_IMPLICIT} {_PLAIN}",
    },
    "backend-gets-starttls": {"starttls.not_relayed": _STARTTLS},
    "second-greeting": {"starttls.no_second_greeting": _STARTTLS},
    "login-survives-upgrade": {"starttls.state_forgotten": "pop3-starttls"},
    "helo-survives-upgrade": {"starttls.hello_forgotten": "smtp-starttls smtp-only"},
    "helo-survives-upgrade,smtp-mail-without-auth": {"starttls.mail_forgotten": "smtp-starttls"},
    "plaintext-after-failed-handshake": {
        "starttls.no_fallback": f"{_STARTTLS} {_ONLY}",
        "ssl.clear_command_unanswered": _IMPLICIT,
        "security.no_clear_after_garbage": _IMPLICIT,
    },
    "only-not-enforced": {
        "starttls.only_login_refused": _ONLY,
        "starttls.only_sasl_refused": _ONLY,
        "starttls.only_sasl_initial_refused": _ONLY,
        "starttls.only_login_not_forwarded": _ONLY,
    },
    "only-not-enforced,smtp-mail-without-auth": {"starttls.only_mail_refused": "smtp-only"},
    "only-case-bypass": {"starttls.only_login_lower_case": _ONLY},
    "only-enforced-inside": {
        "starttls.only_login_after": _ONLY,
        "starttls.only_offered_login_after": "imap-only pop3-only",
    },
    "logindisabled-missing": {"starttls.only_logindisabled": "imap-only"},
    "auth-advertised-before-tls": {
        "starttls.only_auth_not_offered": _ONLY,
        "starttls.only_user_not_offered": "pop3-only",
    },
}

_OF_THE_DIALOGUE: dict[str, dict[str, str]] = {
    "greeting-refusal": {"rfc.greeting": f"{_PLAIN} {_IMPLICIT}", "ssl.implicit": _IMPLICIT},
    "greeting-preauth": {"rfc.no_preauth": "imap-plain imap-starttls"},
    "bare-line-feed": {"rfc.line_ends": f"{_STARTTLS} {_IMPLICIT}"},
    "no-reply-to-noop": {"rfc.noop": "imap-plain smtp-implicit"},
    "capability-refused": {
        "rfc.capability": _PLAIN,
        "rfc.capability_inside": _STARTTLS,
    },
    "unknown-command-accepted": {
        "rfc.unknown_command": _PLAIN,
        "rfc.unknown_command_inside": f"{_STARTTLS} {_IMPLICIT}",
        "rfc.mailbox_before_login": f"{_PLAIN} {_STARTTLS}",
    },
    "case-sensitive": {
        "rfc.case": f"{_PLAIN} {_STARTTLS}",
        "starttls.lower_case": _STARTTLS,
    },
    "quit-does-not-close": {"rfc.quit": _PLAIN, "rfc.quit_inside": f"{_STARTTLS} {_IMPLICIT}"},
    "hang-on-long-line": {"security.long_line": "pop3-plain"},
    "errors-uncounted": {"security.no_reflection": f"{_STARTTLS} {_IMPLICIT}"},
}

_OF_THE_LOGIN: dict[str, dict[str, str]] = {
    "verify-not-enforced": {
        "ssl_verify_client.on_none_refused": _VERIFY_ON,
        "ssl_verify_client.on_unknown_ca_refused": _VERIFY_ON,
        "ssl_verify_client.refused_not_forwarded": f"{_VERIFY_ON} {_OPTIONAL}",
        "ssl_crl.revoked": "pop3-crl-starttls",
        "ssl_verify_depth.too_deep_refused": "imap-depth-0",
    },
    "missing-certificate-accepted": {"ssl_verify_client.on_none_refused": _VERIFY_ON},
    "optional-rejects-none": {
        "ssl_verify_client.optional_none_accepted": _OPTIONAL,
        "ssl_crl.nobody_concerned": "smtp-crl",
    },
    "auth-ssl-missing": {"auth_http.ssl_on": f"{_STARTTLS} {_IMPLICIT}"},
    "auth-ssl-before-tls": {"auth_http.ssl_absent": f"{_STARTTLS} {_PLAIN}"},
    "auth-ssl-protocol-wrong": {"auth_http.ssl_protocol": f"{_STARTTLS} {_IMPLICIT}"},
    "auth-ssl-cipher-wrong": {"auth_http.ssl_cipher": f"{_STARTTLS} {_IMPLICIT}"},
    "auth-ssl-verify-missing": {
        "ssl_verify_depth.deepest_verified": _VERIFY_ON,
        "ssl_verify_client.header_success": _VERIFY_ON,
        "ssl_verify_client.header_none": _OPTIONAL,
        "ssl_verify_client.header_failed": _NO_CA,
    },
    "auth-ssl-verify-always-success": {
        "ssl_verify_client.header_none": _OPTIONAL,
        "ssl_verify_client.header_failed": _NO_CA,
    },
    "auth-ssl-subject-missing": {
        "auth_http.ssl_subject": _VERIFY_ON,
        "auth_http.ssl_unverified_subject": _NO_CA,
    },
    "auth-ssl-subject-invented": {"auth_http.ssl_no_certificate": f"{_OPTIONAL} {_NO_CA}"},
    "auth-asked-twice": {"auth_http.asked_once": f"{_PLAIN} {_STARTTLS}"},
    "auth-user-cut": {"auth_http.credentials": f"{_PLAIN} {_STARTTLS}"},
    "auth-pass-unescaped": {"auth_http.odd_credentials": f"{_PLAIN} {_STARTTLS}"},
    "auth-protocol-wrong": {"auth_http.protocol": "pop3-implicit smtp-plain"},
    "auth-method-wrong": {"auth_http.method": f"{_PLAIN} {_STARTTLS}"},
    "auth-client-ip-wrong": {"auth_http.client_address": f"{_PLAIN} {_STARTTLS}"},
    "refusal-ignored": {"auth_http.refusal_no_backend": f"{_PLAIN} {_STARTTLS}"},
    "backend-other-user": {"auth_http.backend": "imap-plain pop3-starttls"},
    "login-without-auth": {
        "auth_http.refusal": f"{_PLAIN} {_STARTTLS}",
        "auth_http.asked_once": _PLAIN,
        "rfc.wrong_password": f"{_STARTTLS} {_IMPLICIT}",
        "rfc.imaplib": "imap-starttls imap-implicit",
        "rfc.imaplib2": "imap-implicit",
        "rfc.poplib": "pop3-starttls pop3-implicit",
        "rfc.smtplib": "smtp-starttls smtp-implicit",
    },
}


@dataclass(frozen=True)
class FaultMutant:
    """Faults that are on together; `kills`: where each requirement must fail for them.

    `spares`: requirements of another layer that must not notice, each on a listener.
    """

    faults: tuple[str, ...]
    kills: Mapping[str, tuple[str, ...]]
    spares: Mapping[str, str]

    def __str__(self) -> str:
        return ",".join(self.faults)

    @property
    def servers(self) -> set[str]:
        """The server blocks that its judging needs."""
        names = {name for names in self.kills.values() for name in names} - {TARGET}
        return names | set(self.spares.values())


def _rows(table: dict[str, dict[str, str]], spares: dict[str, str]) -> list[FaultMutant]:
    return [
        FaultMutant(
            tuple(faults.split(",")),
            {name: tuple(where.split()) for name, where in kills.items()},
            spares,
        )
        for faults, kills in table.items()
    ]


FAULTS: tuple[FaultMutant, ...] = (
    *_rows(_OF_TLS, _IN_CLEAR),
    *_rows(OF_KEYS, _IN_CLEAR),
    *_rows(OF_SESSIONS, _IN_CLEAR),
    *_rows(_OF_THE_UPGRADE | _OF_THE_DIALOGUE | _OF_THE_LOGIN, _IN_HELLOS),
    *_rows(OF_OTHERS | OF_WHAT_IS_SAID, _IN_HELLOS),
    *_rows(OF_REPLIES, _IN_HELLOS),
)
"""Every fault that breaks a requirement of the catalogue, each with what it must break."""
