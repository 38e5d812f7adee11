"""A glimpse through TLS: whether it is spoken, and the first line said inside."""

from __future__ import annotations

import ssl

from ..patience import Deadline
from ..wire import Wire, WireError


class Glimpse:
    """Just enough TLS to read one line: any version and suite, nothing verified."""

    def __init__(self, wire: Wire, deadline: Deadline, limit: int) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.set_ciphers("ALL:@SECLEVEL=0")
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._in, self._out)
        self._wire = wire
        self._deadline = deadline
        self._limit = limit
        self._heard = b""
        self.why = "the connection was closed"

    @property
    def answered(self) -> bool:
        """The first bytes were a TLS record: handshake or alert, version 3.x."""
        return self._heard[:1] in {b"\x15", b"\x16"} and self._heard[1:2] in {b"", b"\x03"}

    def first_line(self) -> bytes:
        """The first line inside TLS, or what there was of it; `why` tells what ended it."""
        line = b""
        try:
            self._pump_handshake()
            while b"\n" not in line and len(line) < self._limit:
                line += self._pump_read()
        except (ssl.SSLError, WireError, EOFError) as error:
            self.why = getattr(error, "reason", None) or str(error) or self.why
        return line

    def _pump_handshake(self) -> None:
        while True:
            try:
                self._object.do_handshake()
            except ssl.SSLWantReadError:
                self._more()
            else:
                self._flush()
                return

    def _pump_read(self) -> bytes:
        while True:
            try:
                data = self._object.read(self._limit)
            except ssl.SSLWantReadError:
                self._more()
            else:
                if not data:
                    raise EOFError
                return data

    def _flush(self) -> None:
        if self._out.pending:
            self._wire.send(self._out.read())

    def _more(self) -> None:
        self._flush()
        data = self._wire.receive(self._deadline)
        if not data:
            raise EOFError
        if len(self._heard) < 2:
            self._heard += data[:2]
        self._in.write(data)
