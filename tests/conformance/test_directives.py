import pytest

from conformance.directives import DEFAULTS, FILES, JOINED, KNOWN, LAST_COUNTS, UNSET, normalised
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
