"""The faults of the reference in sessions, the requirements that each must break, and where."""

from __future__ import annotations

# Three listeners that share a zone and a ticket key, and differ in whom they let in.
_DOORS = "imap-sessions-on-starttls pop3-sessions-crl smtp-sessions-trusted-beside"
_CACHE, _TICKETS = "ssl_session_cache", "ssl_session_tickets"
_KEY, _TIME = "ssl_session_ticket_key", "ssl_session_timeout"

OF_SESSIONS: dict[str, dict[str, str]] = {
    "session-cache-off-remembers": {
        f"{_CACHE}.off_no_id": "imap-cache-off",
        f"{_CACHE}.off_not_resumed": "imap-cache-off",
        f"{_CACHE}.off_not_resumed_tls13": "imap-cache-off",
    },
    "session-cache-none-remembers": {
        f"{_CACHE}.none_not_resumed": "imap-cache-none imap-implicit smtp-ticket-keys",
        f"{_CACHE}.none_not_resumed_tls13": "imap-cache-none",
    },
    "shared-session-forgotten": {
        f"{_CACHE}.shared_resumed": "imap-cache-shared smtp-cache-shared-starttls",
        f"{_CACHE}.shared_resumed_tls13": "imap-cache-shared",
        f"{_CACHE}.shared_elsewhere": "imap-cache-shared smtp-cache-shared-starttls",
        f"{_CACHE}.shared_among_workers": "imap-cache-shared",
    },
    "session-timeout-ignored": {
        f"{_TIME}.over_id": "pop3-session-timeout imap-session-timeout-starttls",
        f"{_TIME}.over_ticket": "pop3-session-timeout",
        f"{_TIME}.over_tls13": "pop3-session-timeout imap-session-timeout-starttls",
        f"{_TIME}.hint": "pop3-session-timeout smtp-session-timeout-day",
        f"{_TIME}.hint_tls13": "pop3-session-timeout smtp-session-timeout-day",
    },
    "session-across-authorities": {
        f"{_CACHE}.no_more_elsewhere": "imap-sessions-on-starttls imap-sessions-optional",
    },
    "session-across-checks": {
        f"{_CACHE}.revoked_elsewhere": "pop3-sessions-crl",
        f"{_CACHE}.too_deep_elsewhere": "smtp-sessions-depth-0-starttls",
        f"{_CACHE}.unknown_ca_elsewhere": "imap-sessions-on-starttls imap-sessions-optional",
    },
    "resumed-unverified": {
        f"{_CACHE}.refused_stays_out": f"{_DOORS} imap-sessions-optional",
        f"{_CACHE}.no_more_elsewhere": "imap-sessions-on-starttls imap-sessions-optional",
    },
    "resumed-certificate-lost": {
        f"{_CACHE}.certificate_told": "imap-sessions-optional pop3-sessions-no-ca",
        f"{_CACHE}.told_elsewhere": "imap-sessions-optional pop3-sessions-no-ca",
    },
    "refused-session-kept": {
        f"{_CACHE}.refused_forgotten": f"{_DOORS} imap-sessions-optional",
    },
    "tickets-despite-off": {
        f"{_TICKETS}.off_not_sent": "imap-cache-off imap-cache-none imap-cache-shared",
        f"{_TICKETS}.off_tls13": "imap-cache-off imap-cache-none imap-cache-shared",
        f"{_TICKETS}.off_not_taken": "imap-cache-none",
    },
    "ticket-key-last-first": {
        f"{_KEY}.first_encrypts": "smtp-ticket-keys",
        f"{_KEY}.first_encrypts_tls13": "smtp-ticket-keys",
    },
    "previous-ticket-key-forgotten": {
        f"{_KEY}.previous_decrypts": "smtp-ticket-keys",
        f"{_KEY}.each_decrypts": "smtp-ticket-keys",
    },
    "ticket-never-renewed": {
        f"{_KEY}.previous_renewed": "smtp-ticket-keys",
        f"{_KEY}.previous_renewed_tls13": "smtp-ticket-keys",
    },
    "ticket-key-of-everybody": {
        f"{_TICKETS}.zero_key": "imap-ticket-key pop3-ticket-key-48-starttls",
        f"{_TICKETS}.zero_key_tls13": "imap-ticket-key",
        f"{_KEY}.aes256": "imap-ticket-key",
        f"{_KEY}.aes128": "pop3-ticket-key-48-starttls",
        f"{_KEY}.others_not_taken": "smtp-ticket-key-previous-starttls",
    },
    "foreign-ticket-fatal": {
        f"{_TICKETS}.tampered_not_taken": "imap-ticket-key smtp-ticket-keys",
        f"{_TICKETS}.tampered_not_taken_tls13": "imap-ticket-key smtp-ticket-keys",
        f"{_TICKETS}.made_up_not_taken": "imap-ticket-key smtp-ticket-keys",
    },
}
"""Rows of `faults.FAULTS`; a combination is named by its parts, with a comma."""
