"""Faults of what is said: after published mistakes, and of what is configured to be said."""

from __future__ import annotations

_STARTTLS = "imap-starttls pop3-starttls smtp-starttls"
_IMPLICIT = "imap-implicit pop3-implicit smtp-implicit"
_ONLY = "imap-only pop3-only smtp-only"
_MECHANISMS = {
    "imap_auth.advertised": "imap-mechanisms-starttls",
    "pop3_auth.advertised": "pop3-mechanisms-only",
    "smtp_auth.advertised": "smtp-mechanisms-only",
}
_CAPABILITIES = {
    "imap_capabilities.listed": "imap-mechanisms-starttls",
    "pop3_capabilities.listed": "pop3-mechanisms-only",
    "smtp_capabilities.listed": "smtp-mechanisms-only",
}


def _injections(server: str) -> dict[str, str]:
    """What must notice that commands behind STARTTLS survive it there."""
    kinds = ("same_segment", "several", "login", "after_upgrade")
    return {f"starttls.injection_{kind}": server for kind in kinds}


OF_OTHERS: dict[str, dict[str, str]] = {
    "imap-keeps-plaintext": _injections("imap-starttls"),
    "pop3-keeps-plaintext": _injections("pop3-starttls"),
    "smtp-keeps-plaintext": _injections("smtp-starttls"),
    "starttls-reply-repeated": {"starttls.no_second_greeting": _STARTTLS},
    "capabilities-remembered": {"starttls.capabilities_renewed": f"{_STARTTLS} {_ONLY}"},
    "only-sasl-bypass": {
        "starttls.only_sasl_refused": _ONLY,
        "starttls.only_sasl_initial_refused": _ONLY,
    },
    "only-apop-bypass": {"starttls.only_apop_refused": "pop3-mechanisms-only"},
    "unknown-accepted-inside": {
        "rfc.unknown_command_inside": f"{_STARTTLS} {_IMPLICIT}",
        "rfc.mailbox_before_login": f"{_STARTTLS} {_IMPLICIT}",
    },
    "carriage-return-ends-line": {"rfc.bare_cr": f"{_STARTTLS} {_IMPLICIT}"},
}
"""By fault: which requirement must fail for it, and where."""

OF_WHAT_IS_SAID: dict[str, dict[str, str]] = {
    "capability-dropped": _CAPABILITIES,
    "capability-invented": _CAPABILITIES,
    "mechanism-dropped": _MECHANISMS,
    "mechanism-invented": _MECHANISMS,
    "server-name-hidden": {
        "server_name.greeting": "smtp-starttls smtp-implicit",
        "server_name.challenge": "imap-mechanisms-starttls pop3-mechanisms-only",
        "server_name.greeting_challenge": "pop3-mechanisms-only",
    },
    "apop-challenge-missing": {"pop3_auth.apop": "pop3-mechanisms-only"},
    "apop-refused": {"pop3_auth.apop_asked": "pop3-mechanisms-only"},
    "auth-pass-lowered": {"auth_http.odd_credentials": f"{_STARTTLS} {_IMPLICIT}"},
    "auth-pass-trimmed": {"auth_http.odd_credentials": f"{_STARTTLS} {_IMPLICIT}"},
    "backend-other-password": {"auth_http.backend": "imap-starttls pop3-implicit"},
    "relay-drops-first-bytes": {"auth_http.pipelined": f"{_STARTTLS} {_IMPLICIT}"},
}
"""The same, of what the configuration and the client have it say."""
