"""What must hold of every stream at every listener, as pure functions.

An oracle gets the stream, its trace and one other trace: the control, which is
what the upgrade alone brought at the same listener, or, for `segmentation`, the
same words cut differently. It answers with the violation it sees, or None. Each
abstains where a correct server has a choice: to discard what came behind an
upgrade, to refuse it, or to take it for TLS; to close after too many errors or
too long a line; to take a line for the data of a literal or a challenge.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.harness.endpoint import Way

from ..stream import Stream
from ..trace import Trace
from . import boundary, entering, form, state
from .entering import let_in
from .form import comparable
from .oracle import Oracle, Severity, Violation

__all__ = [
    "ALIVE",
    "ORACLES",
    "SEGMENTATION",
    "Oracle",
    "Severity",
    "Violation",
    "comparable",
    "let_in",
    "oracles_at",
    "requirements_at",
]


def _alive(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """A new session works after the stream, through the upgrade."""
    return trace.aftermath or None


def _critical() -> Iterator[Oracle]:
    yield Oracle(
        "no_plaintext_survives_upgrade",
        "stream.plaintext_survives",
        Severity.CRITICAL,
        "RFC 9051 6.2.1, RFC 3207 4.2, RFC 2595 4",
        boundary.plaintext_survives,
        everywhere=True,
    )
    yield Oracle(
        "no_clear_after_upgrade",
        "stream.clear_after_upgrade",
        Severity.CRITICAL,
        "RFC 9051 6.2.1, RFC 3207 4, RFC 2595 4",
        boundary.clear_after_upgrade,
        everywhere=True,
    )
    yield Oracle(
        "no_fallback_to_clear",
        "stream.fallback_to_clear",
        Severity.CRITICAL,
        "RFC 9051 6.2.1, RFC 3207 4, RFC 8446 6.2",
        boundary.fallback_to_clear,
        everywhere=True,
    )
    yield Oracle(
        "nothing_beneath_tls",
        "stream.beneath_tls",
        Severity.CRITICAL,
        "RFC 8446 5.1 and 5.2",
        boundary.beneath_tls,
        everywhere=True,
    )
    yield Oracle(
        "no_login_in_clear",
        "stream.login_in_clear",
        Severity.CRITICAL,
        "RFC 9051 6.2.3 and 11.1, RFC 2595 2.3, RFC 3207 4, RFC 8314 3",
        state.login_in_clear,
        everywhere=True,
    )
    yield Oracle(
        "nobody_gets_in",
        "stream.nobody_gets_in",
        Severity.CRITICAL,
        "RFC 9051 6.2.2 and 6.2.3, RFC 1939 4, RFC 4954 4",
        entering.nobody_gets_in,
        everywhere=True,
    )


def _of_the_upgrade() -> Iterator[Oracle]:
    yield Oracle(
        "past_is_forgotten",
        "stream.past_forgotten",
        Severity.HIGH,
        "RFC 3207 4.2, RFC 2595 4, RFC 9051 6.2.1",
        state.past_forgotten,
    )
    yield Oracle(
        "no_preauth", "stream.preauth", Severity.HIGH, "RFC 9051 7.1.4 and 11.1", state.preauth
    )
    yield Oracle(
        "accepted_upgrade_is_made",
        "stream.upgrade_made",
        Severity.HIGH,
        "RFC 9051 6.2.1, RFC 2595 4, RFC 3207 4, RFC 8446 5.1",
        boundary.upgrade_made,
        everywhere=True,
    )
    yield Oracle(
        "no_second_upgrade",
        "stream.second_upgrade",
        Severity.HIGH,
        "RFC 9051 6.2.1, RFC 2595 4, RFC 3207 4.2",
        boundary.second_upgrade,
        everywhere=True,
    )
    yield Oracle(
        "nothing_is_said_unasked",
        "stream.said_unasked",
        Severity.HIGH,
        "RFC 9051 6.2.1, RFC 2595 4, RFC 3207 4.2",
        boundary.said_unasked,
        everywhere=True,
    )
    yield Oracle(
        "no_upgrade_offered_inside",
        "stream.offered_inside",
        Severity.MEDIUM,
        "RFC 9051 6.2.1, RFC 2595 4, RFC 3207 4.2",
        boundary.offered_inside,
    )
    yield Oracle(
        "upgrade_is_steady",
        "stream.upgrade_steady",
        Severity.MEDIUM,
        "RFC 9051 6.2.1, RFC 2595 4, RFC 3207 4",
        boundary.upgrade_is_steady,
    )


def _inside() -> Iterator[Oracle]:
    yield Oracle(
        "no_renegotiation",
        "stream.renegotiation",
        Severity.MEDIUM,
        "RFC 9325 3.5, CVE-2011-1473",
        boundary.not_renegotiated,
        everywhere=True,
    )


def _of_the_end() -> Iterator[Oracle]:
    yield Oracle(
        "nothing_in_clear_behind_tls",
        "stream.clear_behind_tls",
        Severity.HIGH,
        "RFC 8446 6.1, RFC 5246 7.2.1",
        boundary.clear_behind_tls,
        everywhere=True,
    )


def _of_others() -> Iterator[Oracle]:
    yield Oracle(
        "neighbours_are_apart",
        "stream.neighbours_apart",
        Severity.HIGH,
        "CWE-488",
        state.neighbours_apart,
        everywhere=True,
    )


def _of_the_form() -> Iterator[Oracle]:
    yield Oracle(
        "long_lines_are_bounded",
        "stream.bounded",
        Severity.MEDIUM,
        "availability, RFC 5321 4.5.3.1, RFC 2449 4, RFC 9051 11",
        form.bounded,
    )
    yield Oracle(
        "one_reply_per_command",
        "stream.one_reply_per_command",
        Severity.MEDIUM,
        "RFC 9051 2.2.2, RFC 1939 3, RFC 5321 4.2",
        form.one_reply,
    )
    yield Oracle(
        "tag_fidelity", "stream.tag_fidelity", Severity.MEDIUM, "RFC 9051 2.2.1, 2.2.2", form.tags
    )
    yield Oracle(
        "replies_are_well_formed",
        "stream.replies_are_well_formed",
        Severity.MEDIUM,
        "RFC 9051 9, RFC 1939 3, RFC 5321 4.2",
        form.well_formed,
    )
    yield Oracle(
        "goodbye_is_the_end",
        "stream.goodbye",
        Severity.MEDIUM,
        "RFC 9051 6.1.3, RFC 1939 5, RFC 5321 4.1.1.10",
        form.goodbye,
        everywhere=True,
    )


def _of_the_state() -> Iterator[Oracle]:
    yield Oracle(
        "advertised_is_true",
        "stream.advertised",
        Severity.MEDIUM,
        "RFC 9051 6.1.1 and 6.2.3, RFC 2449 5, RFC 5321 4.1.1.1",
        state.advertised,
    )
    yield Oracle(
        "login_leads_on",
        LEADS_ON,
        Severity.MEDIUM,
        "RFC 9051 3 and 6.2, RFC 2595 4, RFC 1939 4 and 5, RFC 4954 4",
        entering.leads_on,
        everywhere=True,
    )
    yield Oracle(
        "unknown_is_refused",
        "stream.unknown_refused",
        Severity.MEDIUM,
        "RFC 9051 7.1.3, RFC 1939 3, RFC 5321 4.2.4",
        state.unknown_refused,
    )
    yield Oracle(
        "known_is_taken",
        "stream.known_taken",
        Severity.MEDIUM,
        "RFC 9051 2.2 and 6.1, RFC 1939 3, RFC 5321 2.4 and 4.5.1",
        state.known_taken,
    )
    yield Oracle(
        "sasl_can_be_ended",
        "stream.sasl",
        Severity.MEDIUM,
        "RFC 9051 6.2.2, RFC 5034 4, RFC 4954 4",
        state.sasl,
    )
    yield Oracle(
        "errors_are_bounded",
        "stream.errors_bounded",
        Severity.MEDIUM,
        "CVE-2021-3618",
        state.errors_bounded,
    )


LEADS_ON = "stream.login_leads_on"
ALIVE = Oracle("still_alive", "stream.still_alive", Severity.HIGH, "availability", _alive, True)
ORACLES = (
    *_critical(),
    ALIVE,
    *_of_the_end(),
    *_of_others(),
    *_of_the_upgrade(),
    *_inside(),
    *_of_the_form(),
    *_of_the_state(),
)
SEGMENTATION = Oracle(
    "segmentation_is_invisible",
    "stream.segmentation",
    Severity.MEDIUM,
    "RFC 9293 3.9.1: TCP has no message boundaries",
    form.segmentation,
)

# What is about the words before an upgrade, and not of a listener where TLS comes first.
_OF_AN_UPGRADE = frozenset(
    {
        "stream.plaintext_survives",
        "stream.login_in_clear",
        "stream.past_forgotten",
        "stream.preauth",
        "stream.said_unasked",
        "stream.upgrade_steady",
    }
)


def oracles_at(way: Way) -> tuple[Oracle, ...]:
    """The oracles that judge a listener with this way into TLS."""
    if way is not Way.IMPLICIT:
        return ORACLES
    return tuple(oracle for oracle in ORACLES if oracle.requirement not in _OF_AN_UPGRADE)


def requirements_at(way: Way, let_in: bool = True) -> tuple[str, ...]:
    """What a campaign without a find has proved at such a listener; `let_in`: it could log in."""
    proved = (oracle.requirement for oracle in (*oracles_at(way), SEGMENTATION))
    return tuple(x for x in proved if let_in or x != LEADS_ON)
