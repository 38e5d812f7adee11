"""SMTP before the back end takes over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from reference_proxy import auth_http
from reference_proxy.config.settings import ServerSettings
from reference_proxy.session import sasl
from reference_proxy.session.base import Session
from reference_proxy.session.core import Effects, Phase, Rule
from reference_proxy.session.events import Send, StartTimer
from reference_proxy.session.framing import SMTP_ARGUMENTS, Command, Invalid, parse_smtp
from reference_proxy.upstream import Script, SmtpClient, smtp_script

_OK = b"250 2.0.0 OK\r\n"
_NO_ARGUMENT = b"501 5.5.4 Invalid argument\r\n"
_OUT_OF_ORDER = b"503 5.5.1 Bad sequence of commands\r\n"
_LOGIN_FIRST = b"530 5.7.1 Authentication required\r\n"
_TLS_FIRST = b"530 5.7.0 Must issue a STARTTLS command first\r\n"
_TOO_EARLY = b"503 5.5.0 Improper use of SMTP command pipelining\r\n"


class SmtpSession(Session):
    """One SMTP client. Replies are nginx's to the letter (ST-TXT-03, ST-CAP-04)."""

    challenge_prefix = b"334 "
    response_words = SMTP_ARGUMENTS
    starttls_line = b"STARTTLS\r\n"

    def __init__(
        self, settings: ServerSettings, implicit_tls: bool, faults: frozenset[str]
    ) -> None:
        super().__init__(settings, implicit_tls, faults, settings.client_buffer)
        self._name = settings.server_name.encode()
        self._helo = b""
        self._esmtp = False
        self._mail_from = b""
        self._rcpt_to = b""

    def read(self) -> Command | Invalid | None:
        """Take the next line."""
        line = self.inbox.line()
        if line is not None and "trailing-space-refused" in self.faults and b" \r" in line:
            return Invalid()
        return None if line is None else parse_smtp(line, self.rules)

    def forget_client(self) -> None:
        """Drop EHLO, MAIL and RCPT."""
        self._helo = self._mail_from = self._rcpt_to = b""
        self._esmtp = False

    # --- the greeting ------------------------------------------------------------

    def greet(self) -> Effects:
        """Greet, or wait for `smtp_greeting_delay` to see who talks out of turn."""
        if self.settings.smtp_greeting_delay == 0:
            return super().greet()
        self.phase = Phase.SILENT
        return [StartTimer(self.settings.smtp_greeting_delay)]

    def received(self, data: bytes) -> Effects:
        """Take bytes of the client; before the greeting they end the session (ST-SMTP-04)."""
        if self.phase is Phase.SILENT:
            return self.end([Send(_TOO_EARLY)])
        return super().received(data)

    # --- texts -------------------------------------------------------------------

    def greeting(self) -> bytes:
        """Return the first line."""
        return b"220 %s ESMTP ready\r\n" % self._name

    def invalid(self, tag: bytes = b"") -> bytes:
        """Return 500."""
        return b"500 5.5.1 Invalid command\r\n"

    def internal_error(self) -> bytes:
        """Return 451."""
        return b"451 4.3.2 Internal server error\r\n"

    def certificate_refusal(self, text: str) -> bytes:
        """Return 421 with the reason."""
        return b"421 4.7.1 %s\r\n" % text.encode()

    def login_refusal(self, denied: auth_http.Denied) -> bytes:
        """Return the auth server's code and words."""
        code = b"500" if "login-refused-as-error" in self.faults else denied.code
        return b"%s %s\r\n" % (code, denied.text)

    def login_granted(self) -> bytes:
        """Return 235."""
        return b"235 2.0.0 OK\r\n"

    # --- commands ------------------------------------------------------------------

    def _noop(self, command: Command) -> Effects:
        return [Send(_OK)]

    def _quit(self, command: Command) -> Effects:
        code = b"250" if "goodbye-bare" in self.faults else b"221"
        return self.end([Send(code + b" 2.0.0 Bye\r\n")])

    def _helo_command(self, command: Command) -> Effects:
        if len(command.arguments) != 1:
            return [Send(_NO_ARGUMENT)]
        if command.verb == "HELO" and "helo-refused" in self.faults:
            return self.refuse()
        if self._helo and "ehlo-once" in self.faults:
            return [Send(_OUT_OF_ORDER)]
        esmtp = self._esmtp
        self.forget_client()
        self._helo = command.arguments[0]
        # As in nginx a HELO does not take back an EHLO.
        self._esmtp = esmtp or command.verb == "EHLO"
        lines = self._capabilities() if command.verb == "EHLO" else [self.settings.server_name]
        replies = [f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]
        return [Send("\r\n".join([*replies, ""]).encode())]

    def _capabilities(self) -> list[str]:
        name = "" if "name-missing" in self.faults else self.settings.server_name
        lines = [name, *self.settings.smtp_capabilities]
        methods = [method for method in sasl.METHODS if method in self.settings.auth_methods]
        if self.offers_login and methods:
            lines.append(" ".join(["AUTH", *(method.upper() for method in methods)]))
        if self.offers_starttls:
            lines.append("STARTTLS")
        return lines

    def _starttls(self, command: Command) -> Effects:
        code = b"250" if "upgrade-code-250" in self.faults else b"220"
        return self.upgrade(code + b" 2.0.0 Start TLS\r\n", command)

    def _auth(self, command: Command) -> Effects:
        return self.begin_exchange(command.arguments) if command.arguments else [Send(_NO_ARGUMENT)]

    def _mail(self, command: Command) -> Effects:
        if not self._open():
            return [Send(_LOGIN_FIRST)]
        if self.locked(command):
            return [Send(_TLS_FIRST)]
        if self._mail_from:
            return [Send(_OUT_OF_ORDER)]
        if not command.arguments:
            return [Send(_NO_ARGUMENT)]
        self._mail_from = command.text
        return [Send(_OK)]

    def _open(self) -> bool:
        """Tell whether mail is taken without a login (`smtp_auth none`)."""
        return "none" in self.settings.auth_methods or "smtp-mail-without-auth" in self.faults

    def _rcpt(self, command: Command) -> Effects:
        if not self._mail_from:
            return [Send(_OK if "rcpt-without-mail" in self.faults else _OUT_OF_ORDER)]
        if not command.arguments:
            return [Send(_NO_ARGUMENT)]
        self._rcpt_to = command.text
        return self.log_in(sasl.Login("none"))

    def _rset(self, command: Command) -> Effects:
        if "rset-refused" in self.faults:
            return self.refuse()
        self._mail_from = self._rcpt_to = b""
        return [Send(_OK)]

    def _unknown(self, command: Command) -> Effects:
        return self.refuse()

    # --- logging in ------------------------------------------------------------------

    def attempt(self, login: sasl.Login) -> auth_http.Attempt:
        """Add the transaction that takes the place of a login."""
        return replace(
            super().attempt(login),
            helo=self._helo,
            mail_from=self._mail_from,
            rcpt_to=self._rcpt_to,
        )

    def script(self, user: bytes, password: bytes | None) -> Script:
        """Return the introduction at the back end."""
        without_login = self.login.method == "none"
        client = SmtpClient(
            self.client.client_address,
            user,
            password,
            self._helo,
            self._esmtp,
            self._mail_from if without_login else b"",
            self._rcpt_to,
        )
        return smtp_script(self.settings, client)

    rules: ClassVar[Mapping[str, Rule]] = {
        "HELO": Rule(_helo_command),
        "EHLO": Rule(_helo_command),
        "NOOP": Rule(_noop),
        "QUIT": Rule(_quit),
        "RSET": Rule(_rset),
        "STARTTLS": Rule(_starttls),
        "AUTH": Rule(_auth, before_tls=False),
        "MAIL": Rule(_mail),
        "RCPT": Rule(_rcpt),
        "VRFY": Rule(_unknown),
        "EXPN": Rule(_unknown),
        "HELP": Rule(_unknown),
    }
