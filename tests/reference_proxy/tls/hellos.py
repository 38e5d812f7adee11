"""First bytes that no library sends, and what nginx and the reference answer to them.

An answer is what `test_hellos.told` makes of it: a hello, an alert and the end, or the end.
"""

from __future__ import annotations

SERVERS = {
    "imap": "ssl; protocol imap;",
    "pop3": "ssl; protocol pop3;",
    "smtp": "ssl; protocol smtp;",
    "starttls": "; protocol imap; starttls on;",
}

_SERVER_NAME, _STATUS, _GROUPS, _POINTS, _SIGNATURES, _ALPN = 0, 5, 10, 11, 13, 16
_MASTER_SECRET, _RENEGOTIATION = 23, 0xFF01
_SUITES = bytes.fromhex("c02b c02c")  # ECDHE-ECDSA-AES128 and 256-GCM
_ORDINARY = {
    _GROUPS: bytes.fromhex("0004 001d 0017"),  # X25519, P-256
    _POINTS: bytes.fromhex("01 00"),
    _SIGNATURES: bytes.fromhex("0002 0403"),  # ecdsa_secp256r1_sha256
}


def _vector(size: int, data: bytes) -> bytes:
    return len(data).to_bytes(size) + data


def hello(
    extensions: dict[int, bytes] | None = None,
    *,
    without: tuple[int, ...] = (),
    compressions: bytes = b"\0",
) -> bytes:
    """A ClientHello of TLS 1.2 with these extensions beside (or in place of) the ordinary ones."""
    said = {n: c for n, c in (_ORDINARY | (extensions or {})).items() if n not in without}
    listed = b"".join(number.to_bytes(2) + _vector(2, content) for number, content in said.items())
    body = b"\x03\x03" + b"r" * 32 + b"\0" + _vector(2, _SUITES)
    body += _vector(1, compressions) + _vector(2, listed)
    return b"\x16\x03\x01" + _vector(2, b"\x01" + _vector(3, body))


def _named(name: bytes) -> bytes:
    return hello({_SERVER_NAME: _vector(2, b"\0" + _vector(2, name))})


def _speaking(*protocols: bytes) -> bytes:
    return hello({_ALPN: _vector(2, b"".join(_vector(1, name) for name in protocols))})


# SSLv2's CLIENT-HELLO: its version, three suites of three bytes, a challenge of 16.
_V2 = bytes.fromhex("8022 01 0002 0009 0000 0010 0700c0 050080 030080") + b"c" * 16

_PLAIN = "hello 0303, no compression, extensions 11"

# Server, name of the row, what is sent, and what comes back.
ROWS = [
    ("imap", "plain", hello(), _PLAIN),
    ("imap", "deflate", hello(compressions=b"\1\0"), _PLAIN),
    ("imap", "master-secret", hello({_MASTER_SECRET: b""}), f"{_PLAIN} 23"),
    ("imap", "renegotiation", hello({_RENEGOTIATION: b"\0"}), f"{_PLAIN} 65281"),
    ("imap", "no-groups", hello(without=(_GROUPS,)), "alert 40"),
    ("imap", "status", hello({_STATUS: b"\1\0\0\0\0"}), _PLAIN),
    ("imap", "name", _named(b"other.example"), _PLAIN),
    ("imap", "name-long", _named(b"n" * 256), "alert 112"),
    ("imap", "name-nul", _named(b"mx\0.test"), "alert 112"),
    *(
        (server, f"alpn-{b'-'.join(said).decode() or 'empty'}", _speaking(*said), outcome)
        for server, own in (
            *((p, p.encode()) for p in ("imap", "pop3", "smtp")),
            ("starttls", b"imap"),
        )
        for said, outcome in [
            ((b"h2", own), f"{_PLAIN} 16 {own.decode()}"),
            ((b"h2",), "alert 120"),
            ((own.upper(),), "alert 120"),
            ((own + b"s",), "alert 120"),
            ((b"pop3" if own != b"pop3" else b"imap",), "alert 120"),
            ((b"",), "alert 50"),
        ]
    ),
    ("imap", "ssl2", _V2, "alert 70"),
    ("imap", "garbage", b"\x16\x03\x01\0\5\xff\0\0\1\0", "alert 10"),
    ("imap", "http", b"GET / HTTP/1.0\r\n\r\n", "end"),
    ("imap", "imap", b"a NOOP\r\n", "end"),
    ("starttls", "imap", b"a NOOP\r\n", "end"),
]


def names() -> list[str]:
    """The rows' names, in their order."""
    return [f"{server}-{name}" for server, name, _, _ in ROWS]
