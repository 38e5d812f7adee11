from __future__ import annotations

from collections.abc import Callable

import pytest

from reference_proxy.config import values


def accepts(convert: Callable[[str], float], text: str) -> bool:
    try:
        convert(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("5", 5),
        ("250ms", 0.25),
        ("1m30s", 90),
        ("1h 30m", 5400),
        ("1w1d", 691200),
        ("1m5", 65),
    ],
)
def test_seconds(text: str, expected: float) -> None:
    assert values.seconds(text) == expected


@pytest.mark.parametrize("text", ["", "s", "1x", "-1", "5s1m", "5s5s", "1M", "1y", "1.5s", "٣"])
def test_no_time(text: str) -> None:
    assert not accepts(values.seconds, text)


@pytest.mark.parametrize(
    ("text", "expected"), [("300", 300), ("5m", 300), ("1y2M", 36720000), ("1h 30m", 5400)]
)
def test_whole_seconds(text: str, expected: int) -> None:
    assert values.whole_seconds(text) == expected
    assert values.whole_seconds(str(2**63 - 1)) == 2**63 - 1


@pytest.mark.parametrize("text", ["", "5ms", "1s1ms", "1M1y", "5s5s", "-1", f"{2**63}", "1.5"])
def test_no_whole_seconds(text: str) -> None:
    assert not accepts(values.whole_seconds, text)


@pytest.mark.parametrize(("text", "expected"), [("0", 0), ("8k", 8192), ("1M", 1048576)])
def test_size(text: str, expected: int) -> None:
    assert values.size(text) == expected


@pytest.mark.parametrize("text", ["", "k", "1g", "1kk", "-1", f"{2**63}", f"{2**62}k"])
def test_no_size(text: str) -> None:
    assert not accepts(values.size, text)


@pytest.mark.parametrize(("text", "expected"), [("1g", 1 << 30), ("2G", 1 << 31), ("3k", 3072)])
def test_offset(text: str, expected: int) -> None:
    assert values.offset(text) == expected
