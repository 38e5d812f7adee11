import pytest

from conformance.harness.times import seconds


@pytest.mark.parametrize(
    ("text", "count"),
    [("0", 0), ("90", 90), ("5m", 300), ("1h 30m", 5400), ("1h30m", 5400), ("1d", 86_400),
     ("1y", 31_536_000), ("2M", 5_184_000), ("1w 1s", 604_801), ("1m 5", 65)],
)  # fmt: skip
def test_a_time(text, count):
    assert seconds((text,)) == count


@pytest.mark.parametrize("values", [(), ("",), ("5x",), ("30m 1h",), ("1m 1m",), ("1", "2")])
def test_no_time(values):
    with pytest.raises(ValueError, match=r"time|unit"):
        seconds(values)
