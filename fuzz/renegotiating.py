"""TLS in which a client can begin another handshake, which the standard library cannot."""

from __future__ import annotations

from conformance.harness.observation import Offer
from conformance.harness.patience import Deadline
from conformance.harness.tls.details import DetailedChannel
from conformance.harness.wire import Wire

# Of the versions, the last that knows renegotiation.
_OFFER = Offer(versions=("TLSv1.2",))


class RenegotiatingChannel(DetailedChannel):
    """TLS 1.2 over `wire`, used as `OddChannel` is."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire, _OFFER)

    def undeciphered(self) -> bytes:
        """Forget, and return, what has come and was not read as TLS."""
        return self._arrived.rest()

    def granted(self, deadline: Deadline) -> bool:
        """Whether another ClientHello inside is answered by a handshake; all is over then."""
        return "handshake" in self.renegotiate(deadline)
