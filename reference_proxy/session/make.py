"""The session for a listener."""

from __future__ import annotations

from reference_proxy.config.settings import ServerSettings
from reference_proxy.session.base import Session
from reference_proxy.session.imap import ImapSession
from reference_proxy.session.pop3 import Pop3Session
from reference_proxy.session.smtp import SmtpSession

_SESSIONS: dict[str, type[ImapSession | Pop3Session | SmtpSession]] = {
    "imap": ImapSession,
    "pop3": Pop3Session,
    "smtp": SmtpSession,
}


def make_session(
    settings: ServerSettings, implicit_tls: bool, faults: frozenset[str] = frozenset()
) -> Session:
    """Return a session of the server's protocol, to be told `Connected` first."""
    return _SESSIONS[settings.protocol](settings, implicit_tls, faults)
