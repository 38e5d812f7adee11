import pytest

from conformance.directives import (
    DEFAULTS,
    FILES,
    JOINED,
    KNOWN,
    LAST_COUNTS,
    UNSET,
    normalised,
)
from conformance.harness.fixtures import fixture

PAGE = fixture("spec/ngx_mail_ssl_module.txt").read_text("utf-8")
SYNTAX = [x.split()[1] for x in PAGE.splitlines() if x.startswith("Syntax: ")]


def test_every_directive_of_the_page_is_known():
    assert len(SYNTAX) > 15
    assert set(SYNTAX) <= KNOWN


def test_the_defaults_are_the_page_s():
    for name in SYNTAX:
        default = f"{name} {' '.join(DEFAULTS.get(name, ()))};"
        assert (default in PAGE) is (name in DEFAULTS), name


def test_a_directive_has_a_default_or_none():
    assert not set(DEFAULTS) & set(UNSET)
    assert not set(JOINED) & set(LAST_COUNTS)
    assert set(FILES) <= set(UNSET)


@pytest.mark.parametrize("directive", sorted(KNOWN))
def test_every_directive_needs_a_value(directive):
    with pytest.raises(ValueError, match="it needs a value"):
        normalised(directive, ())


def test_what_we_do_not_look_into_is_kept():
    assert normalised("xclient", ("On", "x")) == ("On", "x")


def test_a_time_is_kept_as_it_is_written():
    assert normalised("ssl_session_timeout", ("1h 30m",)) == ("1h 30m",)


@pytest.mark.parametrize(
    "text", ["", "-1", "x", "5x", "5ms", "30m 1h", "1m 1m", "5m ", "off", "1 2"]
)
def test_no_time(text):
    with pytest.raises(ValueError, match=r"time|unit"):
        normalised("ssl_session_timeout", (text,))


CACHES = ["off", "none", "builtin", "builtin:0", "builtin:1000", "shared:A:1m", "shared:A:32768"]


@pytest.mark.parametrize("value", CACHES)
def test_a_cache(value):
    assert normalised("ssl_session_cache", (value,)) == (value,)
    assert normalised("ssl_session_cache", (value, "shared:B:32k")) == (value, "shared:B:32k")


@pytest.mark.parametrize(
    "value",
    ["", "OFF", "builtin:", "builtin:-1", "builtin:1k", "shared", "shared:A", "shared::1m",
     "shared:A:", "shared:A:1g", "shared:A:31k", "shared:A:1m:x"],
)  # fmt: skip
def test_no_cache(value):
    with pytest.raises(ValueError, match=r"none of off, none|too small"):
        normalised("ssl_session_cache", (value,))


def test_no_three_caches():
    with pytest.raises(ValueError, match="two values at most, not 3"):
        normalised("ssl_session_cache", ("off", "none", "builtin"))
