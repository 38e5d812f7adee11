"""What a listener claims of its sessions: caches, their time, the keys of tickets."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.directives import size
from conformance.harness.endpoint import Way
from conformance.harness.times import seconds
from conformance.harness.tls.tickets import TicketKey, ticket_key
from conformance.listener import Listener, Unreadable
from conformance.premises import premises

# Nobody is made to wait for the end of a session that lasts longer, in seconds.
LONGEST_TIMEOUT = 2
# Whoever comes back at once may still take that long, where the machine is busy.
AT_ONCE = 10
# Fewer than that may be pushed out by what is seen of other listeners meanwhile.
FEW = 500
BYTES_EACH = 256


@dataclass(frozen=True)
class Cache:
    """`ssl_session_cache` after nginx's rules: the mode, and the zone's name where it is shared.

    `mode` is `off`, `none`, `builtin`, `shared` or `both`.
    """

    mode: str
    zone: str = ""

    @property
    def remembers(self) -> bool:
        """Sessions can be resumed by their id."""
        return self.mode in ("builtin", "shared", "both")


def cache(listener: Listener) -> Cache:
    """The claimed cache: `off` and `none` win over a zone, the last of several zones counts."""
    builtin, zone = "", ""
    for word in listener.values("ssl_session_cache"):
        kind, _, rest = word.partition(":")
        if kind == "shared":
            zone = rest.partition(":")[0]
        else:
            builtin = kind
    if builtin in ("off", "none"):
        return Cache(builtin)
    if not zone:
        return Cache(builtin or "none")
    return Cache("both" if builtin else "shared", zone)


def inherited_cache(own: Sequence[str], general: Sequence[str]) -> tuple[str, ...]:
    """A server's words for `ssl_session_cache`, with the mail block's zone if it names none."""
    zones = [word for word in general if word.startswith("shared:")]
    named = any(word.startswith("shared:") for word in own)
    return tuple(own) if named else (*own, *zones[-1:])


def tickets(listener: Listener) -> bool:
    """Session tickets are on."""
    return listener.value("ssl_session_tickets") == "on"


def timeout(listener: Listener) -> int:
    """`ssl_session_timeout` in seconds."""
    return seconds(listener.values("ssl_session_timeout"))


def brief(listener: Listener) -> bool:
    """The end of a session can be waited for."""
    known = listener.knows("ssl_session_timeout") and listener.way is not Way.NONE
    return known and 0 < timeout(listener) <= LONGEST_TIMEOUT


def fleeting(listener: Listener) -> bool:
    """A session may be over, or pushed out by others, before its client is back at once."""
    return soon_over(listener) or _cramped(listener)


def soon_over(listener: Listener) -> bool:
    """A session's time may be over before its client is back at once, also that of a ticket."""
    known = listener.knows("ssl_session_timeout") and listener.way is not Way.NONE
    return known and 0 < timeout(listener) <= AT_ONCE


def _cramped(listener: Listener) -> bool:
    """Few sessions have room: nginx has some 4,000 in a megabyte."""
    for word in listener.values("ssl_session_cache"):
        kind, _, rest = word.partition(":")
        room = size(rest.rpartition(":")[2]) / BYTES_EACH if kind == "shared" else int(rest or FEW)
        if room < FEW:
            return True
    return False


def ticket_keys(listener: Listener) -> tuple[TicketKey, ...]:
    """The keys of `ssl_session_ticket_key`, the encrypting one first. Raises `Unreadable`.

    Out of a report they come without their secret parts, and of their size.
    """
    keys: list[TicketKey] = []

    def described() -> str | list[list[Any]]:
        try:
            keys.extend(ticket_key(key) for _, key in listener.contents("ssl_session_ticket_key"))
        except Unreadable as error:
            return str(error)
        except ValueError as error:
            return f"a file of ssl_session_ticket_key is no key: {error}"
        return [[key.name.hex(), len(key.aes)] for key in keys]

    names = " ".join(listener.values("ssl_session_ticket_key"))
    found = premises().fact(f"ticket keys of {names}", described)
    if isinstance(found, str):
        raise Unreadable(found)
    known = [TicketKey(bytes.fromhex(name), bytes(size), b"") for name, size in found]
    return tuple(keys or known)


def session_marks(listener: Listener) -> frozenset[Hashable]:
    """What it has in common with others that may know its sessions: a server, a zone, keys."""
    server = {("server", listener.where)} if listener.where else set()
    zone = {("zone", name)} if (name := cache(listener).zone) else set()
    keys = {("key", name) for name in listener.values("ssl_session_ticket_key")}
    return frozenset(server | zone | keys)


def share_sessions(one: Listener, other: Listener) -> bool:
    """A session of one may be known at the other: one server, one zone, or a ticket key in common.

    Whether it is *good* there is for the other to decide.
    """
    return not session_marks(one).isdisjoint(session_marks(other))
