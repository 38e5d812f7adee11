"""The faults that the reference can be asked for: each flips the one line that is right otherwise.

They exist to show that every check can fail. None is ever on unless `--faults` names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reference_proxy.tls.faults import TLS_FAULTS

_UPGRADE = {
    "starttls-keeps-plaintext": "clear commands behind STARTTLS are carried out inside TLS "
    "(starttls, CVE-2011-0411 of Postfix and CVE-2021-33515 of Dovecot)",
    "starttls-keeps-partial-line": "an unfinished clear line begins the first line inside TLS "
    "(starttls)",
    "starttls-when-off": "STARTTLS is agreed to though it is off (starttls)",
    "starttls-advertised-in-tls": "the capabilities name STARTTLS inside TLS (starttls)",
    "starttls-not-advertised": "the capabilities never name STARTTLS (starttls)",
    "starttls-twice": "STARTTLS inside TLS is agreed to, and nothing follows (starttls)",
    "starttls-without-tls": "STARTTLS is agreed to, and the dialogue goes on in clear (starttls)",
    "starttls-refused-drops-connection": "a refused STARTTLS ends the connection without a word "
    "(starttls)",
    "starttls-after-login": "the proxy itself takes STARTTLS after a login (starttls)",
    "second-greeting": "the greeting is sent again after the upgrade (starttls)",
    "login-survives-upgrade": "POP3: STLS is taken after USER, and PASS inside TLS completes it "
    "(starttls)",
    "helo-survives-upgrade": "SMTP: EHLO, MAIL and RCPT from before TLS are kept (starttls)",
    "plaintext-after-failed-handshake": "clear commands are carried out after a failed handshake "
    "(starttls, ssl)",
    "plaintext-after-alert": "an alert in the place of a ClientHello leads back into clear "
    "(starttls, ssl)",
    "plaintext-beneath-tls": "clear commands beneath an established TLS are carried out "
    "(starttls, ssl)",
    "starttls-argument-ignored": "STARTTLS with an argument is STARTTLS (starttls, as nginx does)",
    "starttls-argument-half": "STARTTLS with an argument is agreed to, and nothing follows "
    "(starttls)",
    "starttls-blocked-by-error": "after a declined command STARTTLS is declined too (starttls)",
}

_ONLY = {
    "only-not-enforced": "logins are taken before TLS (starttls)",
    "only-case-bypass": "lower-case commands escape the rule (starttls)",
    "logindisabled-missing": "IMAP: LOGINDISABLED is not named before TLS (starttls)",
    "only-enforced-inside": "logins are refused inside TLS as well (starttls)",
    "auth-advertised-before-tls": "ways to log in are named before TLS (starttls)",
}

_DIALOGUE = {
    "greeting-refusal": "every client is greeted with a refusal (rfc, ssl)",
    "greeting-preauth": "IMAP: every client is greeted as authenticated (rfc)",
    "bare-line-feed": "the reply to an invalid command ends in LF alone (rfc)",
    "case-sensitive": "commands must be in upper case (rfc, starttls)",
    "capability-refused": "CAPABILITY, CAPA and EHLO are unknown (rfc)",
    "unknown-command-accepted": "an unknown command is answered as NOOP is (rfc)",
    "quit-does-not-close": "QUIT and LOGOUT are answered and end nothing (rfc)",
    "sasl-refused": "AUTH and AUTHENTICATE are refused though they are advertised (rfc)",
    "errors-uncounted": "any number of invalid commands is answered (security, CVE-2021-3618)",
    "double-reply": "an invalid command is answered twice (rfc)",
    "no-reply-to-noop": "NOOP is not answered (rfc)",
    "tag-not-echoed": "IMAP: the tag of a refusal begins with another letter (rfc)",
    "crash-on-eight-bit": "a byte above 127 drops the connection (starttls)",
    "segmentation-lf-split": "CR and LF in different reads are two line ends (rfc)",
    "inbox-shared": "the unfinished line of one client begins the next line of another (security)",
    "hang-on-long-line": "a line that is too long is never answered (security)",
    "smtp-mail-without-auth": "SMTP: MAIL is taken without a login (rfc, smtp_auth)",
}

# Each of the first three is what one product did before it was mended.
_OF_OTHERS = {
    "imap-keeps-plaintext": "IMAP: commands behind STARTTLS survive it (starttls, CVE-2011-1926)",
    "pop3-keeps-plaintext": "POP3: commands behind STLS survive it (starttls, CVE-2021-38084)",
    "smtp-keeps-plaintext": "SMTP: commands behind STARTTLS survive it (starttls, CVE-2014-3556)",
    "starttls-reply-repeated": "the reply to STARTTLS is said inside TLS once more (starttls)",
    "capabilities-remembered": "the capabilities inside TLS are those from before it (starttls)",
    "only-sasl-bypass": "AUTH and AUTHENTICATE are taken before TLS (starttls)",
    "only-apop-bypass": "POP3: APOP is taken before TLS (starttls)",
    "unknown-accepted-inside": "an unknown command inside TLS is answered as NOOP is (rfc)",
    "carriage-return-ends-line": "a CR alone ends a line (rfc, CVE-2023-51764 of Postfix)",
}

_SAID = {
    "capability-dropped": "the last capability of the configuration is not listed "
    "(imap_capabilities, pop3_capabilities, smtp_capabilities)",
    "capability-invented": "a capability is listed that nobody has configured "
    "(imap_capabilities, pop3_capabilities, smtp_capabilities)",
    "mechanism-dropped": "the last way to log in is not listed (imap_auth, pop3_auth, smtp_auth)",
    "mechanism-invented": "EXTERNAL is listed, whatever is set (imap_auth, pop3_auth, smtp_auth)",
    "server-name-hidden": "the server calls itself localhost (server_name)",
    "apop-challenge-missing": "POP3: the greeting has no challenge (pop3_auth)",
    "apop-refused": "POP3: APOP is declined, though it is set (pop3_auth)",
}

_REPLIES = {
    "arguments-not-needed": "LOGIN, USER and AUTH alone are answered as NOOP is (rfc)",
    "arguments-cut-short": "an argument of more than 32 bytes is an error (rfc)",
    "wrong-refusal": "an unknown command is refused with NO or 550 (rfc)",
    "login-refused-as-error": "a wrong password is answered with BAD or 500 (rfc)",
    "challenge-in-clear": "a SASL challenge is words and no base64 (rfc)",
    "sasl-cancel-ignored": "`*` is answered with the challenge again (rfc)",
    "sasl-garbage-ignored": "what is no base64 is answered with the challenge again (rfc)",
    "sasl-any-mechanism": "a SASL mechanism that nobody has is PLAIN (rfc)",
    "literal-refused": "IMAP: a literal is refused (rfc)",
    "quotes-kept": "IMAP: the backslashes of a quoted string stay in it (rfc)",
    "pass-without-user": "POP3: PASS without a USER is answered with +OK (rfc)",
    "goodbye-bare": "LOGOUT brings no BYE, and SMTP's QUIT no 221 (rfc)",
    "helo-refused": "SMTP: HELO is unknown (rfc)",
    "rset-refused": "SMTP: RSET is unknown (rfc)",
    "ehlo-once": "SMTP: a second EHLO is refused (rfc)",
    "rcpt-without-mail": "SMTP: RCPT is agreed to without a MAIL (rfc)",
    "name-missing": "SMTP: the reply to EHLO begins without the server's name (rfc)",
    "trailing-space-refused": "SMTP: a blank at the end makes a command invalid (rfc)",
    "upgrade-code-250": "SMTP: STARTTLS is granted with 250 (starttls)",
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
    "auth-ssl-subject-missing": "Auth-SSL-Subject is not sent (auth_http)",
    "auth-ssl-cipher-wrong": "Auth-SSL-Cipher is always NULL-MD5 (auth_http)",
    "auth-ssl-subject-invented": "Auth-SSL-Subject is sent for a client without a certificate "
    "(auth_http)",
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
    "relay-drops-first-bytes": "commands pipelined behind the login are lost (auth_http)",
    "auth-pass-lowered": "Auth-Pass is in lower case (auth_http)",
    "auth-pass-trimmed": "Auth-Pass lacks the blank at its end (auth_http)",
    "backend-other-password": "the back end is given another password (auth_http)",
    "backend-gets-starttls": "the back end is sent the client's STARTTLS (starttls)",
}

SESSION_FAULTS: Mapping[str, str] = MappingProxyType(
    {**_UPGRADE, **_ONLY, **_DIALOGUE, **_OF_OTHERS, **_SAID, **_REPLIES, **_CERTIFICATE, **_LOGIN}
)
"""Name of the fault -> what is then wrong, and the directive or rule that it breaks."""

CONFIGURATION_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "configuration-errors-ignored": "every configuration is right (ssl_certificate, starttls)",
        "configuration-errors-unnamed": "no error says what is wrong (ssl_crl, starttls)",
        "configuration-refused": "no configuration is right (ssl_certificate, starttls)",
    }
)
"""Name of the fault -> what is then wrong when a configuration is tested."""

DRIVER_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "tires": "after 200 connections every new one is dropped (security)",
        "hello-cut-refused": "a ClientHello in more than one segment fails (starttls, ssl)",
        "hello-fragments-refused": "a ClientHello in more than one record fails (starttls, ssl)",
        "hello-header-alone-refused": "a ClientHello fails whose record's header comes alone "
        "(starttls, ssl)",
        "reset-ends-all": "a reset in the middle of a handshake ends the process "
        "(security, starttls)",
        "failure-ends-all": "a failure in one connection ends the process (security, starttls)",
    }
)
"""Name of the fault -> what is then wrong with the connections as such."""

ALL_FAULTS: Mapping[str, str] = MappingProxyType(
    {**SESSION_FAULTS, **CONFIGURATION_FAULTS, **DRIVER_FAULTS, **TLS_FAULTS}
)
"""The faults of sessions, of configurations, of connections and of TLS."""
