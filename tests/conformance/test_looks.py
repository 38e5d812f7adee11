from collections.abc import Mapping
from typing import Any

import pytest

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.tls.names import SIGNATURES as KNOWN
from conformance.harness.tls.suites import cipher_facts
from conformance.listener import Listener
from conformance.looks import SIGNATURES, by_key_type, certificate_request

HERE = Endpoint("127.0.0.1", 993, Protocol.IMAP, Way.IMPLICIT)


def told(**fields: Any) -> Mapping[str, Any]:
    return fields


def claiming(*versions):
    return Listener("x", HERE, {"ssl_protocols": versions, "ssl_ciphers": ("HIGH:@SECLEVEL=0",)})


def test_the_request_is_in_clear_up_to_tls12():
    both = claiming("TLSv1.1", "TLSv1.2", "TLSv1.3")
    assert certificate_request(told, both) == {"versions": ["TLSv1.2"], "hello_only": True}
    inside = certificate_request(told, claiming("TLSv1.3"))
    assert inside == {"versions": ["TLSv1.3"], "request_details": True}


@pytest.mark.parametrize("key_type", SIGNATURES)
def test_a_client_of_one_type_of_key(key_type):
    fields = by_key_type(told, claiming("TLSv1.2"), key_type)
    assert {cipher_facts(c).authentication for c in fields["ciphers"]} == {key_type}
    assert set(fields["signatures"]) <= set(KNOWN)
    assert by_key_type(told, claiming("TLSv1.3"), key_type)["signatures"] == SIGNATURES[key_type]
    assert "signatures" not in by_key_type(told, claiming("TLSv1.1"), key_type)
