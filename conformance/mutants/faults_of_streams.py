"""Faults that the fuzzer's oracles notice, and one that only the end of a run shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StreamMutant:
    """Faults, where they are looked for, and the requirement that has to notice them there."""

    faults: str
    listener: str
    requirement: str

    def __str__(self) -> str:
        return self.faults


STREAMS: tuple[StreamMutant, ...] = (
    StreamMutant("starttls-keeps-plaintext", "imap-starttls", "stream.plaintext_survives"),
    StreamMutant("plaintext-after-failed-handshake", "imap-starttls", "stream.clear_after_upgrade"),
    StreamMutant("crash-on-eight-bit,failure-ends-all", "imap-starttls", "stream.still_alive"),
    StreamMutant("double-reply", "imap-starttls", "stream.one_reply_per_command"),
    StreamMutant("tag-not-echoed", "imap-starttls", "stream.tag_fidelity"),
    StreamMutant("bare-line-feed", "imap-starttls", "stream.replies_are_well_formed"),
    StreamMutant("segmentation-lf-split", "pop3-starttls", "stream.segmentation"),
    StreamMutant("plaintext-after-alert", "imap-starttls", "stream.fallback_to_clear"),
    StreamMutant("plaintext-beneath-tls", "imap-starttls", "stream.beneath_tls"),
    StreamMutant("plaintext-after-close-notify", "pop3-starttls", "stream.clear_behind_tls"),
    StreamMutant("only-case-bypass", "imap-only", "stream.login_in_clear"),
    StreamMutant("login-survives-upgrade", "pop3-starttls", "stream.past_forgotten"),
    StreamMutant("greeting-preauth", "imap-starttls", "stream.preauth"),
    StreamMutant("hello-cut-refused", "imap-starttls", "stream.upgrade_made"),
    StreamMutant("hello-fragments-refused", "smtp-starttls", "stream.upgrade_made"),
    StreamMutant("hello-header-alone-refused", "pop3-starttls", "stream.upgrade_made"),
    StreamMutant("renegotiation-allowed", "smtp-starttls", "stream.renegotiation"),
    StreamMutant("reset-ends-all", "pop3-starttls", "stream.still_alive"),
    StreamMutant("starttls-twice", "imap-starttls", "stream.second_upgrade"),
    StreamMutant("second-greeting", "smtp-starttls", "stream.said_unasked"),
    StreamMutant("starttls-advertised-in-tls", "pop3-starttls", "stream.offered_inside"),
    StreamMutant("starttls-blocked-by-error", "imap-starttls", "stream.upgrade_steady"),
    StreamMutant("hang-on-long-line", "smtp-starttls", "stream.bounded"),
    StreamMutant("quit-does-not-close", "imap-starttls", "stream.goodbye"),
    StreamMutant("logindisabled-missing", "imap-only", "stream.advertised"),
    StreamMutant("unknown-command-accepted", "smtp-starttls", "stream.unknown_refused"),
    StreamMutant("case-sensitive", "imap-starttls", "stream.known_taken"),
    StreamMutant("sasl-cancel-ignored", "smtp-starttls", "stream.sasl"),
    StreamMutant("errors-uncounted", "imap-starttls", "stream.errors_bounded"),
    StreamMutant("login-without-auth", "smtp-starttls", "stream.nobody_gets_in"),
    StreamMutant("starttls-after-login", "imap-starttls", "stream.login_leads_on"),
    StreamMutant("inbox-shared", "pop3-starttls", "stream.neighbours_apart"),
)
"""What the corpus, or else a campaign, must find."""

UNSEEN = {
    "password-in-log": "nobody outside reads the target's log",
    "conf-command-ignored": "no server of the certification configuration says ssl_conf_command",
}
"""Faults that nobody who judges by the certification configuration could notice, and why."""

TIRING = StreamMutant("tires", "imap-plain", "security.steady")
"""Noticed when the listeners are greeted once more at the end of a run."""
