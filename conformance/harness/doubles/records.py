"""What the doubles saw, kept so that a visit finds its own part of it.

The doubles write from their own thread and the suite reads from others. A
record is written before the reply that it belongs to is sent: whoever has the
reply finds the record complete.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ..observation import AuthRequest, BackendSession

# Of each sort; far more than the visits that are under way at any time, and a
# campaign of hours must not fill the memory.
RECORDS_KEPT = 20_000
NAMELESS = ""
T = TypeVar("T")


@dataclass(frozen=True)
class Message:
    """A message that the SMTP back end took: envelope as given, `data` without dot-stuffing.

    `user` is "" when the session never named one.
    """

    user: str
    sender: bytes
    recipients: tuple[bytes, ...]
    data: bytes


@dataclass(eq=False)
class OpenSession:
    """A back end's connection while it lasts; `snapshot` is what others may see.

    `user` and `password` are those of the last login (`Records.log_in`).
    """

    lines: list[bytes] = field(default_factory=list)
    user: str = NAMELESS
    password: str = ""
    number: int = -1

    def snapshot(self) -> BackendSession:
        """The session so far."""
        return BackendSession(tuple(self.lines), self.user, self.password)


class _Log(Generic[T]):
    """The newest `RECORDS_KEPT` entries in order of arrival, each under a name that may change.

    Thousands of visits ask for their own: none looks through everybody's.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._named: dict[int, tuple[str, T]] = {}
        self._by_name: dict[str, dict[int, T]] = {}

    def add(self, name: str, entry: T) -> int:
        """Keep an entry; returns its number, for `rename`."""
        number = next(self._numbers)
        self._put(number, name, entry)
        if len(self._named) > RECORDS_KEPT:
            self._drop(next(iter(self._named)))
        return number

    def rename(self, number: int, name: str) -> None:
        """Keep that entry under another name; one that is kept no longer stays away."""
        if number in self._named:
            self._put(number, name, self._drop(number))

    def all(self) -> tuple[T, ...]:
        """Every entry."""
        return tuple(entry for _, (_, entry) in sorted(self._named.items()))

    def of(self, name: str) -> tuple[T, ...]:
        """The entries under that name."""
        return tuple(entry for _, entry in sorted(self._by_name.get(name, {}).items()))

    def _put(self, number: int, name: str, entry: T) -> None:
        self._named[number] = name, entry
        self._by_name.setdefault(name, {})[number] = entry

    def _drop(self, number: int) -> T:
        name, entry = self._named.pop(number)
        del self._by_name[name][number]
        if not self._by_name[name]:
            del self._by_name[name]
        return entry


class Records:
    """Requests, sessions and messages, the newest `RECORDS_KEPT` of each, in order of arrival."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests = _Log[AuthRequest]()
        self._sessions = _Log[OpenSession]()
        self._messages: deque[Message] = deque(maxlen=RECORDS_KEPT)

    def add_request(self, request: AuthRequest) -> None:
        """Keep a request of the auth server."""
        with self._lock:
            self._requests.add(request.get("auth-user") or NAMELESS, request)

    def open_session(self) -> OpenSession:
        """A new session, visible from now on."""
        session = OpenSession()
        with self._lock:
            session.number = self._sessions.add(NAMELESS, session)
        return session

    def log_in(self, session: OpenSession, user: str, password: str = "") -> None:
        """The session is that user's from now on, whether he is let in or not."""
        with self._lock:
            session.user, session.password = user, password
            self._sessions.rename(session.number, user)

    def add_message(self, message: Message) -> None:
        """Keep a message that was sent."""
        with self._lock:
            self._messages.append(message)

    def requests(self) -> tuple[AuthRequest, ...]:
        """Every request kept."""
        with self._lock:
            return self._requests.all()

    def requests_of(self, user: str) -> tuple[AuthRequest, ...]:
        """The requests about `user`, then (SMTP without a login) those with him in the envelope."""
        with self._lock:
            named, nameless = self._requests.of(user), self._requests.of(NAMELESS)
        return named + tuple(request for request in nameless if _in_envelope(request, user))

    def sessions(self) -> tuple[OpenSession, ...]:
        """Every session kept."""
        with self._lock:
            return self._sessions.all()

    def sessions_of(self, user: str) -> tuple[OpenSession, ...]:
        """The sessions in which `user` logged in, then those without a login that mention him."""
        name = user.encode("latin-1", "replace")
        with self._lock:
            named, nameless = self._sessions.of(user), self._sessions.of(NAMELESS)
        return named + tuple(s for s in nameless if any(name in line for line in s.lines))

    def messages(self) -> tuple[Message, ...]:
        """Every message kept."""
        with self._lock:
            return tuple(self._messages)


def _in_envelope(request: AuthRequest, user: str) -> bool:
    envelope = ("auth-smtp-helo", "auth-smtp-from", "auth-smtp-to")
    return any(user in (request.get(name) or "") for name in envelope)
