"""The faults that the fuzzer has to find: where each shows, and which oracles may tell of it.

Data alone: whoever measures starts the reference with `--faults NAME` on the
certification configuration and fuzzes the listener that `server` names.
"""

from __future__ import annotations

_ALL = ("imap", "pop3", "smtp")
_SURVIVES = ("no_plaintext_survives_upgrade",)
_CLEAR = ("no_clear_after_upgrade",)


def _everywhere(fault: str, *oracles: str) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    return tuple((fault, protocol, oracles) for protocol in _ALL)


FAULTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    # What crosses the boundary.
    *_everywhere("starttls-keeps-plaintext", *_SURVIVES),
    *_everywhere("starttls-keeps-partial-line", *_SURVIVES),
    ("imap-keeps-plaintext", "imap", _SURVIVES),
    ("pop3-keeps-plaintext", "pop3", _SURVIVES),
    ("smtp-keeps-plaintext", "smtp", _SURVIVES),
    *_everywhere("plaintext-after-failed-handshake", "no_fallback_to_clear", *_CLEAR),
    *_everywhere("plaintext-after-alert", "no_fallback_to_clear"),
    *_everywhere("plaintext-beneath-tls", "nothing_beneath_tls"),
    *_everywhere("plaintext-after-close-notify", "nothing_in_clear_behind_tls"),
    *_everywhere("starttls-without-tls", *_CLEAR),
    ("login-survives-upgrade", "pop3", ("past_is_forgotten", "nobody_gets_in")),
    ("helo-survives-upgrade,smtp-mail-without-auth", "smtp", ("past_is_forgotten",)),
    ("rcpt-without-mail", "smtp", ("past_is_forgotten",)),
    ("pass-without-user", "pop3", ("past_is_forgotten", "nobody_gets_in")),
    # How TLS comes about.
    *_everywhere("hello-cut-refused", "accepted_upgrade_is_made"),
    *_everywhere("hello-fragments-refused", "accepted_upgrade_is_made"),
    *_everywhere("hello-header-alone-refused", "accepted_upgrade_is_made"),
    *_everywhere("starttls-argument-half", "accepted_upgrade_is_made", *_CLEAR),
    *_everywhere("starttls-twice", "no_second_upgrade"),
    *_everywhere("renegotiation-allowed", "no_renegotiation"),
    *_everywhere("starttls-blocked-by-error", "upgrade_is_steady"),
    *_everywhere("starttls-refused-drops-connection", "one_reply_per_command"),
    *_everywhere("second-greeting", "nothing_is_said_unasked"),
    ("starttls-reply-repeated", "pop3", ("nothing_is_said_unasked",)),
    ("starttls-reply-repeated", "smtp", ("nothing_is_said_unasked",)),
    ("starttls-reply-repeated", "imap", ("tag_fidelity", *_SURVIVES)),
    # What is told of it, and who may log in.
    *_everywhere("starttls-advertised-in-tls", "no_upgrade_offered_inside"),
    *_everywhere("capabilities-remembered", "no_upgrade_offered_inside"),
    *_everywhere("starttls-not-advertised", "advertised_is_true"),
    *_everywhere("starttls-when-off", "advertised_is_true"),
    *_everywhere("only-not-enforced", "no_login_in_clear"),
    ("only-not-enforced,smtp-mail-without-auth", "smtp", ("no_login_in_clear",)),
    *_everywhere("only-case-bypass", "no_login_in_clear"),
    *_everywhere("only-sasl-bypass", "no_login_in_clear"),
    ("only-apop-bypass", "pop3", ("no_login_in_clear",)),
    *_everywhere("login-without-auth", "nobody_gets_in"),
    # What comes behind a login.
    ("starttls-after-login", "imap", ("login_leads_on",)),
    ("starttls-after-login", "pop3", ("login_leads_on",)),
    ("relay-drops-first-bytes", "imap", ("login_leads_on",)),
    ("literal-refused", "imap", ("login_leads_on",)),
    ("logindisabled-missing", "imap", ("advertised_is_true",)),
    *_everywhere("auth-advertised-before-tls", "advertised_is_true"),
    ("only-enforced-inside", "imap", ("no_upgrade_offered_inside",)),
    ("sasl-refused", "imap", ("advertised_is_true",)),
    ("sasl-refused", "pop3", ("advertised_is_true",)),
    ("sasl-refused", "smtp", ("advertised_is_true",)),
    ("greeting-preauth", "imap", ("no_preauth",)),
    # Who is still there afterwards.
    *_everywhere("crash-on-eight-bit,failure-ends-all", "still_alive"),
    *_everywhere("reset-ends-all", "still_alive"),
    *_everywhere("crash-on-eight-bit", "one_reply_per_command"),
    *_everywhere("hang-on-long-line", "long_lines_are_bounded", "one_reply_per_command"),
    *_everywhere("errors-uncounted", "errors_are_bounded"),
    *_everywhere("inbox-shared", "neighbours_are_apart", "one_reply_per_command"),
    *_everywhere("quit-does-not-close", "goodbye_is_the_end"),
    ("goodbye-bare", "imap", ("goodbye_is_the_end",)),
    ("goodbye-bare", "smtp", ("goodbye_is_the_end",)),
    # The form of what is said.
    *_everywhere("double-reply", "one_reply_per_command"),
    *_everywhere("no-reply-to-noop", "one_reply_per_command"),
    ("tag-not-echoed", "imap", ("tag_fidelity",)),
    *_everywhere("bare-line-feed", "replies_are_well_formed"),
    *_everywhere("segmentation-lf-split", "segmentation_is_invisible", "one_reply_per_command"),
    ("carriage-return-ends-line", "smtp", ("one_reply_per_command",)),
    *_everywhere("unknown-command-accepted", "unknown_is_refused"),
    *_everywhere("unknown-accepted-inside", "unknown_is_refused"),
    *_everywhere("case-sensitive", "known_is_taken"),
    ("capability-refused", "imap", ("known_is_taken",)),
    ("capability-refused", "smtp", ("known_is_taken",)),
    ("rset-refused", "smtp", ("known_is_taken",)),
    ("helo-refused", "smtp", ("known_is_taken",)),
    ("ehlo-once", "smtp", ("known_is_taken",)),
    *_everywhere("sasl-cancel-ignored", "sasl_can_be_ended"),
    *_everywhere("sasl-garbage-ignored", "sasl_can_be_ended"),
    ("challenge-in-clear", "imap", ("sasl_can_be_ended",)),
    ("challenge-in-clear", "pop3", ("sasl_can_be_ended",)),
    ("challenge-in-clear", "smtp", ("sasl_can_be_ended",)),
)
"""Fault, protocol, and the oracles of which at least one must be in what a campaign finds."""

_ELSEWHERE: dict[str, str] = {
    "starttls-when-off": "plain",
    "only-not-enforced": "only",
    "only-case-bypass": "only",
    "only-sasl-bypass": "only",
    "only-apop-bypass": "mechanisms-only",
    "only-not-enforced,smtp-mail-without-auth": "only",
    "only-enforced-inside": "only",
    "logindisabled-missing": "only",
    "auth-advertised-before-tls": "only",
}


def server(fault: str, protocol: str) -> str:
    """The `server_name` of the certification configuration at which the fault shows."""
    return f"{protocol}-{_ELSEWHERE.get(fault, 'starttls')}"
