"""The IMAP back end (RFC 3501, 2177): log in, list, select, fetch, flag, idle."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .backend import BackEnd, text
from .mailboxes import SEEN, Mailbox, Stored
from .peer import LINE_LIMIT, Gone

CAPABILITIES = b"IMAP4rev1 LITERAL+ SASL-IR IDLE UIDPLUS NAMESPACE AUTH=PLAIN AUTH=LOGIN"

_LITERAL = re.compile(rb"\{(\d{1,9})(\+?)\}$")
_TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*)"|([^\s()"]+)')
_ITEM = re.compile(rb"[A-Z0-9.]+(?:\[[^\]]*\])?")
_NO_LOGIN_NEEDED = frozenset({b"CAPABILITY", b"NOOP", b"ID", b"LOGIN", b"AUTHENTICATE", b"LOGOUT"})


@dataclass(frozen=True)
class _Command:
    """A command with its literals read: `text` stood on the lines, `words` are the arguments."""

    tag: bytes
    verb: bytes
    text: bytes
    words: list[bytes]


class ImapBackEnd(BackEnd):
    """An IMAP conversation."""

    selected = False

    async def greet(self) -> None:
        """`* OK`."""
        await self.peer.say(b"* OK back end ready")

    async def converse(self, line: bytes) -> None:
        """One command, with its literals."""
        command = await self._complete(line)
        match command.verb:
            case verb if verb not in _NO_LOGIN_NEEDED and self.mailbox is None:
                await self.peer.say(command.tag + b" BAD not now or not known")
            case b"LOGIN" | b"AUTHENTICATE":
                await self._login(command)
            case b"LOGOUT":
                self.over = True
                await self.peer.say(b"* BYE bye", command.tag + b" OK done")
            case b"IDLE":
                await self.peer.say(b"+ idling")
                await self.peer.line()
                await self.peer.say(command.tag + b" OK done")
            case _:
                await self._answer(command)

    async def _complete(self, line: bytes) -> _Command:
        tag, _, rest = line.partition(b" ")
        verb, _, rest = rest.partition(b" ")
        written, words = b"", []
        while literal := _LITERAL.search(rest):
            size = int(literal[1])
            if size > LINE_LIMIT:
                raise Gone("a literal beyond all bounds")
            if not literal[2]:
                await self.peer.say(b"+ go ahead")
            written += rest[: literal.start()]
            words += _words(rest[: literal.start()])
            data, rest = await self.peer.literal(size)
            words.append(data)
        return _Command(tag, verb.upper(), written + rest, words + _words(rest))

    async def _login(self, command: _Command) -> None:
        credentials = None
        match command.verb, command.words:
            case b"LOGIN", [user, password]:
                credentials = text(user), text(password)
            case b"AUTHENTICATE", [mechanism, *initial]:
                credentials = await self.sasl(mechanism, initial[0] if initial else None)
        if self.admit(credentials):
            # One line only: nginx before 1.27.3 takes the first line for the result.
            await self.peer.say(command.tag + b" OK logged in")
        else:
            await self.peer.say(command.tag + b" NO invalid login or password")

    async def _answer(self, command: _Command) -> None:
        """A command that is answered at once: data lines, then the tagged result."""
        by_uid = command.verb == b"UID"
        if by_uid:
            verb, _, rest = command.text.partition(b" ")
            command = _Command(command.tag, verb.upper(), rest, command.words[1:])
        lines = self._state_data(command)
        if lines is None and self.mailbox is not None and self.selected:
            try:
                lines = _mailbox_data(command, self.mailbox, by_uid)
            except ValueError:
                lines = None
        if lines is None:
            await self.peer.say(command.tag + b" BAD not now or not known")
        else:
            await self.peer.say(*lines, command.tag + b" OK done")

    def _state_data(self, command: _Command) -> list[bytes] | None:
        """Data lines of what needs no selected mailbox; None: unknown."""
        messages = self.mailbox.messages if self.mailbox else []
        match command.verb:
            case b"CAPABILITY":
                return [b"* CAPABILITY " + CAPABILITIES]
            case b"NOOP":
                return []
            case b"ID":
                return [b"* ID NIL"]
            case b"NAMESPACE":
                return [b'* NAMESPACE (("" "/")) NIL NIL']
            case b"LIST" | b"LSUB":
                return [b'* %s () "/" INBOX' % command.verb]
            case b"STATUS":
                counts = b"MESSAGES %d RECENT 0 UIDNEXT 100 UIDVALIDITY 1 UNSEEN %d"
                return [b"* STATUS INBOX (" + counts % (len(messages), _unseen(messages)) + b")"]
            case b"SELECT" | b"EXAMINE" if [w.upper() for w in command.words] == [b"INBOX"]:
                self.selected = True
                return [
                    b"* FLAGS (\\Seen \\Deleted \\Answered \\Flagged)",
                    b"* %d EXISTS" % len(messages),
                    b"* 0 RECENT",
                    b"* OK [UIDVALIDITY 1] fixed",
                    b"* OK [UIDNEXT 100] fixed",
                ]
            case b"CLOSE" | b"UNSELECT" if self.selected:
                self.selected = False
                return []
            case _:
                return None


def _words(written: bytes) -> list[bytes]:
    """The arguments in a stretch of a line: atoms and quoted strings, parentheses left out."""
    return [
        token[2] if token[1] is None else re.sub(rb"\\(.)", rb"\1", token[1])
        for token in _TOKEN.finditer(written)
    ]


def _unseen(messages: list[Stored]) -> int:
    return sum(SEEN not in message.flags for message in messages)


def _mailbox_data(command: _Command, mailbox: Mailbox, by_uid: bool) -> list[bytes] | None:
    """Data lines of what works on a selected mailbox; None: unknown. Raises ValueError."""
    numbers, _, rest = command.text.partition(b" ")
    match command.verb:
        case b"FETCH":
            chosen = list(mailbox.selected(numbers, by_uid))
            return [_fetched(number, message, rest.upper(), by_uid) for number, message in chosen]
        case b"STORE":
            return [
                _stored(number, message, rest, by_uid)
                for number, message in mailbox.selected(numbers, by_uid)
            ]
        case b"SEARCH":
            found = [
                message.uid if by_uid else number
                for number, message in mailbox.selected(b"1:*", False)
                if not (b"UNSEEN" in command.text.upper() and SEEN in message.flags)
            ]
            return [b" ".join([b"* SEARCH", *(b"%d" % number for number in found)])]
        case b"EXPUNGE":
            return [b"* %d EXPUNGE" % number for number in mailbox.expunge()]
        case b"CHECK":
            return []
        case _:
            return None


def _fetched(number: int, message: Stored, wanted: bytes, by_uid: bool) -> bytes:
    items = _ITEM.findall(wanted)
    if by_uid and b"UID" not in items:
        items.insert(0, b"UID")
    return b"* %d FETCH (%s)" % (number, b" ".join(_item(item, message) for item in items))


def _item(item: bytes, message: Stored) -> bytes:
    """One FETCH item with its value. Raises ValueError for one we do not have."""
    match item:
        case b"UID":
            return b"UID %d" % message.uid
        case b"FLAGS":
            return b"FLAGS (%s)" % b" ".join(sorted(message.flags))
        case b"RFC822.SIZE":
            return b"RFC822.SIZE %d" % len(message.content)
        case b"INTERNALDATE":
            return b'INTERNALDATE "05-Jan-2026 10:00:00 +0000"'
        case b"RFC822" | b"BODY[]" | b"BODY.PEEK[]":
            content = message.content
        case b"RFC822.TEXT" | b"BODY[TEXT]" | b"BODY.PEEK[TEXT]" | b"BODY[1]" | b"BODY.PEEK[1]":
            content = message.body
        case _ if item == b"RFC822.HEADER" or b"[HEADER" in item:
            content = message.header
        case _:
            raise ValueError(item)
    if b"PEEK" not in item and item != b"RFC822.HEADER":
        message.flags.add(SEEN)
    return b"%s {%d}\r\n%s" % (item.replace(b".PEEK", b""), len(content), content)


def _stored(number: int, message: Stored, change: bytes, by_uid: bool) -> bytes:
    flags = set(re.findall(rb"\\\w+", change))
    match change[:1]:
        case b"+":
            message.flags |= flags
        case b"-":
            message.flags -= flags
        case _:
            message.flags = flags
    items = (b"UID " + b"%d " % message.uid if by_uid else b"") + _item(b"FLAGS", message)
    return b"* %d FETCH (%s)" % (number, items)
