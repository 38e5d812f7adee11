"""What a client might say in each protocol, as data, simple before odd.

The order matters: shrinking moves towards the front of each list. `#` is the
tag of the line's position (see `stream`). Nobody is called `waxseal`, so no
login of that name succeeds; `%user%` and the like may (see `account`).
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.harness.endpoint import Protocol

_NOBODY = b"AHdheHNlYWwAd2F4c2VhbA=="


@dataclass(frozen=True)
class Alphabet:
    """The words of one protocol, without line ends.

    `harmless` are commands that any server takes in its first state, `logins`
    ask for an account, `odd` are nearly valid or hostile, `answers` are what a
    challenge asks for. `opening` is what the executor says first inside TLS:
    its answers differ in form from each other, so that an answer too many shows;
    `closing` ends every stream. `introduction` comes right behind the greeting,
    where servers take nothing else before it. `torn` are the halves of exchanges
    that an upgrade must not survive, `prefixes` what an endless line begins with.
    `survey` is what the control of all streams says on either side of the upgrade (its
    first) and inside alone (the others): what is offered, and how the second half of a
    login is refused that has no first. `unknown` is what no server knows.
    """

    upgrades: tuple[bytes, ...]
    harmless: tuple[bytes, ...]
    logins: tuple[bytes, ...]
    odd: tuple[bytes, ...]
    answers: tuple[bytes, ...]
    opening: tuple[bytes, ...]
    closing: tuple[bytes, ...]
    torn: tuple[tuple[bytes, bytes], ...]
    prefixes: tuple[bytes, ...]
    survey: tuple[bytes, ...]
    unknown: bytes
    introduction: tuple[bytes, ...] = ()

    @property
    def exchanges(self) -> tuple[bytes, ...]:
        """The logins that are asked for answers."""
        return tuple(x for x in self.logins if x.endswith((b"PLAIN", b"LOGIN", b"CRAM-MD5")))


LINE_ENDS = (b"\r\n", b"\n", b" \r\n", b"\r\r\n", b"\r", b"\x00\r\n", b"\t\r\n", b"\r\n\r\n")

_ANSWERS = (b"dw==", _NOBODY, b"*", b"=", b"!!!!", b"")
# What other protocols say, and what no protocol does.
_FOREIGN = (
    b"XXXX",
    b"HELP",
    b"GET / HTTP/1.1",
    b"POST / HTTP/1.1\r\nHost: a\r\n\r\n<script>",
    b"Host: a",
    b"\xff\xfe",
    b"N\xc3\x96\xc3\x96P",
    b"NO\x00OP",
    b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
    b"\x1b[31mNOOP",
    b"NOOP\rNOOP",
    b"NOOP\nNOOP",
    b"",
    b"A" * 70,
    b"A" * 600,
)

# What no server knows, and what none of these protocols can take for a command.
UNKNOWN = b"XXXX"
NONSENSE = (UNKNOWN, b"GET / HTTP/1.1", b"Host: a")

_IMAP = Alphabet(
    upgrades=(
        b"# STARTTLS",
        b"# starttls",
        b"# STARTTLS ",
        b"#  STARTTLS",
        b"# STARTTLS now",
        b"# StartTLS",
    ),
    harmless=(b"# NOOP", b"# CAPABILITY", b"# noop", b"# NOOP x"),
    logins=(
        b"# LOGIN waxseal waxseal",
        b'# login "waxseal" "waxseal"',
        b"# AUTHENTICATE PLAIN",
        b"# AUTHENTICATE LOGIN",
        b"# AUTHENTICATE PLAIN " + _NOBODY,
        b"# AUTHENTICATE CRAM-MD5",
        b"# LOGIN {7}",
        b"# LOGIN {7+}",
        b"waxseal {7+}",
        b"# LOGIN %user% %password%",
    ),
    odd=(
        b"# SELECT INBOX",
        b"# LOGIN waxseal",
        b"# LOGIN {2+}",
        b'# LOGIN "waxseal',
        b'# LOGIN "wax\\"seal" x',
        b"# LOGIN {0}",
        b"# LOGIN {99999999999999999999}",
        b"#",
        b"# ",
        b" NOOP",
        b"NOOP",
        b"* NOOP",
        b"+ NOOP",
        b"a.b-c NOOP",
        b'"a" NOOP',
        b"0123456789012345678901234567890123456789 NOOP",
        b"#\tNOOP",
        b"# XXXX",
        b"# ID NIL",
        b"# LOGOUT",
        b"EHLO waxseal.invalid",
        b"STLS",
        b"# LOGIN {7+}\r\nwaxseal {7+}\r\nwaxseal",
        b"# NOOP {3+}\r\nabc",
        b"# USER waxseal",
        b"MAIL FROM:<waxseal@waxseal.invalid>",
        *_FOREIGN,
    ),
    answers=_ANSWERS,
    opening=(b"NOOP",),
    closing=(b"NOOP", b"LOGOUT"),
    torn=(
        (b"# AUTHENTICATE PLAIN", _NOBODY),
        (b"# AUTHENTICATE LOGIN", b"dw=="),
        (b"# LOGIN {7}", b"waxseal waxseal"),
        (b"# LOGIN {7+}", b"waxseal waxseal"),
        (b"# AUTHENTICATE PLAIN", b"*"),
        (b"# AUTHENTICATE PLAIN", b"%plain%"),
    ),
    prefixes=(b"", b"# ", b"# NOOP ", b"# LOGIN ", b"# AUTHENTICATE PLAIN ", b'# LOGIN "'),
    survey=(b"# CAPABILITY",),
    unknown=b"# " + UNKNOWN,
)

_POP3 = Alphabet(
    upgrades=(b"STLS", b"stls", b"STLS ", b"STLS now", b"Stls"),
    harmless=(b"CAPA", b"NOOP", b"capa", b"noop"),
    logins=(
        b"USER waxseal",
        b"PASS waxseal",
        b"user waxseal",
        b"AUTH PLAIN",
        b"AUTH LOGIN",
        b"AUTH PLAIN " + _NOBODY,
        b"AUTH CRAM-MD5",
        b"APOP waxseal 0123456789abcdef0123456789abcdef",
        b"AUTH PLAIN %plain%",
        b"USER %user%",
        b"PASS %password%",
    ),
    odd=(
        b"STAT",
        b"AUTH",
        b"USER",
        b"RETR 1",
        b" NOOP",
        b"NO OP",
        b"CAPA x y z w",
        b"QUIT",
        b"a1 NOOP",
        b"STARTTLS",
        b"EHLO waxseal.invalid",
        b"a1 LOGIN waxseal waxseal",
        b"USER {7+}",
        b"MAIL FROM:<waxseal@waxseal.invalid>",
        *_FOREIGN,
    ),
    answers=_ANSWERS,
    opening=(b"CAPA", b"NOOP"),
    closing=(b"CAPA", b"QUIT"),
    torn=(
        (b"USER waxseal", b"PASS waxseal"),
        (b"USER %user%", b"PASS %password%"),
        (b"AUTH PLAIN", _NOBODY),
        (b"AUTH LOGIN", b"dw=="),
        (b"AUTH LOGIN\r\ndw==", b"dw=="),
        (b"AUTH PLAIN", b"*"),
    ),
    prefixes=(b"", b"USER ", b"NOOP ", b"AUTH PLAIN "),
    survey=(b"CAPA", b"PASS waxseal"),
    unknown=UNKNOWN,
)

_SMTP = Alphabet(
    upgrades=(b"STARTTLS", b"starttls", b"STARTTLS ", b"STARTTLS now", b"StartTLS"),
    harmless=(b"NOOP", b"EHLO waxseal.invalid", b"RSET", b"ehlo waxseal.invalid", b"HELO waxseal"),
    logins=(
        b"AUTH PLAIN",
        b"AUTH LOGIN",
        b"AUTH PLAIN " + _NOBODY,
        b"auth login",
        b"AUTH CRAM-MD5",
        b"AUTH PLAIN %plain%",
        b"MAIL FROM:<waxseal@waxseal.invalid>",
        b"RCPT TO:<waxseal@waxseal.invalid>",
    ),
    odd=(
        b"EHLO",
        b"VRFY waxseal",
        b"AUTH",
        b"MAIL FROM:<>",
        b"RCPT TO",
        b" NOOP",
        b"NO OP",
        b"QUIT",
        b"a1 NOOP",
        b"STLS",
        b"USER waxseal",
        b"a1 LOGIN waxseal waxseal",
        b"EHLO {3+}\r\nabc",
        b"BDAT 5 LAST\r\nNOOP",
        b"DATA",
        *_FOREIGN,
    ),
    answers=_ANSWERS,
    opening=(b"EHLO waxseal.invalid", b"NOOP"),
    closing=(b"NOOP", b"QUIT"),
    torn=(
        (b"MAIL FROM:<waxseal@waxseal.invalid>", b"RCPT TO:<waxseal@waxseal.invalid>"),
        (b"MAIL FROM:<waxseal@waxseal.invalid>", b"RCPT TO:<waxseal@waxseal.invalid>"),
        (b"AUTH PLAIN", _NOBODY),
        (b"AUTH LOGIN", b"dw=="),
        (b"AUTH PLAIN", b"*"),
        (b"AUTH PLAIN", b"%plain%"),
    ),
    prefixes=(b"", b"EHLO ", b"NOOP ", b"AUTH PLAIN ", b"MAIL FROM:<"),
    survey=(b"EHLO waxseal.invalid", b"RCPT TO:<waxseal@waxseal.invalid>"),
    unknown=UNKNOWN,
    introduction=(b"EHLO waxseal.example",),
)

ALPHABETS = {Protocol.IMAP: _IMAP, Protocol.POP3: _POP3, Protocol.SMTP: _SMTP}
# Said anywhere in a layer, these may end it whatever stands around them.
GOODBYES = (b"QUIT", b"LOGOUT")
# Said anywhere in a layer, these may have the server ask somebody else first.
LOGINS = (b"LOGIN", b"AUTH", b"PASS", b"APOP", b"MAIL", b"RCPT")
