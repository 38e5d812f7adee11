"""Asking the auth server: one connection for each question."""

from __future__ import annotations

from collections.abc import Callable

from reference_proxy.auth_http import RESPONSE_LIMIT, BadAnswer, Headers, ResponseParser, request
from reference_proxy.config.errors import failed
from reference_proxy.config.settings import AuthHttp
from reference_proxy.loop import Loop
from reference_proxy.session.events import AuthAnswered, AuthFailed
from reference_proxy.stream import Stream

Answered = Callable[[AuthAnswered | AuthFailed], None]


class Question:
    """A question to the auth server.

    `answered` is called once, within `timeout` seconds, and every failure is an event too; it is
    never called before the constructor has returned, nor after `cancel`.
    """

    __slots__ = ("_answered", "_parser", "_stream", "_timer", "_where")

    def __init__(
        self, loop: Loop, auth: AuthHttp, headers: Headers, timeout: float, answered: Answered
    ) -> None:
        self._answered: Answered | None = answered
        self._where = f"{auth.host}:{auth.port}" if auth.port else auth.host
        self._parser = ResponseParser()
        self._timer = loop.after(timeout, self._timed_out)
        self._stream: Stream | None = None
        try:
            self._stream = Stream.connect(loop, auth.host, auth.port, self)
        except OSError as failure:
            error = failure  # `failure` ends with this block
            loop.soon(lambda: self.lost(error))
        else:
            self._stream.write(request(auth, headers))

    def cancel(self) -> None:
        """Ask no longer."""
        self._answered = None
        self._timer.cancel()
        if self._stream is not None:
            self._stream.close()

    # --- the stream's owner -------------------------------------------------------

    def received(self, data: bytes) -> None:
        """Collect the answer."""
        try:
            headers = self._parser.feed(data[:RESPONSE_LIMIT])
        except BadAnswer as answer:
            self._tell(AuthFailed(f"{answer} ({self._where})"))
        else:
            if headers is not None:
                self._tell(AuthAnswered(headers))

    def ended(self) -> None:
        """An answer that ends early is a bad one."""
        self.received(b"")

    def lost(self, error: OSError | None) -> None:
        """Report a connection that could not be made, or broke."""
        if error is not None:
            self._tell(AuthFailed(failed(f"connection to auth http server {self._where}", error)))

    def clogged(self) -> None:
        """Wait: a question is short, and the auth server has to take it before it can answer."""

    def flowing(self) -> None:
        """Wait on."""

    def _timed_out(self) -> None:
        self._tell(AuthFailed(f"auth http server {self._where} timed out"))

    def _tell(self, answer: AuthAnswered | AuthFailed) -> None:
        answered = self._answered
        self.cancel()
        if answered is not None:
            answered(answer)
