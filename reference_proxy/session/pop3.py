"""POP3 before the back end takes over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from reference_proxy import auth_http
from reference_proxy.config.settings import ServerSettings
from reference_proxy.session import sasl
from reference_proxy.session.base import Session
from reference_proxy.session.core import Effects, Phase, Rule
from reference_proxy.session.events import Send
from reference_proxy.session.framing import POP3_ARGUMENTS, Command, Invalid, parse_pop3
from reference_proxy.upstream import Script, pop3_script

LINE_LIMIT = 128
"""The longest line, CR LF included (ST-PAR-06)."""

_ANY = frozenset({Phase.COMMANDS, Phase.USER})


class Pop3Session(Session):
    """One POP3 client. Replies are nginx's to the letter (ST-TXT-02, ST-CAP-02)."""

    challenge_prefix = b"+ "
    response_words = POP3_ARGUMENTS
    starttls_line = b"STLS\r\n"

    def __init__(
        self, settings: ServerSettings, implicit_tls: bool, faults: frozenset[str]
    ) -> None:
        super().__init__(settings, implicit_tls, faults, LINE_LIMIT)
        self._user: bytes | None = None
        if not {"apop", "cram-md5"}.isdisjoint(settings.auth_methods):
            self.salt = sasl.make_salt(settings.server_name)

    def read(self) -> Command | Invalid | None:
        """Take the next line."""
        line = self.inbox.line()
        return None if line is None else parse_pop3(line, self.rules)

    def forget_login(self) -> None:
        """Drop the name of USER as well."""
        super().forget_login()
        self._user = None

    # --- texts -------------------------------------------------------------------

    def greeting(self) -> bytes:
        """Return the first line; with a challenge where APOP or CRAM-MD5 is enabled."""
        return b"+OK POP3 ready" + (b" " + self.salt if self.salt else b"") + b"\r\n"

    def invalid(self, tag: bytes = b"") -> bytes:
        """Return -ERR."""
        return b"-ERR invalid command\r\n"

    def internal_error(self) -> bytes:
        """Return -ERR with that reason."""
        return b"-ERR internal server error\r\n"

    def certificate_refusal(self, text: str) -> bytes:
        """Return -ERR with the reason."""
        return b"-ERR %s\r\n" % text.encode()

    def login_refusal(self, denied: auth_http.Denied) -> bytes:
        """Return -ERR with the auth server's words."""
        return b"-ERR %s\r\n" % denied.text

    def login_granted(self) -> bytes:
        """Return +OK."""
        return b"+OK\r\n"

    # --- commands ------------------------------------------------------------------

    def _noop(self, command: Command) -> Effects:
        return [Send(b"+OK\r\n")]

    def _quit(self, command: Command) -> Effects:
        return self.end([Send(b"+OK\r\n")])

    def _capa(self, command: Command) -> Effects:
        lines = ["+OK Capability list follows", *self._capabilities()]
        if self.offers_login:
            lines.append(" ".join(["SASL", *self._methods()]))
        # Between USER and PASS nginx takes no STLS, and names none (ST-CAP-03).
        if self.offers_starttls and self.phase is Phase.COMMANDS:
            lines.append("STLS")
        return [Send("\r\n".join([*lines, ".", ""]).encode())]

    def _capabilities(self) -> list[str]:
        return [
            word
            for word in self.settings.pop3_capabilities
            if self.offers_login or word.upper() != "USER"
        ]

    def _methods(self) -> list[str]:
        enabled = set(self.settings.auth_methods)
        if "plain" in enabled:
            enabled.add("login")
        return [method.upper() for method in sasl.METHODS if method in enabled]

    def _stls(self, command: Command) -> Effects:
        return self.upgrade(b"+OK\r\n", command)

    def phase_after_upgrade(self) -> Phase:
        """Return the start; a name from before TLS is there only if a fault has kept it."""
        return Phase.COMMANDS if self._user is None else Phase.USER

    def _user_command(self, command: Command) -> Effects:
        if not command.arguments:
            return self.refuse()
        self._user = command.arguments[0]
        self.phase = Phase.USER
        return [Send(b"+OK\r\n")]

    def _pass(self, command: Command) -> Effects:
        if self._user is None and "pass-without-user" in self.faults:
            return [Send(b"+OK\r\n")]
        if not command.arguments or self._user is None:
            return self.refuse()
        return self.log_in(sasl.Login("plain", self._user, command.arguments[0]))

    def _apop(self, command: Command) -> Effects:
        match command.arguments:
            case (user, digest) if "apop" in self.settings.auth_methods:
                return self.log_in(sasl.Login("apop", user, digest))
        return self.refuse()

    def _auth(self, command: Command) -> Effects:
        if command.arguments:
            return self.begin_exchange(command.arguments)
        lines = ["+OK methods supported:", *self._methods(), ".", ""]
        return [Send("\r\n".join(lines).encode())]

    def script(self, user: bytes, password: bytes | None) -> Script:
        """Return the login at the back end."""
        assert password is not None
        return pop3_script(user, password)

    rules: ClassVar[Mapping[str, Rule]] = {
        "CAPA": Rule(_capa, _ANY),
        "NOOP": Rule(_noop, _ANY),
        "QUIT": Rule(_quit, _ANY),
        "STLS": Rule(_stls),
        "USER": Rule(_user_command, before_tls=False),
        "PASS": Rule(_pass, frozenset({Phase.USER}), before_tls=False),
        "APOP": Rule(_apop, before_tls=False),
        "AUTH": Rule(_auth, before_tls=False),
    }
