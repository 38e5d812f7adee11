"""The faults that the fuzzer has to find: where each shows, and which oracles may tell of it.

Data alone: whoever measures starts the reference with `--faults NAME` on the
certification configuration and fuzzes the listener that `server` names.
"""

from __future__ import annotations

_ALL = ("imap", "pop3", "smtp")
_SURVIVES = ("no_plaintext_survives_upgrade",)


def _everywhere(fault: str, *oracles: str) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    return tuple((fault, protocol, oracles) for protocol in _ALL)


FAULTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    *_everywhere("starttls-keeps-plaintext", *_SURVIVES),
    *_everywhere("starttls-keeps-partial-line", *_SURVIVES),
    ("imap-keeps-plaintext", "imap", _SURVIVES),
    ("pop3-keeps-plaintext", "pop3", _SURVIVES),
    ("smtp-keeps-plaintext", "smtp", _SURVIVES),
    *_everywhere("crash-on-eight-bit,failure-ends-all", "still_alive"),
    *_everywhere("double-reply", "one_reply_per_command"),
    *_everywhere("no-reply-to-noop", "one_reply_per_command"),
    ("tag-not-echoed", "imap", ("tag_fidelity",)),
    *_everywhere("bare-line-feed", "replies_are_well_formed"),
    *_everywhere("segmentation-lf-split", "segmentation_is_invisible", "one_reply_per_command"),
)
"""Fault, protocol, and the oracles of which at least one must be in what a campaign finds."""

_ELSEWHERE: dict[str, str] = {
    "starttls-when-off": "plain",
    "only-not-enforced": "only",
    "only-case-bypass": "only",
    "only-sasl-bypass": "only",
    "only-apop-bypass": "only",
    "logindisabled-missing": "only",
    "auth-advertised-before-tls": "only",
}


def server(fault: str, protocol: str) -> str:
    """The `server_name` of the certification configuration at which the fault shows."""
    return f"{protocol}-{_ELSEWHERE.get(fault, 'starttls')}"
