"""Captured connections as a pcapng file, with the keys that open the TLS in it.

There was nobody to see the packets, so they are made here: each send and each
receive is one, between the real addresses, with the handshake and the end of TCP
around them. What is in them is what was on the wire. The keys go into a block of
the same file, so that Wireshark shows what was said inside TLS without being told.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntFlag

from conformance.harness.capture import Capture, Flow, Mark
from conformance.harness.transcript import Side

_SECTION, _INTERFACE, _PACKET, _SECRETS = 0x0A0D0D0A, 1, 6, 10
_BYTE_ORDER, _RAW_IP, _TLS_KEY_LOG, _COMMENT = 0x1A2B3C4D, 101, 0x544C534B, 1
# What one IP packet carries, less the longest of the headers.
_MOST = 65535 - 60
_WINDOW, _HOPS, _TCP = 65535, 64, 6


class _Flag(IntFlag):
    FIN = 1
    SYN = 2
    RST = 4
    PSH = 8
    ACK = 16


def pcapng(capture: Capture, comment: str = "") -> bytes:
    """The file's octets; `comment` is what a reader is told about it."""
    blocks = [_block(_SECTION, struct.pack("<IHHq", _BYTE_ORDER, 1, 0, -1) + _comment(comment))]
    if capture.keys:
        head = struct.pack("<II", _TLS_KEY_LOG, len(capture.keys))
        blocks.append(_block(_SECRETS, head + _padded(capture.keys)))
    blocks.append(_block(_INTERFACE, struct.pack("<HHI", _RAW_IP, 0, 0)))
    for at, packet in sorted(_all(capture.flows), key=lambda x: x[0]):
        micros = int(at * 1_000_000)
        size = len(packet)
        head = struct.pack("<IIIII", 0, micros >> 32, micros & 0xFFFFFFFF, size, size)
        blocks.append(_block(_PACKET, head + _padded(packet)))
    return b"".join(blocks)


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % 4)


def _comment(text: str) -> bytes:
    if not text:
        return b""
    octets = text.encode()
    return struct.pack("<HH", _COMMENT, len(octets)) + _padded(octets) + bytes(4)


def _block(kind: int, body: bytes) -> bytes:
    size = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + size + body + size


def _all(flows: Iterable[Flow]) -> Iterator[tuple[float, bytes]]:
    for flow in flows:
        yield from _Connection(flow).packets()


@dataclass
class _Connection:
    """A TCP connection as both its ends would have had it."""

    flow: Flow
    sent: dict[Side, int] = field(default_factory=lambda: {Side.CLIENT: 1000, Side.SERVER: 5000})
    over: bool = False

    def packets(self) -> Iterator[tuple[float, bytes]]:
        """When, and the whole IP packet."""
        began = self.flow.began
        yield began, self._packet(Side.CLIENT, _Flag.SYN)
        yield began, self._packet(Side.SERVER, _Flag.SYN | _Flag.ACK)
        yield began, self._packet(Side.CLIENT, _Flag.ACK)
        for packet in self.flow.packets:
            if self.over:
                return
            match packet.mark:
                case Mark.DATA:
                    for start in range(0, len(packet.data), _MOST):
                        part = packet.data[start : start + _MOST]
                        yield packet.at, self._packet(packet.side, _Flag.PSH | _Flag.ACK, part)
                case Mark.END:
                    yield packet.at, self._packet(packet.side, _Flag.FIN | _Flag.ACK)
                case Mark.RESET:
                    self.over = True
                    yield packet.at, self._packet(packet.side, _Flag.RST | _Flag.ACK)

    def _packet(self, side: Side, flags: _Flag, data: bytes = b"") -> bytes:
        ends = [self.flow.client, self.flow.server]
        (source, source_port), (target, target_port) = ends if side is Side.CLIENT else ends[::-1]
        other = Side.SERVER if side is Side.CLIENT else Side.CLIENT
        known = self.sent[other] if flags & _Flag.ACK else 0
        ports = struct.pack("!HH", source_port, target_port)
        counts = struct.pack("!IIBB", self.sent[side], known, 5 << 4, flags)
        head = ports + counts + struct.pack("!HHH", _WINDOW, 0, 0)
        self.sent[side] += len(data) + bool(flags & (_Flag.SYN | _Flag.FIN))
        addresses = [ipaddress.ip_address(x.partition("%")[0]) for x in (source, target)]
        ends_octets = b"".join(x.packed for x in addresses)
        pseudo = ends_octets + struct.pack("!II", len(head) + len(data), _TCP)
        total = _sum(pseudo + head + data)
        segment = head[:16] + struct.pack("!H", total) + head[18:] + data
        return _ip(addresses[0].version, ends_octets, segment)


def _ip(version: int, ends: bytes, segment: bytes) -> bytes:
    if version == 6:
        return struct.pack("!IHBB", 6 << 28, len(segment), _TCP, _HOPS) + ends + segment
    head = struct.pack("!BBHHHBB", 0x45, 0, 20 + len(segment), 0, 0x4000, _HOPS, _TCP)
    return head + struct.pack("!H", _sum(head + b"\0\0" + ends)) + ends + segment


def _sum(octets: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    octets += bytes(len(octets) % 2)
    total: int = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF
