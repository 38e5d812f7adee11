"""Conversations with a mail proxy, read from `dialogues/`: who is talked to, and what is said.

Each file is one subject, a list of groups. A group names a server of `servers.toml`, the clauses of
the catalogue of nginx's behaviour that it tests, and what is said before and after each of
its conversations; `say` holds these, by their ids. A step is one of

    text             a line, or several; its CR LF is added
    {raw = text}     bytes as they are (`times`: so often); then the reply is waited for
    {now = text}     bytes as they are, and nothing is waited for
    {drip = text}    a line that is sent byte by byte
    {corked = text}  bytes as they are, in one packet with what comes next
    <tls>            TLS; <certificate>: with a client certificate
    <nothing>        only waits for what comes; <pause>: for a moment, whatever comes
    <fin>            the client ends its direction, and waits for the end; <bye>: it ends TLS
    <at once>        (first) does not wait for the greeting

In texts `{b64:…}` is put into base64, `{number}` is two bytes of the conversation's own, `{id}`
its number, `{source}` the address that it comes from and `{proxied}` another that is its own.

`DIFFERENCES` are those in which the reference departs from nginx 1.22.1, and why. Run as a program,
this prints the clauses and the conversations that test them.
"""

from __future__ import annotations

import base64
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DIALOGUES = Path(__file__).with_name("dialogues")
SUBJECTS = (
    "imap",
    "imap_arguments",
    "pop3",
    "smtp",
    "sasl",
    "starttls",
    "auth_answers",
    "back_ends",
    "limits",
    "proxy_protocol",
    "drawn_answers",
    "drawn_back_ends",
    "drawn_headers",
    "drawn_dialogues",
    "departures",
)
FIRST_PORT = 20000
OWN_NETWORK, PROXIED_NETWORK = 200, 210
# The catalogue's sections 3 and 4: how many clauses each group has.
CATALOGUE = {
    "ST-TXT": 4, "ST-CAP": 5, "ST-CMD": 11, "ST-ONLY": 7, "ST-INJ": 5, "ST-PIPE": 1, "ST-PAR": 9,
    "ST-IMAP": 15, "ST-POP": 4, "ST-SMTP": 4, "ST-SASL": 8, "ST-ERR": 2, "ST-TMO": 4,
    "AH-REQ": 14, "AH-SSL": 9, "AH-RSP": 14, "AH-BK": 3, "AH-SEC": 5,
}  # fmt: skip
CLAUSES = frozenset(
    f"{group}-{number:02}" for group, most in CATALOGUE.items() for number in range(1, most + 1)
)
UNTESTED = {"AH-REQ-11": "names from a resolver, which the reference does not ask"}
_VERBS = ("<tls>", "<certificate>", "<nothing>", "<pause>", "<fin>", "<bye>", "<at once>")
_FORMS = re.compile(r"\{(b64:[^}]*|number|id|source|proxied)\}")


@dataclass(frozen=True)
class Step:
    """What the client does: a verb in `<>`, or `text` to send in the way that `how` says."""

    how: str
    text: str = ""


@dataclass(frozen=True)
class Conversation:
    """One conversation; `reason` is why nginx and the reference differ in it, mostly none."""

    name: str
    number: int
    server: str
    clauses: tuple[str, ...]
    steps: tuple[Step, ...]
    reason: str

    def spoken(self, step: Step) -> bytes:
        """The bytes of a step, as this conversation's client sends them."""

        def form(match: re.Match[str]) -> str:
            word = match[1]
            if word.startswith("b64:"):
                return base64.b64encode(word[4:].encode("latin-1")).decode()
            if word == "id":
                return str(self.number)
            if word == "number":
                return "".join(map(chr, halves(self.number)))
            return address(OWN_NETWORK if word == "source" else PROXIED_NETWORK, self.number)

        return _FORMS.sub(form, step.text).encode("latin-1")


@dataclass(frozen=True)
class Server:
    """One `server {}` of the configuration that both proxies get."""

    name: str
    port: int
    protocol: str
    listen: str
    more: str

    @property
    def greets(self) -> bool:
        """Whether it speaks first."""
        return not self.listen


def halves(number: int) -> tuple[int, int]:
    """Two bytes that make an address, never ending in 0."""
    return number // 200, number % 200 + 1


def address(network: int, number: int) -> str:
    high, low = halves(number)
    return f"127.{network}.{high}.{low}"


def number_of(text: str) -> int | None:
    """Undo `address`; None for an address of nobody."""
    parts = text.split(".")
    if len(parts) != 4 or parts[1] not in (str(OWN_NETWORK), str(PROXIED_NETWORK)):
        return None
    return int(parts[2]) * 200 + int(parts[3]) - 1


def read(name: str) -> dict[str, Any]:
    return tomllib.loads((DIALOGUES / f"{name}.toml").read_text("utf-8"))


def table(name: str) -> dict[str, Any]:
    """What all files together say under this name: `answers` of the auth server, `behaviours`."""
    return {
        key: value for subject in SUBJECTS for key, value in read(subject).get(name, {}).items()
    }


def _step(value: str | dict[str, Any]) -> Step:
    if isinstance(value, dict):
        (how, text), *more = value.items()
        assert how in ("raw", "now", "drip", "corked"), value
        times = dict(more).get("times", 1)
        return Step(how, text * times)
    if value.startswith("<"):
        assert value in _VERBS, value
        return Step(value)
    return Step("raw", value if value.endswith("\n") else value + "\r\n")


def _steps(group: dict[str, Any], said: Any) -> tuple[Step, ...]:
    middle = said if isinstance(said, list) else [said]
    return tuple(map(_step, [*group.get("before", ()), *middle, *group.get("after", ())]))


def _rows() -> Iterator[Conversation]:
    reasons = read("departures")["reasons"]
    number = 0
    for subject in SUBJECTS:
        for group in read(subject)["group"]:
            servers = group["server"] if isinstance(group["server"], list) else [group["server"]]
            for server in servers:
                for name, said in group["say"].items():
                    full = f"{subject}.{name}" + (f"-{server}" if len(servers) > 1 else "")
                    reason = reasons[group["differs"]] if "differs" in group else ""
                    clauses = tuple(group.get("clauses", ()))
                    steps = _steps(group, said)
                    yield Conversation(full, number, server, clauses, steps, reason)
                    number += 1


def _servers() -> Iterator[Server]:
    for number, (name, more) in enumerate(read("servers").items()):
        listen, _, rest = more.partition("|")
        yield Server(
            name, FIRST_PORT + number, name.partition("-")[0], listen.strip(), rest.strip()
        )


SERVERS = {server.name: server for server in _servers()}
ROWS = tuple(_rows())
DIFFERENCES = {row.name: row.reason for row in ROWS if row.reason}


def covered() -> dict[str, list[str]]:
    """Clause -> the conversations that test it."""
    table: dict[str, list[str]] = {}
    for row in ROWS:
        for clause in row.clauses:
            table.setdefault(clause, []).append(row.name)
    return dict(sorted(table.items()))


if __name__ == "__main__":
    for clause, names in covered().items():
        print(f"{clause:14} {len(names):4}  {', '.join(names[:3])}{' …' if len(names) > 3 else ''}")
