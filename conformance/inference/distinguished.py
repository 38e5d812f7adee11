"""Distinguished names as they travel, for people to read."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.harness.transcript import escaped

_LONGEST = 160
# The attributes that names are mostly made of (RFC 4519), by the content of their identifiers.
_ATTRIBUTES = {
    bytes.fromhex("550403"): "CN",
    bytes.fromhex("550406"): "C",
    bytes.fromhex("550407"): "L",
    bytes.fromhex("550408"): "ST",
    bytes.fromhex("55040a"): "O",
    bytes.fromhex("55040b"): "OU",
    bytes.fromhex("0992268993f22c640119"): "DC",
    bytes.fromhex("2a864886f70d010901"): "emailAddress",
}
_SEQUENCE, _SET, _IDENTIFIER, _WIDE = 0x30, 0x31, 0x06, 0x1E


def readable(name: bytes) -> str:
    """`CN=clients,O=waxseal` of a DER name, the most specific first; escaped, and not too long."""
    try:
        parts = [_attribute(pair) for _, rdn in _inside(name) for _, pair in _elements(rdn)]
    except ValueError:
        return f"0x{name[:40].hex()}"
    return ",".join(reversed(parts))[:_LONGEST] or "an empty name"


def _inside(name: bytes) -> list[tuple[int, bytes]]:
    match list(_elements(name)):
        case [(tag, content)] if tag == _SEQUENCE:
            return list(_elements(content))
    raise ValueError("no name")


def _attribute(pair: bytes) -> str:
    match list(_elements(pair)):
        case [(tag, kind), (form, value)] if tag == _IDENTIFIER:
            plain = value.decode("utf-16-be", "replace").encode() if form == _WIDE else value
            return f"{_ATTRIBUTES.get(kind, '0x' + kind.hex())}={escaped(plain)}"
    raise ValueError("no attribute")


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of the elements in a row; ValueError where they are cut short."""
    at = 0
    while at < len(data):
        tag, length, start = data[at], data[at + 1] if at + 1 < len(data) else -1, at + 2
        if length & 0x80 and length > 0:
            start += length & 0x7F
            length = int.from_bytes(data[at + 2 : start])
        if length < 0 or start + length > len(data):
            raise ValueError("cut short")
        yield tag, data[start : start + length]
        at = start + length
