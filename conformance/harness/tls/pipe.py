"""A wire as a TLS client wants it: bounded in time, and read to its end before it breaks."""

from __future__ import annotations

from ..patience import Deadline
from ..wire import ConnectionReset, Silence, Wire


class Pipe:
    """Sends and receives over `wire`.

    A peer that refuses hangs up while we still write. Its alert may already be
    there to be read, so a broken send is kept back until nothing is.
    """

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._broken: ConnectionReset | None = None

    def send(self, data: bytes) -> None:
        """Send all of `data`; raises `Silence` when the peer takes nothing."""
        try:
            self.wire.send(data)
        except ConnectionReset as error:
            self._broken = error

    def receive(self, deadline: Deadline, begun: bool = False) -> bytes:
        """As the wire's; once `begun`, a passed deadline is `Silence` even for a dripping peer."""
        if begun and not deadline.left():
            raise Silence(f"{self.wire.endpoint.address} did not finish in time")
        data = self.wire.receive(deadline)
        if not data and self._broken:
            raise self._broken
        return data
