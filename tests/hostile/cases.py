"""Who is hostile in which way, how he is addressed, and how a run on him has to end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.hostile import servers, tls_servers
from tests.hostile.servers import GREETINGS, Behaviour, talks
from tests.hostile.tls_servers import EVIL_NAME, inside

PLAIN = b"hello"
# How somebody is addressed: by host:port alone, by a scheme, or by claims of that protocol and way.
LOOK = ""
CLAIMED = ("imap starttls", "pop3 starttls", "smtp starttls", "imap tls", "pop3 tls", "smtp tls")


# What was seen is a deviation, or proves nothing, as it happens; green it is never.
OPEN, OPEN_WORDS = (1, 7), "NOT-CONFORMANT|NO-VERDICT|no verdict"


@dataclass(frozen=True)
class Case:
    """`statuses`: how the run may end. `words`: what one of its lines says, as a pattern."""

    name: str
    behave: Behaviour
    form: str
    statuses: tuple[int, ...]
    words: str

    def __str__(self) -> str:
        return f"{self.name}, {self.form or 'by looking'}"


def _silence() -> Iterator[Case]:
    mute = ((servers.silent, "says nothing"), (servers.reads_nothing, "says nothing"))
    gone = ((servers.closes, "closes? (it|them|the)"), (servers.resets, "reset|closes"))
    for behave, words in (*mute, *gone):
        yield Case(behave.__name__, behave, LOOK, (7,), words)
    yield Case("silent", servers.silent, "imap starttls", (7,), "says nothing within")
    yield Case("closes", servers.closes, "smtp tls", (7,), "closes it without a word")
    yield Case(
        "silent behind STARTTLS", talks("pop3", servers.silent, PLAIN), LOOK, (7,), "NO-VERDICT"
    )
    yield Case("silent inside TLS", inside(servers.silent), "imap tls", (7,), "NO-VERDICT")


def _too_much() -> Iterator[Case]:
    yield Case("pop3 flood", servers.flood("pop3"), LOOK, OPEN, OPEN_WORDS)
    yield Case("flood", servers.flood("imap"), "imap starttls", (7,), "NO-VERDICT")
    yield Case("flood inside TLS", inside(servers.flood("smtp")), "smtp tls", (7,), "NO-VERDICT")
    yield Case(
        "flood behind STARTTLS",
        talks("imap", tls_servers.clear_flood),
        LOOK,
        (1,),
        "NOT-CONFORMANT",
    )
    yield Case("endless line", servers.endless_line, LOOK, (7,), "says")
    yield Case("endless line", servers.endless_line, "imap starttls", (1,), "NOT-CONFORMANT")
    yield Case("drip", servers.drip, LOOK, (7,), "says")
    yield Case("drip", servers.drip, "imap tls", OPEN, OPEN_WORDS)
    yield Case("endless list", servers.endless_list, LOOK, (7,), "does not answer EHLO")
    yield Case("long literal", servers.long_literal, "imap starttls", OPEN, OPEN_WORDS)
    yield Case("NULs", servers.nothing_but_nuls, LOOK, (7,), "is no IMAP")


def _something_else() -> Iterator[Case]:
    yield Case("HTTP", servers.page, LOOK, (7,), "is no IMAP, POP3 or SMTP server, it says")
    yield Case("HTTP", servers.page, "imap starttls", (1,), "NOT-CONFORMANT")
    yield Case("SSH", servers.ssh, LOOK, (7,), "it says .SSH-2.0")
    yield Case("not UTF-8", servers.not_utf8, LOOK, (7,), r"it says .\\xff\\xfe")
    yield Case("421", servers.busy, LOOK, (7,), "greets with a refusal: .421 too busy")
    yield Case("BYE", servers.bye, "imap starttls", (1,), "NOT-CONFORMANT")
    turns = (talks("imap", text=PLAIN), talks("pop3", text=PLAIN), servers.closes, servers.page)
    yield Case("changing", servers.changing(*turns), LOOK, (1,), "NOT-CONFORMANT")
    few = servers.limited(6, talks("smtp", inside(quiet("smtp")), PLAIN))
    yield Case("421 after six", few, LOOK, (1,), "421 too busy")
    for protocol in GREETINGS:
        evil = talks(protocol, inside(talks(protocol, greets=False), EVIL_NAME))
        # What he says is as bad as can be, and what he does mostly right.
        yield Case(f"{protocol} with evil texts", evil, LOOK, (0, *OPEN), "CONFORMANT|NO-VERDICT")


def _in_tls() -> Iterator[Case]:
    """What stands where a ServerHello is due, at once or behind STARTTLS."""
    names = (
        "garbage", "stalls", "alert_storm", "unknown_alert", "empty_records", "crumbs",
        "endless_certificate", "endless_hello_requests", "compressed_bomb",
        "ten_thousand_authorities",
    )  # fmt: skip
    for number, name in enumerate(names):
        behave = getattr(tls_servers, name)
        protocol, way = [*GREETINGS][number % 3], ("tls", "starttls")[number % 2]
        act = behave if way == "tls" else talks(protocol, behave, PLAIN)
        yield Case(name, act, f"{protocol} {way}", OPEN, OPEN_WORDS)


def quiet(protocol: str) -> Behaviour:
    """What a server of that protocol that means no harm says inside TLS."""
    return talks(protocol, text=PLAIN, greets=False)


CASES = [*_silence(), *_too_much(), *_something_else(), *_in_tls()]
