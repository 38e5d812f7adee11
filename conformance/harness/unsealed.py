"""A wire on which TLS has failed: what is said in clear behind the alerts."""

from __future__ import annotations

from .observation import Alert
from .patience import Deadline
from .tls.names import alert
from .tls.outcome import note_alert
from .wire import Wire

_ALERT = 21
_RECORD_TYPES = range(20, 24)
_HEADER = 5


class Unsealed:
    """Passes on what arrives in clear and takes out the TLS records ahead of it.

    `alert` is the last alert that was among them, if any.
    """

    def __init__(self, wire: Wire) -> None:
        self.alert: Alert | None = None
        self._wire = wire
        self._held = b""
        self._ended = False

    def send(self, data: bytes) -> None:
        """Send in clear, as `Wire.send`."""
        self._wire.send(data)

    def receive(self, deadline: Deadline) -> bytes:
        """What came in clear, b"" at the end; with the errors of `Wire.receive`."""
        while True:
            self._take_out_records()
            if self._held and (self._ended or not _may_be_record(self._held)):
                clear, self._held = self._held, b""
                return clear
            if self._ended:
                return b""
            self._more(deadline)

    def reaction(self, deadline: Deadline) -> None:
        """Wait until anything has arrived or the connection has ended; raises as `Wire.receive`."""
        self._more(deadline)
        self._take_out_records()

    def _more(self, deadline: Deadline) -> None:
        data = self._wire.receive(deadline)
        self._ended = not data
        self._held += data

    def _take_out_records(self) -> None:
        while len(self._held) >= _HEADER and _may_be_record(self._held):
            end = _HEADER + int.from_bytes(self._held[3:_HEADER])
            if len(self._held) < end:
                return
            kind, payload = self._held[0], self._held[_HEADER:end]
            self._held = self._held[end:]
            if kind == _ALERT and len(payload) == 2:
                self.alert = alert(payload[1])
                note_alert(self._wire, self.alert)


def _may_be_record(data: bytes) -> bool:
    return data[0] in _RECORD_TYPES and data[1:2] in (b"", b"\x03")
