"""STARTTLS, and what has to hold on either side of it."""

from __future__ import annotations

from reference_proxy.session.core import Core, Effects, Phase
from reference_proxy.session.events import Log, Send, StartTimer, StartTls, TlsState
from reference_proxy.session.framing import Command
from reference_proxy.tls.verify import acceptable

_ALERT, _ALERT_LENGTH = b"\x15", 7  # its record's type, and length (RFC 8446 5.1 and 6)


class Upgrading(Core):
    """Adds TLS: what is advertised, the upgrade itself, and the client's certificate."""

    _advertised = False
    _agreed = b""

    @property
    def offers_starttls(self) -> bool:
        """Whether the capabilities name STARTTLS now."""
        if "starttls-not-advertised" in self.faults:
            return False
        if self.tls is not None:
            kept = self._advertised and "capabilities-remembered" in self.faults
            return kept or "starttls-advertised-in-tls" in self.faults
        self._advertised = self.settings.starttls != "off"
        return self._advertised

    @property
    def offers_login(self) -> bool:
        """Whether the capabilities name ways to log in now."""
        return not self.must_upgrade or "auth-advertised-before-tls" in self.faults

    def upgrade(self, agreed: bytes, command: Command) -> Effects:
        """Answer STARTTLS: agree and begin TLS, or refuse. It takes no argument (RFC 3207, 4).

        This is the boundary that everything here turns on. Up to the line end
        of STARTTLS the bytes came in clear, from the client or from anybody on
        the path; from the handshake on they are the client's. Nothing may cross.
        An attacker's commands, appended to the client's STARTTLS, would
        otherwise wait in the inbox and be carried out inside TLS in the
        client's name (CVE-2011-0411 and its many siblings); an unfinished line
        of his would become the beginning of the client's first one.

        Of the two answers that RFC 9051 (6.2.1) allows, to drop what came
        along with STARTTLS or to take it for the handshake, nginx gives the
        first for what it has read and the second for what it has not, and so
        does this: the inbox is emptied here, and the driver hands every later
        byte to TLS, where clear text fails the handshake. A ClientHello sent
        too early is dropped as well; its sender has to wait for the reply.

        What was *learnt* in clear goes too: a login half done, and what an
        SMTP client said of itself (RFC 3207, 4.2). What remains are counters,
        of errors and of login attempts, since forgetting them would hand a
        guesser fresh ones.
        """
        if self.tls is not None and "starttls-twice" in self.faults:
            return [Send(agreed)]
        allowed = self.settings.starttls != "off" or "starttls-when-off" in self.faults
        if self.tls is not None or not allowed:
            return self._refuse_upgrade(command.tag)
        if command.arguments and "starttls-argument-half" in self.faults:
            return [Send(agreed)]
        if command.arguments and "starttls-argument-ignored" not in self.faults:
            return self._refuse_upgrade(command.tag)
        if self.errors and "starttls-blocked-by-error" in self.faults:
            return self._refuse_upgrade(command.tag)
        if "starttls-without-tls" in self.faults:
            return [Send(agreed)]
        self._agreed = agreed
        self._drop_clear_bytes()
        if "login-survives-upgrade" not in self.faults:
            self.forget_login()
        if "helo-survives-upgrade" not in self.faults:
            self.forget_client()
        self.phase = Phase.HANDSHAKE
        return [Send(agreed), StartTls()]

    def _refuse_upgrade(self, tag: bytes) -> Effects:
        if "starttls-refused-drops-connection" in self.faults:
            return self.end([])
        return self.refuse(tag)

    def _drop_clear_bytes(self) -> None:
        if "starttls-keeps-plaintext" in self.faults or self._product_keeps():
            return
        dropped = self.inbox.drop()
        if "starttls-keeps-partial-line" in self.faults:
            self.inbox.add(dropped.rpartition(b"\n")[2])

    def _product_keeps(self) -> bool:
        """Tell whether the inbox survives in this protocol alone."""
        match self.settings.protocol:
            case "imap":
                return "imap-keeps-plaintext" in self.faults
            case "pop3":
                return "pop3-keeps-plaintext" in self.faults
        return "smtp-keeps-plaintext" in self.faults

    def established(self, state: TlsState) -> Effects:
        """Judge the client's certificate; greet where TLS came first, else go on in silence."""
        self.tls = state
        mode = self.settings.tls.verify_client if self.settings.tls else "off"
        refusal = self._judge(mode, state)
        if refusal is not None:
            log = Log("info", _why_refused(state))
            return self.end([log, Send(self.certificate_refusal(refusal))])
        if self.implicit_tls:
            return [StartTimer(self.settings.timeout), *self.greet()]
        self.phase = self.phase_after_upgrade()
        greeting = [Send(self.greeting())] if "second-greeting" in self.faults else []
        if "starttls-reply-repeated" in self.faults:
            greeting = [Send(self._agreed)]
        return [*greeting, *self.read_on()]

    def phase_after_upgrade(self) -> Phase:
        """Return where the dialogue goes on inside TLS: at its start."""
        return Phase.COMMANDS

    def greet(self) -> Effects:
        """Send the greeting; commands are read from here on."""
        self.phase = Phase.COMMANDS
        if "greeting-refusal" in self.faults:
            return self.end([Send(self.certificate_refusal("not now"))])
        return [Send(self.greeting())]

    def _judge(self, mode: str, state: TlsState) -> str | None:
        """Return why the client's certificate does not do, or None."""
        if "verify-not-enforced" in self.faults:
            return None
        if "missing-certificate-accepted" in self.faults and mode == "on":
            mode = "optional"
        if "optional-rejects-none" in self.faults and mode == "optional":
            mode = "on"
        return acceptable(mode, state)

    def tls_failed(self, reason: str, unread: bytes) -> Effects:
        """End the session: there is no way back into clear text."""
        alerted = self.tls is None and unread[:1] == _ALERT
        if "plaintext-after-alert" in self.faults and alerted:
            self.phase = Phase.COMMANDS
            return self.received(unread[_ALERT_LENGTH:])
        if "plaintext-beneath-tls" in self.faults and self.tls is not None:
            self.phase = Phase.COMMANDS
            return self.received(unread)
        if "plaintext-after-failed-handshake" in self.faults and self.tls is None:
            self.phase = Phase.COMMANDS
            return self.received(unread)
        return self.end([Log("info", reason)], quiet=True)


def _why_refused(state: TlsState) -> str:
    """Return nginx's line for the log (W-VER-14)."""
    if state.verify_error == 0:
        return "client sent no required SSL certificate"
    error = f"({state.verify_error}:{state.verify_text})"
    return f"client SSL certificate verify error: {error}"
