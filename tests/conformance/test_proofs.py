import pytest

from conformance.applicability import Evidence
from conformance.proofs import breakers, proof
from conformance.requirements.catalogue import catalogue


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
