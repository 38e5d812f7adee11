"""A mailbox as the back ends show it: a message waits in it, and changes last one session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# A line that starts with a dot, so that POP3's stuffing is seen to be undone.
WELCOME = (
    b"Date: Mon, 05 Jan 2026 10:00:00 +0000\r\n"
    b"From: postmaster@backend.test\r\n"
    b"To: %s@backend.test\r\n"
    b"Subject: A message at the back end\r\n"
    b"Message-ID: <welcome@backend.test>\r\n"
    b"\r\n"
    b"You read this through a proxy.\r\n"
    b".A line with a dot in front.\r\n"
)

SEEN, DELETED = b"\\Seen", b"\\Deleted"


@dataclass
class Stored:
    """A message in a mailbox: its UID (also POP3's number), content with CRLF, and IMAP flags."""

    uid: int
    content: bytes
    flags: set[bytes] = field(default_factory=set)

    @property
    def header(self) -> bytes:
        """The header lines with the empty line that ends them."""
        return self.content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"

    @property
    def body(self) -> bytes:
        """What follows the header."""
        return self.content.partition(b"\r\n\r\n")[2]


class Mailbox:
    """One user's messages, in order."""

    def __init__(self, user: str) -> None:
        name = re.sub(r"[^A-Za-z0-9.-]", "_", user).encode()
        self.messages = [Stored(1, WELCOME % name)]

    def selected(self, numbers: bytes, by_uid: bool) -> Iterator[tuple[int, Stored]]:
        """Messages with their sequence numbers, of an IMAP sequence set such as `1:3,7,*`.

        What the set names and the mailbox lacks is left out. Raises ValueError on
        what is no set.
        """
        wanted = [self._range(part, by_uid) for part in numbers.split(b",")]
        for number, message in enumerate(self.messages, 1):
            key = message.uid if by_uid else number
            if any(low <= key <= high for low, high in wanted):
                yield number, message

    def expunge(self) -> list[int]:
        """Remove what is flagged deleted; the sequence numbers as EXPUNGE responses give them."""
        gone = [i for i, message in enumerate(self.messages, 1) if DELETED in message.flags]
        self.messages = [message for message in self.messages if DELETED not in message.flags]
        return [number - before for before, number in enumerate(gone)]

    def _range(self, part: bytes, by_uid: bool) -> tuple[int, int]:
        last = (self.messages[-1].uid if by_uid else len(self.messages)) if self.messages else 0
        low, _, high = part.partition(b":")
        ends = [last if end == b"*" else int(end) for end in (low, high or low)]
        return min(ends), max(ends)
