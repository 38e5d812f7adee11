"""IMAP before the back end takes over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from reference_proxy import auth_http
from reference_proxy.config.settings import ServerSettings
from reference_proxy.session import sasl
from reference_proxy.session.base import Session
from reference_proxy.session.core import Effects, Rule
from reference_proxy.session.events import Send
from reference_proxy.session.framing import (
    IMAP_ARGUMENTS,
    Command,
    ImapReader,
    Invalid,
    LiteralWanted,
)
from reference_proxy.upstream import Script, imap_script


class ImapSession(Session):
    """One IMAP client. Replies are nginx's to the letter (ST-TXT-01, ST-CAP-01)."""

    challenge_prefix = b"+ "
    response_words = IMAP_ARGUMENTS
    starttls_line = b"x STARTTLS\r\n"

    def __init__(
        self, settings: ServerSettings, implicit_tls: bool, faults: frozenset[str]
    ) -> None:
        super().__init__(settings, implicit_tls, faults, settings.client_buffer)
        self._reader = ImapReader(self.inbox, self.rules, keep_escapes="quotes-kept" in faults)
        self._tag = b""

    def read(self) -> Command | Invalid | LiteralWanted | None:
        """Take the next command, or the part of it that ends in a literal."""
        return self._reader.read()

    def literal_wanted(self, command: Command) -> Effects:
        """Invite the literal, unless the command will be refused anyway.

        nginx invites it all the same and so, under `starttls only`, asks for a password in clear.
        """
        if self.rule_for(command) is None or "literal-refused" in self.faults:
            self._reader.forget()
            return self.refuse(command.tag)
        return [Send(b"+ OK\r\n")]

    # --- texts -------------------------------------------------------------------

    def greeting(self) -> bytes:
        """Return the first line."""
        if "greeting-preauth" in self.faults:
            return b"* PREAUTH IMAP4 ready\r\n"
        return b"* OK IMAP4 ready\r\n"

    def invalid(self, tag: bytes = b"") -> bytes:
        """Return BAD, untagged where the line had no tag."""
        if "tag-not-echoed" in self.faults and tag:
            tag = b"z" + tag[1:]
        return self._tagged(tag or b"*", b"BAD invalid command")

    def internal_error(self) -> bytes:
        """Return an untagged BAD."""
        return b"* BAD internal server error\r\n"

    def certificate_refusal(self, text: str) -> bytes:
        """Return a BYE with the reason."""
        return b"* BYE %s\r\n" % text.encode()

    def login_refusal(self, denied: auth_http.Denied) -> bytes:
        """Return NO with the auth server's words."""
        word = b"BAD " if "login-refused-as-error" in self.faults else b"NO "
        return self._tagged(self._tag, word + denied.text)

    def login_granted(self) -> bytes:
        """Return the tagged OK."""
        return self._completed(self._tag)

    def _tagged(self, tag: bytes, text: bytes) -> bytes:
        return b"%s %s\r\n" % (tag, text)

    def _completed(self, tag: bytes) -> bytes:
        return self._tagged(tag, b"OK completed")

    # --- commands ------------------------------------------------------------------

    def _noop(self, command: Command) -> Effects:
        return [Send(self._completed(command.tag))]

    def _logout(self, command: Command) -> Effects:
        bye = b"" if "goodbye-bare" in self.faults else b"* BYE\r\n"
        return self.end([Send(bye + self._completed(command.tag))])

    def _capability(self, command: Command) -> Effects:
        words = ["* CAPABILITY", *self.settings.imap_capabilities]
        if self.offers_login:
            words += [f"AUTH={method.upper()}" for method in self._methods()]
        if self.offers_starttls:
            words.append("STARTTLS")
        if self.must_upgrade and "logindisabled-missing" not in self.faults:
            words.append("LOGINDISABLED")
        return [Send(" ".join(words).encode() + b"\r\n" + self._completed(command.tag))]

    def _methods(self) -> list[str]:
        return [method for method in sasl.METHODS if method in self.settings.auth_methods]

    def _starttls(self, command: Command) -> Effects:
        return self.upgrade(self._completed(command.tag), command)

    def _login_command(self, command: Command) -> Effects:
        match command.arguments:
            case (user, password) if user:
                self._tag = command.tag
                return self.log_in(sasl.Login("plain", user, password))
        return self.refuse(command.tag)

    def _authenticate(self, command: Command) -> Effects:
        self._tag = command.tag
        return self.begin_exchange(command.arguments, command.tag)

    def exchange_tag(self) -> bytes:
        """Return the tag of AUTHENTICATE."""
        return self._tag

    def script(self, user: bytes, password: bytes | None) -> Script:
        """Return the login at the back end, under the client's own tag."""
        assert password is not None
        return imap_script(self._tag, user, password)

    rules: ClassVar[Mapping[str, Rule]] = {
        "CAPABILITY": Rule(_capability),
        "NOOP": Rule(_noop),
        "LOGOUT": Rule(_logout),
        "STARTTLS": Rule(_starttls),
        "LOGIN": Rule(_login_command, before_tls=False),
        "AUTHENTICATE": Rule(_authenticate, before_tls=False),
    }
