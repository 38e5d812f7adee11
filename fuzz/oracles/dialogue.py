"""Which reply answers which line, and what a server says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.harness.endpoint import Protocol
from conformance.harness.mail.words import Kind, Reply
from conformance.harness.transcript import Layer

from ..alphabet import ALPHABETS, UNKNOWN
from ..replies import CONTINUATION, UNTAGGED
from ..stream import TAG, UPGRADE_VERB, Stream
from ..trace import Said, Trace
from .oracle import answers_in, once, shown

# The one literal in it is that of an account, which is walked through as an exchange.
_LINE = re.compile(rb"[!-z|~][ !-z|~]*(?:\{%\w+%\})?\r\n")
_CAPABILITIES = re.compile(rb"(?:\* |\[)CAPABILITY ([^\]]*)", re.IGNORECASE)

_LINE_END = re.compile(rb"\r\n|\r|\n")
# A CR alone ends no line of SMTP: who takes it for an end is open to smuggling (RFC 5321 2.3.8).
_SMTP_LINE_END = re.compile(rb"\n")

# How an SMTP server hangs up, whatever was asked (RFC 5321 4.2.3; Postfix does on browsers).
GOODBYE = "221"
# How it agrees to an upgrade (RFC 3207 4).
READY = "220"

# How it declines a login before TLS. Who does SHOULD NOT have offered it (RFC 4954 6), and may.
_TLS_FIRST = {"530", "538"}

Exchange = tuple[bytes, Reply]


def words_of(stream: Stream, said: Said) -> bytes:
    """The line as it was said, without its end and, where the fuzzer gave it one, its tag."""
    tagged = said.position is None or stream.steps[said.position].text.startswith(TAG + b" ")
    line = said.octets.removesuffix(b"\r\n")
    return line.partition(b" ")[2] if stream.protocol is Protocol.IMAP and tagged else line


@once
def exchanges(stream: Stream, trace: Trace, layer: Layer) -> tuple[Exchange, ...]:
    """Lines without their tags, and the replies to them, as long as it is sure which is whose.

    None of a layer in which there are more replies than lines, none where some were
    awaited in vain and have no tags (as those that ask for more have none), and none from the
    first step on that is not one line under any reading, or whose tag is not the reply's.
    """
    return tuple(_exchanges(stream, trace, layer))


def _exchanges(stream: Stream, trace: Trace, layer: Layer) -> Iterator[Exchange]:
    if trace.doubtful and stream.protocol is not Protocol.IMAP:
        return
    said = [x for x in trace.said if x.layer is layer]
    answers = answers_in(trace, layer)
    if len(answers) > sum(x.octets.count(b"\n") for x in said):
        return
    asked: str | None = None
    for one, reply in zip(said, answers, strict=False):
        if asked and trace.doubtful:
            return
        # What answers a challenge has no tag: the reply has that of the line that asked for it.
        tag = asked or one.octets.partition(b" ")[0].decode("latin-1")
        if _LINE.fullmatch(one.octets) is None or reply.kind is Kind.MALFORMED:
            return
        if stream.protocol is Protocol.IMAP and reply.tag not in {tag, "*", "+"}:
            return
        yield words_of(stream, one), reply
        asked = tag if reply.kind is Kind.CONTINUE else None


def granted(reply: Reply) -> bool:
    """Whether it agrees to what was said; SMTP's 221, where nobody said QUIT, hangs up on it."""
    return reply.kind is Kind.POSITIVE and reply.tag != GOODBYE


def wants_tls(layer: Layer, reply: Reply) -> bool:
    """Whether it sends the client off to begin TLS first (SMTP)."""
    return layer is Layer.CLEAR and reply.tag in _TLS_FIRST


def hung_up(trace: Trace, layer: Layer, reply: Reply) -> bool:
    """Whether it is the last word of who hangs up over earlier lines, instead of an answer."""
    earlier = (*trace.clear, *trace.inside)[:-1]
    refused = any(x.kind is Kind.NEGATIVE for x in earlier)
    return refused and not trace.finished and reply is trace.replies(layer)[-1]


def calm(stream: Stream, trace: Trace, layer: Layer) -> Iterator[Exchange]:
    """The exchanges up to the first that may have changed what is legal next, and that one."""
    words = ALPHABETS[stream.protocol]
    known = (*words.harmless, *words.opening, *words.introduction)
    plain = {word.removeprefix(TAG + b" ").upper() for word in known}
    plain |= {UNKNOWN, UPGRADE_VERB[stream.protocol]}
    for line, reply in exchanges(stream, trace, layer):
        yield line, reply
        if line.upper() not in plain or reply.kind is Kind.CONTINUE:
            return


def capabilities(protocol: Protocol, trace: Trace, layer: Layer) -> set[bytes] | None:
    """The capabilities of a layer in upper case, a word or a line each; None if none were told."""
    found: list[bytes] = []
    for reply in trace.replies(layer):
        match protocol:
            case Protocol.IMAP:
                lists = (_CAPABILITIES.search(line) for line in reply.lines)
                found += [word for x in lists if x for word in x[1].split()]
            case Protocol.POP3 if reply.lines[-1] == b"." and reply.lines[0].startswith(b"+OK"):
                found += reply.lines[1:-1]
            case Protocol.SMTP if reply.tag == "250" and len(reply.lines) > 1:
                found += [line[4:] for line in reply.lines[1:]]
    return {word.upper().strip() for word in found} or None


def mechanisms(listed: set[bytes]) -> set[bytes]:
    """The ways to log in that capabilities name: SASL mechanisms, and USER where POP3 has it."""
    names = {word.removeprefix(b"AUTH=") for word in listed if word.startswith(b"AUTH=")}
    lines = [line.split() for line in listed if line.startswith((b"AUTH ", b"SASL "))]
    return names | {name for line in lines for name in line[1:]} | ({b"USER"} & listed)


def too_many(protocol: Protocol, trace: Trace, layer: Layer) -> str | None:
    """More replies in a layer than lines that were said in it, if so."""
    octets, answers = trace.octets(layer), answers_in(trace, layer)
    negative = not answers or answers[-1].kind is not Kind.POSITIVE
    # A line without an end may be refused for its length, and a server may say why it closes.
    ends = _SMTP_LINE_END if protocol is Protocol.SMTP else _LINE_END
    most = len(ends.findall(octets)) + (not octets.endswith((b"\r", b"\n")))
    most += negative and not trace.finished
    # Beside its answer a command of IMAP may be asked for more, or bring a warning (an untagged
    # NO or BAD, RFC 9051 7.1.2).
    own = [reply for reply in answers if reply.tag not in {UNTAGGED, CONTINUATION}]
    if len(own) <= most:
        return None
    return f"{layer}: {len(answers)} replies to {most} lines, last {shown(answers[-1:])}"
