"""The words of each mail protocol: rendering commands, reading replies."""

from __future__ import annotations

from ..endpoint import Protocol
from .dialect import Dialect
from .imap import Imap
from .pop3 import Pop3
from .smtp import Smtp

DIALECTS: dict[Protocol, Dialect] = {
    Protocol.IMAP: Imap(),
    Protocol.POP3: Pop3(),
    Protocol.SMTP: Smtp(),
}
"""The one dialect of each protocol; dialects have no state."""
