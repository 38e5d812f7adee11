"""Where a listener is and how one gets into TLS there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Protocol(StrEnum):
    """A mail protocol, by the name nginx's `protocol` directive gives it."""

    IMAP = "imap"
    POP3 = "pop3"
    SMTP = "smtp"


class Way(StrEnum):
    """The way into TLS: at once, by STARTTLS/STLS, or not at all."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True)
class Endpoint:
    """An address, the protocol spoken there, and the way into TLS."""

    host: str
    port: int
    protocol: Protocol
    way: Way

    @property
    def address(self) -> str:
        """`host:port`, with an IPv6 host in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def __str__(self) -> str:
        scheme = self.protocol + ("s" if self.way is Way.IMPLICIT else "")
        return f"{scheme}://{self.address}"
