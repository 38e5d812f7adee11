"""What a user may write as a target's address, and what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..endpoint import Protocol, Way

# Schemes: protocol, way into TLS where the scheme settles it, the port that goes without saying.
SCHEMES: dict[str, tuple[Protocol, Way | None, int]] = {
    "imap": (Protocol.IMAP, None, 143),
    "imaps": (Protocol.IMAP, Way.IMPLICIT, 993),
    "pop3": (Protocol.POP3, None, 110),
    "pop3s": (Protocol.POP3, Way.IMPLICIT, 995),
    "smtp": (Protocol.SMTP, None, 25),
    "smtps": (Protocol.SMTP, Way.IMPLICIT, 465),
}
# What a port may be called.
PORT_NAMES = {
    **{name: port for name, (_, _, port) in SCHEMES.items()},
    "submission": 587,
    "submissions": 465,
}
FORMS = "host:port, or imap:// imaps:// pop3:// pop3s:// smtp:// smtps:// with host[:port]"


class AddressError(ValueError):
    """The text is no address. One line, which repeats no password."""


@dataclass(frozen=True)
class Address:
    """An address as written: None stands for what it leaves open.

    `way` is IMPLICIT for the schemes with an s, else open. A scheme brings its port.
    """

    host: str
    port: int | None = None
    protocol: Protocol | None = None
    way: Way | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = "" if self.protocol is None else self.protocol + ("s" if self.way else "") + "://"
        return scheme + (host if self.port is None else f"{host}:{self.port}")


def parse_address(text: str) -> Address:
    """`host:port`, `[v6]:port`, a bare host, or `SCHEME://host[:port]`; a port may be `imaps`.

    Raises `AddressError`.
    """
    scheme, separator, place = text.strip().rpartition("://")
    if "@" in place:
        raise AddressError(
            "an address takes no user and password; use --login USER and WAXSEAL_PASSWORD"
        )
    if separator and scheme.lower() not in SCHEMES:
        raise AddressError(f"unknown scheme {scheme[:40]!r}; an address is {FORMS}")
    host, port = _host_and_port(place.removesuffix("/") if separator else place)
    if not separator:
        return Address(host, port)
    protocol, way, usual_port = SCHEMES[scheme.lower()]
    return Address(host, usual_port if port is None else port, protocol, way)


def _host_and_port(place: str) -> tuple[str, int | None]:
    shown = ascii(place[:80])
    if not place:
        raise AddressError(f"an empty address; an address is {FORMS}")
    if re.search(r"[/?#]", place):
        raise AddressError(f"a path makes no sense in a mail address: {shown}")
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\s:\[\]]+))(?::(.*))?", place)
    if found is None:
        hint = "; an IPv6 address goes in brackets" if place.count(":") > 1 else ""
        raise AddressError(f"no host in {shown}{hint}")
    host = found[1] or found[2]
    if not _may_be_a_host(host):
        raise AddressError(f"no host can be called that: {shown}")
    return host, None if found[3] is None else _port(found[3], shown)


def _may_be_a_host(name: str) -> bool:
    try:
        return name.isprintable() and bool(name.encode("idna"))
    except UnicodeError:
        return False


def _port(text: str, shown: str) -> int:
    if text.lower() in PORT_NAMES:
        return PORT_NAMES[text.lower()]
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        names = ", ".join(PORT_NAMES)
        raise AddressError(f"not a port from 1 to 65535, nor one of {names}: {shown}")
    return int(text)
