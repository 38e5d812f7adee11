"""What a server sent, split into replies by their form alone.

Whatever was asked is not looked at: a fuzzer cannot know which of its lines
a server took for a command. For POP3 this works because no line inside a
multi-line answer to a client that is not logged in starts as a status does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.harness.endpoint import Protocol
from conformance.harness.mail.words import Kind, Reply

UNTAGGED = "*"
CONTINUATION = "+"
_IMAP_STATUS = {
    b"OK": Kind.POSITIVE,
    b"PREAUTH": Kind.POSITIVE,
    b"NO": Kind.NEGATIVE,
    b"BAD": Kind.NEGATIVE,
    b"BYE": Kind.BYE,
}
_POP3_STATUS = re.compile(rb"(\+OK|-ERR|\+)( |$)")
_POP3_KIND = {b"+OK": Kind.POSITIVE, b"-ERR": Kind.NEGATIVE, b"+": Kind.CONTINUE}
_SMTP_LINE = re.compile(rb"([2-5]\d\d)([ -]|$)")
_SMTP_KIND = {"2": Kind.POSITIVE, "3": Kind.CONTINUE, "4": Kind.NEGATIVE, "5": Kind.NEGATIVE}


@dataclass(frozen=True)
class Heard:
    """Complete replies with their end offsets, and the octets behind the last of them.

    A POP3 status is a reply as soon as its line is there; it grows if lines
    follow that belong to it.
    """

    replies: tuple[Reply, ...]
    ends: tuple[int, ...]
    rest: bytes


NOTHING = Heard((), (), b"")


def split(protocol: Protocol, octets: bytes, known: Heard = NOTHING) -> Heard:
    """All the replies in `octets`, in order; `known` are those of octets that these begin with."""
    read = {Protocol.IMAP: _imap, Protocol.POP3: _pop3, Protocol.SMTP: _smtp}[protocol]
    replies, ends = list(known.replies), list(known.ends)
    held: tuple[bytes, ...] = ()
    offset = ends[-1] if ends else 0
    lines = octets[offset:].split(b"\n")
    for line in lines[:-1]:
        offset += len(line) + 1
        if protocol is Protocol.POP3 and _continues(line, replies):
            replies[-1] = Reply(Kind.POSITIVE, (*replies[-1].lines, line[:-1]))
            ends[-1] = offset
            continue
        reply = read((*held, line.removesuffix(b"\r"))) if line.endswith(b"\r") else _odd(line)
        if reply is None:
            held = (*held, line[:-1])
            continue
        held = ()
        replies.append(reply)
        ends.append(offset)
    return Heard(tuple(replies), tuple(ends), octets[ends[-1] if ends else 0 :])


def completes_nothing(reply: Reply) -> bool:
    """An untagged OK, PREAUTH or BYE answers no command of its own."""
    return reply.tag == UNTAGGED and reply.kind is not Kind.NEGATIVE


def ended(reply: Reply) -> bool:
    """A POP3 reply of several lines has its final dot; any other reply is ended by its form."""
    return len(reply.lines) == 1 or reply.lines[-1] == b"."


def _odd(line: bytes) -> Reply:
    return Reply(Kind.MALFORMED, (line,))


def _imap(lines: tuple[bytes, ...]) -> Reply | None:
    first, _, text = lines[-1].partition(b" ")
    kind = _IMAP_STATUS.get(text.split(b" ")[0].upper())
    tag = first.decode("latin-1")
    if tag == CONTINUATION:
        return Reply(Kind.CONTINUE, lines, CONTINUATION)
    if kind is not None:
        return Reply(kind, lines, tag)
    if tag == UNTAGGED:
        return None
    # nginx loses the tag of a line inside AUTHENTICATE: an empty tag, which tag_fidelity judges.
    if first in {b"BAD", b"NO"}:
        return Reply(Kind.NEGATIVE, lines, "")
    return Reply(Kind.MALFORMED, lines)


def _pop3(lines: tuple[bytes, ...]) -> Reply:
    status = _POP3_STATUS.match(lines[-1])
    return Reply(_POP3_KIND[status[1]], lines) if status else _odd(lines[-1])


def _continues(line: bytes, replies: list[Reply]) -> bool:
    """Whether a POP3 line belongs to the positive reply before it."""
    if not replies or not line.endswith(b"\r") or _POP3_STATUS.match(line[:-1]):
        return False
    last = replies[-1]
    return last.kind is Kind.POSITIVE and (len(last.lines) == 1 or last.lines[-1] != b".")


def _smtp(lines: tuple[bytes, ...]) -> Reply | None:
    line = _SMTP_LINE.match(lines[-1])
    if line is None or any(x[:3] != line[1] for x in lines):
        return Reply(Kind.MALFORMED, lines)
    if line[2] == b"-":
        return None
    code = line[1].decode()
    return Reply(Kind.BYE if code == "421" else _SMTP_KIND[code[0]], lines, code)
