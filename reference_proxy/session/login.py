"""From credentials to a back end: the SASL exchange, the auth server, the login there."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from reference_proxy import auth_http
from reference_proxy.config.settings import ServerSettings
from reference_proxy.proxy_protocol import header as proxy_header
from reference_proxy.session import sasl
from reference_proxy.session.core import Effects, Phase
from reference_proxy.session.events import (
    Authenticate,
    ConnectUpstream,
    Log,
    Relay,
    Send,
    SendUpstream,
    StartTimer,
)
from reference_proxy.session.framing import Invalid, parse_response
from reference_proxy.session.upgrade import Upgrading
from reference_proxy.upstream import Dialogue, UpstreamRefused


class LoggingIn(Upgrading):
    """Adds logins."""

    starttls_line: ClassVar[bytes]
    """How a client of this protocol asks for TLS."""

    def __init__(
        self, settings: ServerSettings, implicit_tls: bool, faults: frozenset[str], limit: int
    ) -> None:
        super().__init__(settings, implicit_tls, faults, limit)
        self.salt = b""
        self._asked: sasl.Ask | None = None
        self._attempts = 0
        self.login = sasl.Login("plain")
        self._attempt: auth_http.Attempt | None = None
        self._password: bytes | None = None
        self._asked_again = False
        self._refusal: bytes | None = None
        self._dialogue: Dialogue | None = None

    def forget_login(self) -> None:
        """Drop the exchange that is under way."""
        self._asked = None

    def begin_exchange(self, arguments: tuple[bytes, ...], tag: bytes = b"") -> Effects:
        """Carry out AUTH or AUTHENTICATE."""
        if "sasl-refused" in self.faults:
            return self.refuse(tag)
        if "sasl-any-mechanism" in self.faults and arguments[:1] == (b"X-WAXSEAL",):
            arguments = (b"PLAIN",)
        salt = self.salt or sasl.make_salt(self.settings.server_name)
        if arguments[:1] and arguments[0].upper() == b"CRAM-MD5":
            self.salt = salt
        return self._exchange(sasl.begin(arguments, self.settings.auth_methods, salt), tag)

    def exchange_tag(self) -> bytes:
        """Return the tag of the command that began the exchange (IMAP)."""
        return b""

    def challenge_answered(self, line: bytes) -> Effects:
        """Take the client's response to the last challenge."""
        assert self._asked is not None
        response = parse_response(line, self.response_words)
        if response is not None and self._overlooked(response):
            return self._exchange(self._asked, self.exchange_tag())
        if response is None:
            return self.reject(Invalid(self.exchange_tag()))
        return self._exchange(sasl.respond(self._asked, response), self.exchange_tag())

    def _overlooked(self, response: bytes) -> bool:
        """Tell whether a fault has the challenge sent again for this response."""
        if response == b"*":
            return "sasl-cancel-ignored" in self.faults
        return "sasl-garbage-ignored" in self.faults and sasl.decode(response) is None

    def _exchange(self, outcome: sasl.Outcome, tag: bytes) -> Effects:
        match outcome:
            case sasl.Ask():
                self._asked = outcome
                self.phase = Phase.CHALLENGE
                spoiled = "challenge-in-clear" in self.faults
                challenge = b"your turn!" if spoiled else outcome.challenge
                return [Send(self.challenge_prefix + challenge + b"\r\n")]
            case sasl.Login():
                return self.log_in(outcome)
            case None:
                return self.refuse(tag)

    def log_in(self, login: sasl.Login) -> Effects:
        """Ask the auth server."""
        self._attempts += 1
        self.login = login
        self._asked = None
        if "login-without-auth" in self.faults:
            self.phase = Phase.COMMANDS
            return [Send(self.login_granted())]
        self._attempt = self.attempt(login)
        # A digest is no password: the back end's must come from the auth server.
        self._password = login.password if login.method == "plain" else None
        log = f'client asks to log in, login: "{auth_http.escape(login.user)}"'
        if "password-in-log" in self.faults:
            log += f', password: "{auth_http.escape(login.password)}"'
        return [Log("info", log), self._question()]

    def _question(self) -> Authenticate:
        assert self._attempt is not None
        self.phase = Phase.ASKING
        return Authenticate(
            auth_http.request_headers(self.settings, self._attempt, self.tls, self.faults)
        )

    def attempt(self, login: sasl.Login) -> auth_http.Attempt:
        """Return what the auth server is told of this attempt."""
        return auth_http.Attempt(
            login.method,
            login.user,
            login.password,
            self._attempts,
            self.client.client_address,
            self.salt,
            proxied=self.client.proxied,
        )

    def auth_answered(self, headers: auth_http.Headers) -> Effects:
        """Do as the auth server says."""
        if "auth-asked-twice" in self.faults and not self._asked_again:
            self._asked_again = True
            return [self._question()]
        try:
            decision = auth_http.decide(headers, self.settings.protocol, self.faults)
        except auth_http.BadAnswer as answer:
            return self.fail(str(answer))
        match decision:
            case auth_http.Granted():
                return self._granted(decision)
            case auth_http.AskAgain():
                return self._ask_again(decision)
            case auth_http.Denied():
                self._refusal = self.login_refusal(decision)
                if decision.wait == 0:
                    return self.end([Send(self._refusal)])
                self.phase = Phase.DELAYED
                return [StartTimer(decision.wait)]

    def _ask_again(self, again: auth_http.AskAgain) -> Effects:
        """Wait; the next question is about the name and password that this answer named."""
        assert self._attempt is not None
        if again.user is not None:
            self._attempt = replace(self._attempt, user=again.user)
        if again.password is not None:
            self._attempt = replace(self._attempt, password=again.password)
            self._password = None if self._attempt.salted else again.password
        self.phase = Phase.DELAYED
        return [StartTimer(again.wait)]

    def _granted(self, granted: auth_http.Granted) -> Effects:
        assert self._attempt is not None
        password = self._password if granted.password is None else granted.password
        if password is None and self.settings.protocol != "smtp":
            return self.fail("auth http server did not send password")
        user = self._attempt.user if granted.user is None else granted.user
        if "backend-other-user" in self.faults:
            user = b"somebody-else"
        try:
            script = self.script(user, password)
        except UpstreamRefused as refused:
            return self.fail(str(refused))
        self._dialogue = Dialogue(
            script, self.settings.protocol == "smtp", self.settings.proxy_buffer
        )
        self.phase = Phase.UPSTREAM
        connect = ConnectUpstream(granted.host, granted.port, self._proxy_header())
        return [StartTimer(self.settings.timeout), connect]

    def _proxy_header(self) -> bytes:
        if not self.settings.proxy_protocol:
            return b""
        client = self.client
        return proxy_header(
            client.client_address, client.client_port, client.server_address, client.server_port
        )

    def upstream_received(self, data: bytes) -> Effects:
        """Go on with the login at the back end."""
        assert self._dialogue is not None
        try:
            outcome = self._dialogue.receive(data)
        except UpstreamRefused as refused:
            return self._upstream_refused(refused)
        if outcome is None:
            return []
        return self._relay(outcome) if self._dialogue.ended else [SendUpstream(outcome)]

    def _upstream_refused(self, refused: UpstreamRefused) -> Effects:
        if refused.reply and self.settings.proxy_pass_error_message:
            return self.end([Log("error", str(refused)), Send(refused.reply)])
        return self.fail(str(refused))

    def _relay(self, answer: bytes) -> Effects:
        if "starttls-after-login" in self.faults:
            self.phase = Phase.COMMANDS
            return [Send(answer)]
        self.phase = Phase.RELAYED
        waiting = self.inbox.drop()
        if "backend-gets-starttls" in self.faults and self.tls is not None:
            waiting = self.starttls_line + waiting
        if "relay-drops-first-bytes" in self.faults:
            waiting = b""
        return [Log("info", "client logged in"), Relay(answer, waiting)]

    def fail(self, reason: str) -> Effects:
        """End with the protocol's internal error; the reason is for the log alone."""
        return self.end([Log("error", reason), Send(self.internal_error())])

    def delay_over(self) -> Effects:
        """Go on after the delay that the auth server asked for."""
        if self._refusal is None:
            return [self._question()]
        reply, self._refusal = self._refusal, None
        self.phase = Phase.COMMANDS
        return [Send(reply), StartTimer(self.settings.timeout), *self.read_on()]
