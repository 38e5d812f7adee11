"""The faults that the reference can be asked for: each flips the one line that is right otherwise.

They exist to show that every check can fail. None is ever on unless `--faults` names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reference_proxy.tls.faults import TLS_FAULTS

_UPGRADE = {
    "starttls-keeps-plaintext": "clear commands behind STARTTLS are carried out inside TLS",
    "starttls-keeps-partial-line": "an unfinished clear line begins the first line inside TLS",
    "starttls-when-off": "STARTTLS is agreed to though it is off (starttls)",
    "starttls-advertised-in-tls": "the capabilities name STARTTLS inside TLS",
    "starttls-not-advertised": "the capabilities never name STARTTLS (starttls)",
    "starttls-twice": "STARTTLS inside TLS is agreed to, and nothing follows",
    "starttls-without-tls": "STARTTLS is agreed to, and the dialogue goes on in clear",
    "starttls-refused-drops-connection": "a refused STARTTLS ends the connection without a word",
    "starttls-after-login": "the proxy itself takes STARTTLS after a login",
    "second-greeting": "the greeting is sent again after the upgrade",
    "login-survives-upgrade": "POP3: STLS is taken after USER, and PASS inside TLS completes it",
    "helo-survives-upgrade": "SMTP: EHLO, MAIL and RCPT from before TLS are kept (RFC 3207)",
    "plaintext-after-failed-handshake": "clear commands are carried out after a failed handshake",
    "starttls-argument-ignored": "STARTTLS with an argument is STARTTLS (RFC 3207; nginx does so)",
    "starttls-argument-half": "STARTTLS with an argument is agreed to, and nothing follows",
    "starttls-blocked-by-error": "after a declined command STARTTLS is declined too",
}

_ONLY = {
    "only-not-enforced": "logins are taken before TLS (starttls only)",
    "only-case-bypass": "lower-case commands escape the rule (starttls only)",
    "logindisabled-missing": "IMAP: LOGINDISABLED is not named before TLS (starttls only)",
    "only-enforced-inside": "logins are refused inside TLS as well (starttls only)",
    "auth-advertised-before-tls": "ways to log in are named before TLS (starttls only)",
}

_DIALOGUE = {
    "greeting-refusal": "every client is greeted with a refusal",
    "greeting-preauth": "IMAP: every client is greeted as authenticated",
    "bare-line-feed": "the reply to an invalid command ends in LF alone",
    "case-sensitive": "commands must be in upper case",
    "capability-refused": "CAPABILITY, CAPA and EHLO are unknown",
    "unknown-command-accepted": "an unknown command is answered as NOOP is",
    "quit-does-not-close": "QUIT and LOGOUT are answered and end nothing",
    "sasl-refused": "AUTH and AUTHENTICATE are refused though they are advertised",
    "errors-uncounted": "any number of invalid commands is answered (security)",
    "double-reply": "an invalid command is answered twice",
    "no-reply-to-noop": "NOOP is not answered",
    "tag-not-echoed": "IMAP: the tag of a refusal begins with another letter",
    "crash-on-eight-bit": "a byte above 127 drops the connection",
    "segmentation-lf-split": "CR and LF in different reads are two line ends",
    "hang-on-long-line": "a line that is too long is never answered",
    "smtp-mail-without-auth": "SMTP: MAIL is taken without a login (smtp_auth)",
}

_REPLIES = {
    "arguments-not-needed": "LOGIN, USER and AUTH alone are answered as NOOP is",
    "arguments-cut-short": "an argument of more than 32 bytes is an error",
    "wrong-refusal": "an unknown command is refused with NO or 550",
    "login-refused-as-error": "a wrong password is answered with BAD or 500",
    "challenge-in-clear": "a SASL challenge is words and no base64",
    "sasl-cancel-ignored": "`*` is answered with the challenge again",
    "sasl-garbage-ignored": "what is no base64 is answered with the challenge again",
    "sasl-any-mechanism": "a SASL mechanism that nobody has is PLAIN",
    "literal-refused": "IMAP: a literal is refused",
    "quotes-kept": "IMAP: the backslashes of a quoted string stay in it",
    "pass-without-user": "POP3: PASS without a USER is answered with +OK",
    "goodbye-bare": "LOGOUT brings no BYE, and SMTP's QUIT no 221",
    "helo-refused": "SMTP: HELO is unknown",
    "rset-refused": "SMTP: RSET is unknown",
    "ehlo-once": "SMTP: a second EHLO is refused",
    "rcpt-without-mail": "SMTP: RCPT is agreed to without a MAIL",
    "name-missing": "SMTP: the reply to EHLO begins without the server's name",
    "trailing-space-refused": "SMTP: a blank at the end makes a command invalid",
    "upgrade-code-250": "SMTP: STARTTLS is granted with 250 (RFC 3207)",
}

_CERTIFICATE = {
    "verify-not-enforced": "any client may go on (ssl_verify_client)",
    "missing-certificate-accepted": "on behaves as optional (ssl_verify_client)",
    "optional-rejects-none": "optional behaves as on (ssl_verify_client)",
}

_LOGIN = {
    "auth-ssl-missing": "no Auth-SSL header is ever sent (auth_http)",
    "auth-ssl-before-tls": "Auth-SSL is sent for a login in clear (auth_http)",
    "auth-ssl-protocol-wrong": "Auth-SSL-Protocol is always TLSv1 (auth_http)",
    "auth-ssl-verify-missing": "Auth-SSL-Verify is not sent (ssl_verify_client)",
    "auth-ssl-verify-always-success": "Auth-SSL-Verify is always SUCCESS (ssl_verify_client)",
    "auth-ssl-subject-missing": "Auth-SSL-Subject is not sent (ssl_verify_client)",
    "auth-ssl-cipher-wrong": "Auth-SSL-Cipher is always NULL-MD5 (auth_http)",
    "auth-ssl-subject-invented": "Auth-SSL-Subject is sent for a client without a certificate",
    "auth-asked-twice": "the auth server is asked twice for one login (auth_http)",
    "auth-user-cut": "Auth-User lacks its last character (auth_http)",
    "auth-pass-unescaped": "Auth-Pass is the password as it is (auth_http)",
    "auth-protocol-wrong": "Auth-Protocol is always imap (auth_http)",
    "auth-method-wrong": "Auth-Method is always login (auth_http)",
    "auth-client-ip-wrong": "Client-IP is always 198.51.100.1 (auth_http)",
    "refusal-ignored": "a login that the auth server refuses goes on to the back end (auth_http)",
    "backend-other-user": "the back end is logged in to under another name (auth_http)",
    "login-without-auth": "the auth server is not asked, every login succeeds (auth_http)",
    "password-in-log": "passwords are written to the error log (security)",
    "relay-drops-first-bytes": "commands pipelined behind the login are lost",
    "backend-gets-starttls": "the back end is sent the client's STARTTLS",
}

SESSION_FAULTS: Mapping[str, str] = MappingProxyType(
    {**_UPGRADE, **_ONLY, **_DIALOGUE, **_REPLIES, **_CERTIFICATE, **_LOGIN}
)
"""Name of the fault -> what is then wrong, and the directive or rule that it breaks."""

CONFIGURATION_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "configuration-errors-ignored": "`-t` is content with every configuration",
        "configuration-errors-unnamed": "an error says nothing of what is wrong",
        "configuration-refused": "no configuration is right",
    }
)
"""Name of the fault -> what is then wrong when a configuration is tested."""

DRIVER_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "tires": "after 200 connections every new one is dropped (security)",
        "failure-ends-all": "a failure in one connection ends the process (security)",
    }
)
"""Name of the fault -> what is then wrong with the connections as such."""

ALL_FAULTS: Mapping[str, str] = MappingProxyType(
    {**SESSION_FAULTS, **CONFIGURATION_FAULTS, **DRIVER_FAULTS, **TLS_FAULTS}
)
"""The faults of sessions, of configurations, of connections and of TLS."""
