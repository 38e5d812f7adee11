"""What scenarios say that is not the same on all three protocols."""

from __future__ import annotations

from base64 import b64encode

from conformance.harness.endpoint import Protocol
from conformance.harness.mail.words import Command, Verb
from conformance.harness.observation import Login

UNKNOWN = Command(Verb.RAW, "FROBNICATE")
STARTTLS_ARGUMENT = Command(Verb.STARTTLS, "frobnicate")
# Longer than any buffer for a line that nginx has (4096 bytes), or an RFC demands.
ENDLESS = Command(Verb.RAW, "x" * 70_000)
CANCEL = Command(Verb.RAW, "*", tagged=False)
NO_BASE64 = Command(Verb.RAW, "%%%", tagged=False)
EHLO_AGAIN = Command(Verb.CAPABILITIES, "again.example")
STRANGER = Login("waxseal-stranger", "not-a-password-of-anybody")

# A name in an EHLO that must not be heard again after the upgrade.
EHLO_BEFORE = Command(Verb.CAPABILITIES, "before-tls.example")


def raw(text: str, *, tagged: bool = True) -> Command:
    """One line, word for word."""
    return Command(Verb.RAW, text, tagged=tagged)


def base64(text: str) -> str:
    """For SASL."""
    return b64encode(text.encode()).decode()


def plain(login: Login) -> str:
    """The SASL PLAIN message, in base64."""
    return base64(f"\0{login.user}\0{login.password}")


def login_opening(protocol: Protocol, login: Login = STRANGER) -> Command:
    """The first command of a login, which a server that lets nobody in declines at once."""
    return {
        Protocol.IMAP: raw(f"LOGIN {login.user} {login.password}"),
        Protocol.POP3: raw(f"USER {login.user}"),
        Protocol.SMTP: raw("AUTH LOGIN"),
    }[protocol]


def login_opening_lower_case(protocol: Protocol, login: Login = STRANGER) -> Command:
    """The same with the verb in lower case."""
    words = login_opening(protocol, login).argument.split(" ", 1)
    return raw(" ".join([words[0].lower(), *words[1:]]))


def sasl_opening(protocol: Protocol) -> Command:
    """A SASL PLAIN exchange without an initial response: credentials would be asked for."""
    return raw("AUTHENTICATE PLAIN" if protocol is Protocol.IMAP else "AUTH PLAIN")


def sasl_initial(protocol: Protocol, login: Login = STRANGER) -> Command:
    """SASL PLAIN with its credentials at once."""
    return raw(f"{sasl_opening(protocol).argument} {plain(login)}")


def sasl(protocol: Protocol, mechanism: str) -> Command:
    """The opening of a SASL exchange."""
    return raw(f"{'AUTHENTICATE' if protocol is Protocol.IMAP else 'AUTH'} {mechanism}")


def sasl_response(login: Login) -> Command:
    """The response to SASL PLAIN's challenge."""
    return raw(plain(login), tagged=False)


def without_arguments(protocol: Protocol) -> Command:
    """A login's first command without what belongs behind it."""
    verb = {Protocol.IMAP: "LOGIN", Protocol.POP3: "USER", Protocol.SMTP: "AUTH"}[protocol]
    return raw(verb)


def literal_login(login: Login) -> tuple[Command, ...]:
    """IMAP's LOGIN with both arguments as literals, each sent when the server has asked for it."""
    user, password = login.user.encode(), login.password.encode()
    return (
        raw(f"LOGIN {{{len(user)}}}"),
        raw(f"{login.user} {{{len(password)}}}", tagged=False),
        raw(login.password, tagged=False),
    )


def long_argument(protocol: Protocol) -> Command:
    """A command with an argument as long as its RFC grants: POP3 40 octets, SMTP 255."""
    if protocol is Protocol.POP3:
        return raw(f"USER {'u' * 40}")
    domain = ".".join(["x" * 62] * 3 + ["x" * 58, "example"])
    return Command(Verb.CAPABILITIES, domain)


def on_mailbox(protocol: Protocol) -> Command:
    """A command that needs a mailbox, or in SMTP a sender."""
    return raw(
        {Protocol.IMAP: "SELECT INBOX", Protocol.POP3: "STAT", Protocol.SMTP: "DATA"}[protocol]
    )


def mixed_case(protocol: Protocol) -> Command:
    """A harmless command in mixed case."""
    return raw({Protocol.IMAP: "nOoP", Protocol.POP3: "cApA", Protocol.SMTP: "nOoP"}[protocol])


def injected(protocol: Protocol, tag: str = "x1") -> bytes:
    """A harmless command that would be answered if it were executed."""
    return {
        Protocol.IMAP: f"{tag} NOOP\r\n",
        Protocol.POP3: "CAPA\r\n",
        Protocol.SMTP: "EHLO injected.example\r\n",
    }[protocol].encode()


def injected_oddly(protocol: Protocol) -> bytes:
    """Several commands, in the spellings that get past a filter for the usual one."""
    return {
        Protocol.IMAP: b"x1  noop\r\nx2 CAPABILITY\nx3 NoOp\r\n",
        Protocol.POP3: b"noop\r\ncapa\nNoOp\r\n",
        Protocol.SMTP: b"noop\r\nehlo injected.example\nRSET\r\n",
    }[protocol]


def injected_partial(protocol: Protocol) -> bytes:
    """The beginning of a command: glued to the client's first line it breaks that."""
    return {Protocol.IMAP: b"x1 LOG", Protocol.POP3: b"XX", Protocol.SMTP: b"XX"}[protocol]


def injected_login(protocol: Protocol, login: Login) -> bytes:
    """A whole login, to be sent in clear behind STARTTLS."""
    return {
        Protocol.IMAP: f"x1 LOGIN {login.user} {login.password}\r\n",
        Protocol.POP3: f"USER {login.user}\r\nPASS {login.password}\r\n",
        Protocol.SMTP: f"AUTH PLAIN {plain(login)}\r\n",
    }[protocol].encode()


def clear_command(protocol: Protocol) -> bytes:
    """A harmless command as bytes, to be sent where a ClientHello is due."""
    return {Protocol.IMAP: b"x1 NOOP\r\n", Protocol.POP3: b"CAPA\r\n", Protocol.SMTP: b"NOOP\r\n"}[
        protocol
    ]


def asks_for_tls(line: bytes) -> bool:
    """The line is STARTTLS or STLS, with or without a tag."""
    return not {b"STARTTLS", b"STLS"}.isdisjoint(line.upper().split())


def half_login(protocol: Protocol, login: Login) -> tuple[tuple[Command, ...], Command]:
    """The first half of a login, and the second, which finishes one that was kept."""
    if protocol is Protocol.POP3:
        return (raw(f"USER {login.user}"),), raw(f"PASS {login.password}")
    first = (
        sasl(protocol, "LOGIN"),
        raw(base64(login.user), tagged=False),
        raw("*", tagged=False),
    )
    return first, raw(base64(login.password), tagged=False)
