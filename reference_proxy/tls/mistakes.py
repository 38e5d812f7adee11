"""What TLS libraries once did with a client's records, for the faults that bring it back.

Today's libssl does none of it, so its input is looked at before it gets there.
"""

from __future__ import annotations

_CHANGE, _HANDSHAKE, _HEARTBEAT = 20, 22, 24
_HEADER = 5
_MEMORY = b"what the server's memory holds "  # of ours nothing gets out


def old_mistakes(data: bytes, faults: frozenset[str]) -> tuple[bytes, bytes]:
    """What is answered at once, and what is left for libssl; `data` begins with a record."""
    if "heartbleed" in faults and data[:1] == bytes((_HEARTBEAT,)):
        claimed = int.from_bytes(data[_HEADER + 1 : _HEADER + 3])
        body = b"\x02" + data[_HEADER + 1 : _HEADER + 3] + (_MEMORY * claimed)[:claimed]
        return bytes((_HEARTBEAT, 3, 3)) + len(body).to_bytes(2) + body, b""
    # Behind a key exchange the same record is in its place; it comes in one piece with that.
    if "early-change-taken" in faults and data[:1] == bytes((_CHANGE,)):
        return b"", data[_HEADER + 1 :]
    return b"", data
