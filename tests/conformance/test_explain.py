import pytest

from conformance.explain import as_json, chosen, covered, explained, listed
from conformance.requirements.catalogue import catalogue
from conformance.requirements.coverage import sources
from conformance.requirements.pages import Product, pages


def test_a_page_tells_everything():
    text = " ".join(" ".join(explained("ssl_crl.revoked")).split())
    found = pages()["ssl_crl.revoked"]
    for words in (found.tested, found.arises, found.matters, found.loses, *found.fix.values()):
        assert words in text
    assert "waxseal certify ADDRESS -k test_client_with_revoked_certificate_is_refused" in text
    assert all(product in text for product in Product)


@pytest.mark.parametrize("name", ["stream.segmentation", "security.steady"])
def test_what_no_scenario_proves_is_told(name):
    assert any(line.startswith("judge it    waxseal certify ADDRESS") for line in explained(name))


def test_every_page_can_be_printed():
    text = "\n".join(line for name in catalogue() for line in explained(name))
    assert max(map(len, text.splitlines())) <= 140


def test_a_directive_is_its_list():
    assert list(explained("ssl_crl")) == list(listed(chosen("ssl_crl")))


def test_an_unknown_name_is_told_near_ones():
    with pytest.raises(LookupError, match=r"do you mean ssl_crl\.revoked"):
        list(explained("ssl_crl.revokd"))
    with pytest.raises(LookupError, match="see waxseal requirements"):
        list(explained("zzz"))


def test_requirements_are_chosen():
    assert {r.level for r in chosen(level="SHOULD")} == {"SHOULD"}
    assert {r.directive for r in chosen("starttls", "MUST")} == {"starttls"}
    with pytest.raises(LookupError, match="no directive 'starttl'; do you mean starttls"):
        chosen("starttl")


def test_json_has_the_page():
    (row,) = [row for row in as_json(chosen("ssl_crl")) if row["id"] == "ssl_crl.revoked"]
    assert row["page"]["fix"]["nginx"] == pages()["ssl_crl.revoked"].fix[Product.NGINX]


def test_coverage_accounts_for_every_clause():
    lines = list(covered())
    count = sum(len(source.clauses) for source in sources().values())
    assert lines[-1].startswith(f"all: {count} clauses, ")
    assert next(covered("page")).startswith("page: ")
    with pytest.raises(LookupError, match="no source 'rfc99999'"):
        list(covered("rfc99999"))
