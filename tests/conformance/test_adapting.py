"""What an adapter's answers leave of the claims."""

from conformance.adapting import agreed
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.targets.adapter import Answer
from conformance.listener import Listener

HERE = Endpoint("127.0.0.1", 993, Protocol.IMAP, Way.IMPLICIT)
CLAIMS = {"ssl_crl": ("/crl",), "ssl_verify_depth": ("1",)}
LISTENER = Listener("one", HERE, CLAIMS)


def answered(answer):
    (left,) = agreed([LISTENER], {"one": answer})
    return left


def test_a_listener_that_is_not_there_says_why():
    left = answered(Answer("one", False, {"ssl_crl": "no CRLs"}))
    assert left.declined == "declined: ssl_crl: no CRLs"


def test_what_is_left_out_is_unknown_for_a_reason():
    left = answered(Answer("one", True, {"ssl_crl": "no CRLs"}))
    assert not left.knows("ssl_crl")
    assert "no CRLs" in left.withdrawn["ssl_crl"]


def test_what_is_done_otherwise_is_claimed_so():
    left = answered(Answer("one", True, {}, {"ssl_verify_depth": ("100",)}))
    assert left.value("ssl_verify_depth") == "100"
    assert left.value("ssl_crl") == "/crl"
