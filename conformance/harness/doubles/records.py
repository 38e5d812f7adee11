"""What the doubles saw, kept so that a visit finds its own part of it.

The doubles write from their own thread and the suite reads from others. A
record is written before the reply that it belongs to is sent: whoever has the
reply finds the record complete.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

from ..observation import AuthRequest, BackendSession

# Of each sort; far more than the visits that are under way at any time, and a
# campaign of hours must not fill the memory.
RECORDS_KEPT = 20_000


@dataclass(frozen=True)
class Message:
    """A message that the SMTP back end took: envelope as given, `data` without dot-stuffing.

    `user` is "" when the session never named one.
    """

    user: str
    sender: bytes
    recipients: tuple[bytes, ...]
    data: bytes


@dataclass
class OpenSession:
    """A back end's connection while it lasts; `snapshot` is what others may see."""

    lines: list[bytes] = field(default_factory=list)
    user: str = ""
    password: str = ""

    def snapshot(self) -> BackendSession:
        """The session so far."""
        return BackendSession(tuple(self.lines), self.user, self.password)


class Records:
    """Requests, sessions and messages, the newest `RECORDS_KEPT` of each, in order of arrival."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: deque[AuthRequest] = deque(maxlen=RECORDS_KEPT)
        self._by_user: dict[str, list[AuthRequest]] = {}
        self._nameless: deque[AuthRequest] = deque(maxlen=RECORDS_KEPT)
        self._sessions: deque[OpenSession] = deque(maxlen=RECORDS_KEPT)
        self._messages: deque[Message] = deque(maxlen=RECORDS_KEPT)

    def add_request(self, request: AuthRequest) -> None:
        """Keep a request of the auth server."""
        with self._lock:
            self._requests.append(request)
            user = request.get("auth-user")
            (self._by_user.setdefault(user, []) if user else self._nameless).append(request)

    def open_session(self) -> OpenSession:
        """A new session, visible from now on."""
        session = OpenSession()
        with self._lock:
            self._sessions.append(session)
        return session

    def add_message(self, message: Message) -> None:
        """Keep a message that was sent."""
        with self._lock:
            self._messages.append(message)

    def requests(self) -> tuple[AuthRequest, ...]:
        """Every request kept."""
        with self._lock:
            return tuple(self._requests)

    def requests_of(self, user: str) -> tuple[AuthRequest, ...]:
        """The requests about `user`, or (SMTP without a login) with him in the envelope."""
        with self._lock:
            named, nameless = tuple(self._by_user.get(user, ())), tuple(self._nameless)
        return named + tuple(request for request in nameless if _in_envelope(request, user))

    def sessions(self) -> tuple[OpenSession, ...]:
        """Every session kept."""
        with self._lock:
            return tuple(self._sessions)

    def messages(self) -> tuple[Message, ...]:
        """Every message kept."""
        with self._lock:
            return tuple(self._messages)


def _in_envelope(request: AuthRequest, user: str) -> bool:
    envelope = ("auth-smtp-helo", "auth-smtp-from", "auth-smtp-to")
    return any(user in (request.get(name) or "") for name in envelope)


def session_is_of(session: OpenSession, user: str) -> bool:
    """True when `user` logged in, or (where nobody did) is mentioned in a line."""
    if session.user:
        return session.user == user
    name = user.encode("latin-1", "replace")
    return any(name in line for line in session.lines)
