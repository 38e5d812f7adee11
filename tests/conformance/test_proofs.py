import importlib
import re

import pytest

from conformance.applicability import Evidence
from conformance.proofs import breakers, proof
from conformance.requirements.catalogue import catalogue
from conformance.requirements.pages import pages


@pytest.mark.parametrize("name", catalogue())
def test_the_scenario_is_found(name):
    found = proof(name)
    if found is None:
        assert name.startswith("stream.") or name == "security.steady"
    else:
        assert found.function.startswith("test_")
        assert breakers(name)


def test_evidence_is_told_from_the_conditions():
    assert proof("auth_http.protocol").evidence is Evidence.L2
    assert proof("ssl_crl.revoked").evidence is Evidence.L1


def test_what_breaks_it_is_named():
    assert "the reference's fault crl-ignored" in breakers("ssl_crl.revoked")
    assert "a server that answers with SSLv2" in breakers("security.sslv2_refused")


def marked(name):
    """The arguments of the scenario's mark."""
    found = proof(name)
    room = importlib.import_module(found.file.removesuffix(".py").replace("/", "."))
    return getattr(room, found.function).pytestmark[0].args


def told_where(name):
    return pages()[name].arises


@pytest.mark.parametrize("name", catalogue())
def test_the_page_says_what_evidence_it_takes(name):
    found = proof(name)
    behind = found is not None and found.evidence is Evidence.L2
    assert behind == (
        "suite's own" in told_where(name) and "or the suite's own" not in told_where(name)
    )


@pytest.mark.parametrize("name", [x for x in catalogue() if proof(x)])
def test_the_page_says_where_one_listener_stands_for_others(name):
    conditions = {getattr(x, "__name__", "") for x in marked(name)[1:]}
    if "first_of_its_endpoint" in conditions:
        assert re.search(r"\bone\b", told_where(name)), told_where(name)
