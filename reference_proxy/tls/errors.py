"""What can go wrong when TLS is set up, in nginx's words."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext, suppress

from reference_proxy.tls import binding


class ContextError(Exception):
    """These settings make no TLS context; `text` is nginx's message, without level and place."""

    def __init__(self, text: str, level: str = "emerg") -> None:
        super().__init__(text)
        self.text = text
        self.level = level


def openssl_error(what: str) -> ContextError:
    """Return `what` with OpenSSL's error queue behind it, as nginx writes it (CFG-GEN-13)."""
    return ContextError(what + binding.error_queue())


def forgiving(fault: str, faults: frozenset[str]) -> AbstractContextManager[None]:
    """With that fault on, a ContextError inside is no error."""
    return suppress(ContextError) if fault in faults else nullcontext()
