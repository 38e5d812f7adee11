from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_proxy.proxy_protocol import (
    BrokenHeader,
    Networks,
    Proxied,
    header,
    read_header,
    real_address,
)

V2 = b"\r\n\r\n\0\r\nQUIT\n"
TCP4 = Proxied("192.0.2.1", 1111, "192.0.2.2", 2222)
TCP4_V2 = b"\x21\x11\x00\x0c\xc0\x00\x02\x01\xc0\x00\x02\x02\x04\x57\x08\xae"
ANY: Networks = (ipaddress.ip_network("127.0.0.0/8"),)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PROXY TCP4 192.0.2.1 192.0.2.2 1111 2222\r\n", TCP4),
        (b"PROXY TCP6 :: f 0 65535\r\n", Proxied("::", 0, "f", 65535)),
        (b"PROXY UNKNOWN\r\n", None),
        (b"PROXY UNKNOWN any text\r\n", None),
        (V2 + TCP4_V2, TCP4),
        (V2 + b"\x20\x00\x00\x00", None),
        (V2 + b"\x21\x31\x00\x02xx", None),
        (V2 + b"\x21\x21\x00\x24" + bytes(31) + b"\x01" + bytes(4), Proxied("::", 0, "::1", 0)),
    ],
)
def test_headers(data: bytes, said: Proxied | None) -> None:
    assert read_header(data + b"a NOOP\r\n") == (said, len(data))


@pytest.mark.parametrize(
    "data",
    [
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1111 2222\r",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1111 2222\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1111 65536\r\n",
        b"PROXY TCP4 192.0.2.1 192.0.2.2 1111\r\n",
        b"PROXY TCP4 mx 192.0.2.2 1111 2222\r\n",
        b"PROXY TCP5 192.0.2.1 192.0.2.2 1111 2222\r\n",
        b"PROXY UNKNOWN" + b"x" * 100 + b"\r\n",
        b"a NOOP\r\n",
        V2[:-1],
        V2 + b"\x11\x11\x00\x00",
        V2 + b"\x21\x11\x00\x0c",
        V2 + b"\x21\x11\x00\x04xxxx",
    ],
)
def test_broken_headers(data: bytes) -> None:
    with pytest.raises(BrokenHeader):
        read_header(data)


def test_a_broken_header_is_one_line_of_the_log() -> None:
    with pytest.raises(BrokenHeader) as caught:
        read_header(b"GET / HTTP/1.0\r\n[alert] me\n")
    assert str(caught.value).isprintable()


@given(st.binary(max_size=120), st.sampled_from([b"", V2, b"PROXY ", b"PROXY TCP4 "]))
def test_whatever_comes_is_a_header_or_is_none(data: bytes, start: bytes) -> None:
    try:
        _, length = read_header(start + data)
    except BrokenHeader:
        return
    assert 0 < length <= len(start + data)


@given(st.ip_addresses(), st.ip_addresses(), st.integers(0, 65535), st.integers(0, 65535))
def test_what_is_written_can_be_read(one: object, other: object, port: int, server: int) -> None:
    written = header(str(one), port, str(other), server)
    assert read_header(written) == (Proxied(str(one), port, str(other), server), len(written))


def test_a_local_client_has_no_address() -> None:
    assert header("unix:", 0, "unix:/x", 0) == b"PROXY UNKNOWN\r\n"


@pytest.mark.parametrize(
    ("trusted", "address", "said", "real"),
    [
        (ANY, "127.0.0.5", "0192.0.2.1", "192.0.2.1"),
        (ANY, "::ffff:127.0.0.5", "::0001", "::1"),
        (ANY, "127.0.0.5", "1.2", None),
        (ANY, "192.0.2.9", "192.0.2.1", None),
        (ANY, "::1", "192.0.2.1", None),
        (ANY, "unix:", "192.0.2.1", None),
        ((None,), "unix:", "192.0.2.1", "192.0.2.1"),
        ((), "127.0.0.5", "192.0.2.1", None),
    ],
)
def test_who_is_believed(trusted: Networks, address: str, said: str, real: str | None) -> None:
    assert real_address(trusted, address, Proxied(said, 1, "::", 2)) == real


def test_without_a_header_nobody_says_otherwise() -> None:
    assert real_address(ANY, "127.0.0.5", None) is None
