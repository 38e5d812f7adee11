"""The faults in single replies and in the end of TLS, each with the clause's requirement."""

from __future__ import annotations

_IMAP = "imap-plain imap-starttls imap-implicit"
_POP3 = "pop3-plain pop3-starttls pop3-implicit"
_SMTP = "smtp-plain smtp-starttls smtp-implicit"
_ALL = f"{_IMAP} {_POP3} {_SMTP}"
_IN_TLS = "imap-starttls imap-implicit pop3-starttls pop3-implicit smtp-starttls smtp-implicit"

OF_REPLIES: dict[str, dict[str, str]] = {
    "sasl-refused": {
        "rfc.advertised_auth": _IN_TLS,
        "rfc.sasl_plain": _ALL,
        "rfc.sasl_initial": f"{_POP3} {_SMTP}",
    },
    "challenge-in-clear": {"rfc.sasl_challenge": _ALL},
    "sasl-cancel-ignored": {"rfc.sasl_cancel": _ALL},
    "sasl-garbage-ignored": {"rfc.sasl_base64": _ALL},
    "sasl-any-mechanism": {"rfc.sasl_unknown_mechanism": _ALL},
    "arguments-not-needed": {"rfc.arguments_missing": _ALL},
    "arguments-cut-short": {"rfc.long_argument": f"{_POP3} {_SMTP}"},
    "pass-without-user": {"rfc.pass_without_user": _POP3},
    "literal-refused": {"rfc.literal_login": _IMAP},
    "quotes-kept": {"rfc.quoted_specials": _IMAP},
    "goodbye-bare": {"rfc.goodbye_form": "imap-starttls imap-implicit smtp-starttls smtp-implicit"},
    "wrong-refusal": {
        "rfc.unknown_command_code": "imap-starttls imap-implicit smtp-starttls smtp-implicit",
    },
    "login-refused-as-error": {
        "rfc.wrong_password_code": "imap-starttls imap-implicit smtp-starttls smtp-implicit",
    },
    "helo-refused": {"rfc.helo": _SMTP},
    "rset-refused": {"rfc.rset": _SMTP},
    "ehlo-once": {"rfc.ehlo_again": _SMTP},
    "rcpt-without-mail": {"rfc.rcpt_before_mail": _SMTP},
    "smtp-mail-without-auth": {"rfc.mail_before_login": _SMTP},
    "name-missing": {"rfc.names_itself": _SMTP},
    "trailing-space-refused": {"rfc.trailing_space": _SMTP},
    "upgrade-code-250": {"starttls.ready_code": "smtp-starttls smtp-only"},
    "alpn-own-refused": {"security.alpn_own": _IN_TLS},
    "version-alert-wrong": {"security.version_alert": "imap-tls12 pop3-tls12-starttls smtp-tls12"},
    "close-without-notify": {"rfc.close_notify": _IN_TLS},
}
"""A fault -> the requirements that it must break, and on which servers."""
