from __future__ import annotations

import pytest

from reference_proxy.numeric import decimal, numeric_address


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("007", 7),
        (str(2**63 - 1), 2**63 - 1),
        (str(2**63), None),
        ("9" * 5000, None),
        ("", None),
        ("-1", None),
        (" 1", None),
        ("1x", None),
        ("٣", None),
    ],
)
def test_decimal(text: str, number: int | None) -> None:
    assert decimal(text) == number


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0127.00.0.001", "127.0.0.1"),
        ("127...1", "127.0.0.1"),
        ("::0001", "::1"),
        ("255.255.255.255", None),
        ("127.0.0.256", None),
        ("127.0.1", None),
        ("127.0.0.1 ", None),
        ("[::1]", None),
        ("::1%lo", None),
        ("\0", None),
        ("localhost", None),
    ],
)
def test_addresses(text: str, address: str | None) -> None:
    assert numeric_address(text) == address
