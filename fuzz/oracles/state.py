"""What a client may do in which state: who may log in where, and what a state remembers."""

from __future__ import annotations

import re

from conformance.harness.endpoint import Protocol
from conformance.harness.mail.words import Kind, Reply
from conformance.harness.transcript import Layer, escaped

from ..alphabet import ALPHABETS, NONSENSE, UNKNOWN
from ..control import survey
from ..replies import UNTAGGED
from ..stream import UPGRADE_VERB, Stream
from ..trace import Trace, Upgrade
from .dialogue import calm, capabilities, exchanges, granted, hung_up, mechanisms, wants_tls
from .oracle import LAYERS, shapes, shown

_LOGINS = {
    Protocol.IMAP: (b"LOGIN", b"AUTHENTICATE"),
    Protocol.POP3: (b"USER", b"PASS", b"APOP", b"AUTH"),
    Protocol.SMTP: (b"AUTH",),
}
# Commands that every server has, of which the first two are legal before TLS, too.
_NEEDED = {
    Protocol.IMAP: (b"NOOP", b"CAPABILITY"),
    Protocol.POP3: (),
    Protocol.SMTP: (b"NOOP", b"EHLO", b"RSET", b"HELO"),
}
_AUTH = (b"AUTH", b"AUTHENTICATE")
_NAME = re.compile(rb"waxseal(\.[a-z]+)?", re.IGNORECASE)
_INTRODUCTIONS = (b"EHLO", b"HELO")
# Written as a number, or as the token that stands for one.
_LITERAL = re.compile(rb"\{%?\w+%?\+?\}$")
_OUR_TAG = re.compile(r"[tw]\d+")
_PRIVACY = b"[PRIVACYREQUIRED]"
_NUMBERS = re.compile(rb"<[^>]*>|\d+")
_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_SHORT = 100
# More refusals than anybody needs who is not guessing, or speaking another protocol.
_MOST_ERRORS = 100


def _verb(line: bytes) -> bytes:
    return b"".join(line.upper().split()[:1])


def logins_need_tls(protocol: Protocol, control: Trace) -> bool:
    """Whether the listener says that nobody can log in before TLS: what `starttls only` means."""
    clear = capabilities(protocol, control, Layer.CLEAR)
    inside = capabilities(protocol, control, Layer.TLS)
    if clear is None or inside is None:
        return False
    if b"LOGINDISABLED" in clear:
        return True
    return not mechanisms(clear) and bool(mechanisms(inside))


def login_in_clear(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Where logins need TLS, none before it is taken, nor asked to go on.

    RFC 9051 6.2.3: LOGINDISABLED says nothing of ways that are named beside it; those that show
    no password may be.
    """
    if not logins_need_tls(stream.protocol, control):
        return None
    named = mechanisms(capabilities(stream.protocol, control, Layer.CLEAR) or set())
    answers = False
    for line, reply in exchanges(stream, trace, Layer.CLEAR):
        # What is said where more was asked for is no command.
        login = _verb(line) in _LOGINS[stream.protocol] and not answers
        answers = reply.kind is Kind.CONTINUE
        login = login and not (_verb(line) in _AUTH and named.intersection(line.upper().split()))
        # AUTH alone asks POP3 for the mechanisms.
        login = login and not (stream.protocol is Protocol.POP3 and line.upper() == b"AUTH")
        # A literal may be asked for before it is looked at what it belongs to: that is syntax.
        login = login and not (reply.kind is Kind.CONTINUE and line.endswith(b"}"))
        if login and reply.kind in {Kind.POSITIVE, Kind.CONTINUE}:
            return f"before TLS, {escaped(_verb(line)[:60])} is answered {shown((reply,))}"
    return None


def preauth(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Nobody is greeted as logged in, in clear, where STARTTLS is not legal any more."""
    if stream.protocol is not Protocol.IMAP or not trace.clear:
        return None
    words = trace.clear[0].lines[-1].upper().split()
    return f"greeted with {shown(trace.clear[:1])}" if words[1:2] == [b"PREAUTH"] else None


def past_forgotten(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Inside TLS nothing is completed that was begun in clear.

    The second half of an exchange, said there without its first, is refused as it
    is where nothing came before.
    """
    if trace.upgrade is not Upgrade.DONE:
        return None
    seconds = {second for _, second in ALPHABETS[stream.protocol].torn}
    begun: set[bytes] = set()
    for line, reply in exchanges(stream, trace, Layer.TLS):
        verb, orphan = _verb(line), _orphaned(stream.protocol, line, begun)
        if reply.kind is Kind.CONTINUE and not (line in seconds and orphan):
            return None
        answered = granted(reply) or reply.kind is Kind.CONTINUE
        otherwise = _as_known(stream, control, line) not in {None, _text(reply)}
        otherwise = otherwise and not hung_up(trace, Layer.TLS, reply)
        # The control has introduced itself; who has not may be told that instead.
        introduced = stream.protocol is not Protocol.SMTP or not begun.isdisjoint(_INTRODUCTIONS)
        if line in seconds and orphan and (answered or (otherwise and introduced)):
            return f"inside TLS, {escaped(line[:60])} alone is answered {shown((reply,))}"
        begun.add(verb)
    return None


def _orphaned(protocol: Protocol, line: bytes, begun: set[bytes]) -> bool:
    """Whether the line is a second half, and its first has not been said in this layer.

    MAIL is none: a server may take it from who has not introduced himself.
    """
    firsts = {b"PASS": b"USER", b"RCPT": b"MAIL"}
    verb = _verb(line)
    if verb in firsts:
        return firsts[verb] not in begun
    known = {word for words in _LOGINS.values() for word in words}
    return not begun & {*_AUTH, b"LOGIN"} and verb not in {*known, *_INTRODUCTIONS}


def _as_known(stream: Stream, control: Trace, line: bytes) -> bytes | None:
    """What the control was told of that line, with nothing before it; None if it did not ask."""
    asked = survey(stream.protocol, control.implicit)
    told = dict(exchanges(asked, control, Layer.TLS)).get(line)
    return None if told is None else _text(told)


def _text(reply: Reply) -> bytes:
    return _NUMBERS.sub(b"", reply.lines[-1])


def advertised(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """The first capabilities tell the truth about the upgrade and about logging in."""
    listed = capabilities(stream.protocol, control, control.greeted)
    if listed is None:
        return None
    agreed = control.upgraded_at is not None and not control.implicit
    if agreed and UPGRADE_VERB[stream.protocol] not in listed:
        return "the upgrade is agreed to, and not among the capabilities"
    for line, reply in calm(stream, trace, control.greeted):
        # Who says HELO does without extensions (RFC 5321 2.2.1).
        without = stream.protocol is Protocol.SMTP and _verb(line) == b"HELO"
        if without or len(line) > _SHORT or hung_up(trace, control.greeted, reply):
            return None
        refused = reply.kind is Kind.NEGATIVE and not wants_tls(control.greeted, reply)
        if refused and _named(stream.protocol, line, listed):
            return f"{escaped(line)} is among the capabilities, and answered {shown((reply,))}"
        barred = reply.tag != UNTAGGED and (
            reply.lines[-1].split()[1:2] == [b"BAD"] or _PRIVACY in reply.lines[-1].upper()
        )
        open_ = stream.protocol is Protocol.IMAP and b"LOGINDISABLED" not in listed
        if open_ and barred and line == b"LOGIN waxseal waxseal":
            return f"no LOGINDISABLED, and LOGIN is answered {shown((reply,))}"
    return None


def _named(protocol: Protocol, line: bytes, listed: set[bytes]) -> bool:
    """Whether the line begins a login of which the capabilities say that it can be begun."""
    words = line.upper().split()
    if protocol is Protocol.POP3 and words[:1] == [b"USER"] and len(words) == 2:
        return b"USER" in listed
    return len(words) == 2 and words[0] in _AUTH and words[1] in mechanisms(listed)


def unknown_refused(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """What no server knows is refused."""
    for layer in LAYERS:
        for line, reply in exchanges(stream, trace, layer):
            if line.upper() == UNKNOWN and granted(reply):
                return f"{layer}: {UNKNOWN.decode()} is answered {shown((reply,))}"
            if reply.kind is Kind.CONTINUE:
                break
    return None


def known_taken(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """What every server has is taken, and what the control was told is told in small letters."""
    needed = _NEEDED[stream.protocol]
    taken = {
        line
        for line, reply in exchanges(survey(stream.protocol, control.implicit), control, Layer.TLS)
        if reply.kind is Kind.POSITIVE and line in ALPHABETS[stream.protocol].opening
    }
    for layer in LAYERS:
        verbs = needed if layer is Layer.TLS else needed[:2]
        for line, reply in calm(stream, trace, layer):
            introduces = _verb(line) in _INTRODUCTIONS
            # What stands between words, or behind them, need not be taken.
            wanted = len(line.split()) == 1 + introduces and line == b" ".join(line.split())
            # Any other name may be refused for its form.
            wanted = wanted and (not introduces or _NAME.fullmatch(line.split()[1]) is not None)
            wanted = wanted and (_verb(line) in verbs or line.upper() in taken)
            wanted = wanted and len(line) < _SHORT and _tagged(stream, reply)
            wanted = wanted and not hung_up(trace, layer, reply)
            if wanted and reply.kind is Kind.NEGATIVE:
                return f"{layer}: {escaped(line)} is answered {shown((reply,))}"
    return None


def _tagged(stream: Stream, reply: Reply) -> bool:
    """Whether the line began with a tag of ours, where there are tags."""
    return stream.protocol is not Protocol.IMAP or _OUR_TAG.fullmatch(reply.tag) is not None


def sasl(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """A challenge is base64; who answers it with `*`, or with what is none, is refused."""
    for layer in LAYERS:
        asked = again = False
        for line, reply in exchanges(stream, trace, layer):
            # A literal is asked for in the same way, in an answer too, and is no exchange.
            literal = stream.protocol is Protocol.IMAP and _LITERAL.search(line)
            asked = (asked if again else _verb(line) in _AUTH) and not literal
            again = reply.kind is Kind.CONTINUE
            if again and asked and line in {b"*", b"!!!!"}:
                return f"{layer}: {escaped(line)} is answered {shown((reply,))}"
            text = reply.lines[-1].partition(b" ")[2]
            if again and asked and not _BASE64.fullmatch(text):
                return f"{layer}: a challenge that is not base64: {shown((reply,))}"
    return None


def neighbours_apart(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Whoever comes while this client has not ended is answered as the control was."""
    for other in trace.beside:
        for layer in LAYERS:
            here, there = other.replies(layer), control.replies(layer)
            if shapes(here) != shapes(there):
                told = f"another client meanwhile is told {shown(here)}"
                return f"{layer}: {told}; the same alone: {shown(there)}"
        if (other.upgrade, other.finished) != (control.upgrade, control.finished):
            return f"another client meanwhile: upgrade {other.upgrade}, {other.ending}"
    return None


def errors_bounded(stream: Stream, trace: Trace, control: Trace) -> str | None:
    """Who says nothing but nonsense is not listened to without end."""
    for layer in LAYERS:
        refused = sum(reply.kind is Kind.NEGATIVE for reply in trace.replies(layer))
        nonsense = sum(line in NONSENSE for line in trace.octets(layer).split(b"\r\n"))
        if min(refused, nonsense) >= _MOST_ERRORS:
            return f"{layer}: {nonsense} lines of nonsense, and {refused} refusals"
    return None
