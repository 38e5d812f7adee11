from __future__ import annotations

import pytest

from reference_proxy.config.addresses import Address, Url, listen_addresses, url


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("993", [("", 993)]),
        ("*:993", [("", 993)]),
        ("0.0.0.0:993", [("", 993)]),
        ("127.0.0.1:1-3", [("127.0.0.1", 1), ("127.0.0.1", 2), ("127.0.0.1", 3)]),
        ("[::1]:993", [("::1", 993)]),
        ("unix:/a", [("unix:/a", 0)]),
    ],
)
def test_listen(text: str, expected: list[tuple[str, int]]) -> None:
    assert [(a.host, a.port) for a in listen_addresses(text)] == expected


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (Address("", 1), "0.0.0.0:1"),
        (Address("::1", 1), "[::1]:1"),
        (Address("unix:/a", 0), "unix:/a"),
    ],
)
def test_addresses_are_shown_as_nginx_shows_them(address: Address, shown: str) -> None:
    assert str(address) == shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1", Url(Address("127.0.0.1", 80), "127.0.0.1", "/")),
        ("127.0.0.1:9/a?b", Url(Address("127.0.0.1", 9), "127.0.0.1", "/a?b")),
        ("[::1]:9/?b", Url(Address("::1", 9), "[::1]", "/?b")),
        ("unix:/s:/a", Url(Address("unix:/s", 0), "localhost", "/a")),
    ],
)
def test_url(text: str, expected: Url) -> None:
    assert url(text, 80) == expected
