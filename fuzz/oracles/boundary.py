"""The boundary itself: what may be said on either side of it, and when."""

from __future__ import annotations

from dataclasses import replace

from conformance.harness.endpoint import Protocol
from conformance.harness.mail.words import Kind
from conformance.harness.observation import Ending
from conformance.harness.transcript import Layer, escaped

from ..alphabet import ALPHABETS
from ..gesture import Move
from ..stream import UPGRADE_VERB, Step, Stream, Then
from ..trace import Trace, Upgrade
from .dialogue import calm, capabilities, exchanges, granted, hung_up, too_many
from .oracle import TLS_RECORDS, answers_in, behind_records, own_tags, plain, shapes, shown


def plaintext_survives(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Inside TLS the first words are answered as after the upgrade alone, and nothing else is.

    A server that refuses what it heard, by one negative reply and a close, or by
    a close alone, is right too; and so is one that hangs up behind right answers,
    as who counts a client's lines does (RFC 5321 7.8).
    """
    if trace.upgrade is not Upgrade.DONE or control.upgrade is not Upgrade.DONE:
        return None
    # Without the opening, or one that is answered as it should be, there is nothing to compare.
    if stream.makes({Move.STRAIGHT}) or control.doubtful:
        return None
    first = len(ALPHABETS[stream.protocol].opening)
    opening, expected = trace.inside[:first], control.inside[:first]
    if (
        not trace.finished
        and len(trace.inside) < first
        and shapes(opening) == shapes(expected[: len(opening)])
    ):
        return None
    refused = len(trace.inside) == 1 and trace.inside[0].kind in {Kind.NEGATIVE, Kind.BYE}
    # A refusal by tag answers that command: it was read as one.
    refused = refused and trace.inside[0].tag not in own_tags(stream, trace, Layer.CLEAR)
    if (refused or _tired(trace, control)) and trace.ending in {Ending.CLOSED, Ending.RESET}:
        return None
    if shapes(opening) == shapes(expected):
        return _survivor(stream.protocol, trace, control)
    return f"inside TLS, first heard: {shown(opening)}; expected: {shown(expected)}"


def _tired(trace: Trace, control: Trace) -> bool:
    """Whether the last word inside is a goodbye, unasked, behind right answers alone.

    Where more was said behind the upgrade, they may be answers to that.
    """
    *answers, last = trace.inside or (None,)
    unasked = last is not None and last.kind is Kind.BYE and _nothing_behind(trace)
    return unasked and shapes(tuple(answers)) == shapes(control.inside[: len(answers)])


def _survivor(protocol: Protocol, trace: Trace, control: Trace) -> str | None:
    """A reply too many inside TLS, where what stands behind the upgrade may be what it answers.

    The reply to a line that survived may look like the one that was expected first.
    """
    if _nothing_behind(trace) or too_many(protocol, control, Layer.TLS):
        return None
    return too_many(protocol, trace, Layer.TLS)


def _surely_accepted(stream: Stream, trace: Trace) -> bool:
    """Whether the reply taken for the upgrade's is it beyond doubt.

    Without tags, only the first line's reply is: a reply too many to an earlier
    line would pass for the upgrade's.
    """
    if trace.implicit:
        return True
    if trace.upgraded_at is None or not plain(stream, trace, Layer.CLEAR, trace.upgraded_at):
        return False
    earlier = any(isinstance(step, Step) for step in stream.steps[: trace.upgraded_at])
    return stream.protocol is Protocol.IMAP or not earlier


def _nothing_behind(trace: Trace) -> bool:
    """Whether the upgrade's line is the last thing said in clear; where TLS is first, nothing."""
    clear = [x for x in trace.said if x.layer is Layer.CLEAR]
    if trace.implicit:
        return not clear
    upgrade = next((x for x in clear if x.position == trace.upgraded_at), None)
    return upgrade is not None and clear[-1] is upgrade and upgrade.octets.count(b"\n") == 1


def clear_after_upgrade(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Behind the positive reply, or from the connect on, the server sends TLS or nothing."""
    if not _surely_accepted(stream, trace):
        return None
    if trace.implicit and control.upgrade is not Upgrade.DONE:
        # Then it is no such listener.
        return None
    if trace.behind and trace.behind[:1] not in TLS_RECORDS:
        return f"in clear behind the accepted upgrade: {escaped(trace.behind[:60])}"
    if trace.upgrade is Upgrade.FAILED and trace.ending is Ending.GARBAGE:
        return "the answer to our ClientHello is not TLS"
    return None


def fallback_to_clear(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Where no handshake can follow any more, nothing but TLS records comes, whatever is said."""
    lost = trace.afterwards is not None and trace.beneath is None and not trace.left
    if not lost or not _surely_accepted(stream, trace):
        return None
    rest = behind_records(trace.afterwards or b"")
    return f"in clear after a failed handshake: {escaped(rest[:60])}" if rest else None


def clear_behind_tls(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Behind the client's close_notify nothing but TLS records comes, whatever is said."""
    rest = behind_records(trace.afterwards or b"") if trace.left else b""
    return f"in clear behind the end of TLS: {escaped(rest[:60])}" if rest else None


def beneath_tls(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Octets in clear beneath an established TLS are neither answered nor carried out."""
    if trace.beneath is None:
        return None
    rest = behind_records(trace.afterwards or b"")
    if rest or trace.ending is Ending.GARBAGE:
        return f"octets in clear beneath TLS are answered in clear: {escaped(rest[:60])}"
    said = trace.octets(Layer.TLS)
    # A line without an end may be refused for its length.
    lines = said.count(b"\n") + (not said.endswith(b"\n"))
    answers = answers_in(trace, Layer.TLS)
    before = answers_in(replace(trace, inside=trace.inside[: trace.beneath]), Layer.TLS)
    # Who hangs up, now that TLS is broken, may still say so where that is to be heard.
    if len(before) <= lines < len(answers) and granted(answers[-1]):
        return f"octets in clear beneath TLS are answered inside: {shown(answers[-1:])}"
    return None


def not_renegotiated(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Another ClientHello inside TLS is refused, ignored, or the end."""
    told = "another ClientHello, inside TLS, is answered by a handshake"
    return told if trace.renegotiated else None


def upgrade_made(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Where the upgrade is agreed to and nothing stands behind it, the handshake succeeds.

    So it does with a ClientHello in other segments or records than the control's.
    """
    if trace.upgrade is not Upgrade.FAILED or control.upgrade is not Upgrade.DONE:
        return None
    broken = trace.afterwards is not None or trace.ending is Ending.LOCAL
    # Who is to renegotiate speaks of TLS what not every server still does.
    if broken or trace.doubtful or stream.makes({Move.GLUED, Move.RENEGOTIATE}):
        return None
    if not (_surely_accepted(stream, trace) and _nothing_behind(trace)):
        return None
    return f"the upgrade is agreed to, and no handshake follows: {trace.ending}"


def second_upgrade(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Inside TLS the upgrade is refused."""
    for line, reply in exchanges(stream, trace, Layer.TLS):
        asked = line.upper().split()[:1] == [UPGRADE_VERB[stream.protocol]]
        if asked and granted(reply):
            return f"inside TLS, {escaped(line[:60])} is answered {shown((reply,))}"
        if reply.kind is Kind.CONTINUE:
            break
    return None


def offered_inside(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Inside TLS the upgrade is not among the capabilities, nor that logins are disabled."""
    listed = capabilities(stream.protocol, trace, Layer.TLS) or set()
    wrong = {UPGRADE_VERB[stream.protocol], b"LOGINDISABLED"} & listed
    return f"inside TLS the capabilities name {sorted(wrong)[0].decode()}" if wrong else None


def said_unasked(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Inside TLS the server waits for the client: no second greeting, no other word unasked."""
    if trace.upgrade is not Upgrade.DONE or not trace.inside or not _nothing_behind(trace):
        return None
    first = trace.inside[0]
    if stream.protocol is Protocol.IMAP:
        unasked = first.tag == "*" and first.kind is Kind.POSITIVE
    elif stream.protocol is Protocol.SMTP:
        unasked = first.tag == "220"
    else:
        unasked = first.kind is Kind.POSITIVE and len(first.lines) == 1 and _one_too_many(trace)
    return f"inside TLS, before any command: {shown((first,))}" if unasked else None


def _one_too_many(trace: Trace) -> bool:
    lines = trace.octets(Layer.TLS).count(b"\n")
    return trace.finished and len(answers_in(trace, Layer.TLS)) > lines


def upgrade_is_steady(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """What the control was granted is granted still after commands that change nothing.

    Unless something stands behind it or is cut, which is for others to judge, or the
    client has said HELO, which is to do without extensions (RFC 5321 2.2.1): that may
    be why it is refused.
    """
    if control.upgrade is not Upgrade.DONE or trace.upgraded_at is not None:
        return None
    asked = [s for s in stream.steps if isinstance(s, Step) and s.upgrades(stream.protocol)]
    if stream.whole() != stream or any(step.then is not Then.WAIT for step in asked):
        return None
    for line, reply in calm(stream, trace, Layer.CLEAR):
        if line.upper().startswith(b"HELO") or hung_up(trace, Layer.CLEAR, reply):
            return None
        if line.upper() == UPGRADE_VERB[stream.protocol] and reply.kind is Kind.NEGATIVE:
            return f"the upgrade is refused after other commands: {shown((reply,))}"
    return None
