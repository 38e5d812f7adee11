"""Faults of who cannot read a ClientHello unless it comes in one piece, or not in just these."""

from __future__ import annotations

from reference_proxy.tls.engine import TlsFailure

_HANDSHAKE = b"\x16"
_HEADER = 5  # of a record (RFC 8446 5.1)


def refuse_cut_hello(data: bytes, faults: frozenset[str]) -> None:
    """Raise `TlsFailure` over a record that is here otherwise than a fault will have it."""
    if data[:1] != _HANDSHAKE:
        return
    record, message = int.from_bytes(data[3:5]), int.from_bytes(data[6:9])
    if "hello-cut-refused" in faults and len(data) < _HEADER + record:
        raise TlsFailure("a ClientHello in more than one segment")
    if "hello-header-alone-refused" in faults and len(data) == _HEADER:
        raise TlsFailure("a ClientHello whose record's header comes alone")
    if "hello-fragments-refused" in faults and record < message:
        raise TlsFailure("a ClientHello in more than one record")
