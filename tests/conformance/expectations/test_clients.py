import pytest

from conformance.expectations import client_succeeds
from conformance.harness.clients import ClientFailed, errand
from conformance.verdict import Deviation, NoVerdict, begin
from tests.conformance.observations import LOGIN, endpoint


def failing(text, cause=None):
    def poplib_reads(endpoint, login):
        raise ClientFailed(text) from cause

    return poplib_reads


def test_a_client_that_succeeds():
    judgements = begin()
    client_succeeds(errand(lambda endpoint, login: "2 bytes\x1b", endpoint(), LOGIN))
    assert judgements[0].observed == r"2 bytes\x1b"


def test_a_client_that_fails():
    with pytest.raises(Deviation, match=r"poplib logs in .*; observed no <redacted> here"):
        client_succeeds(errand(failing("no geheim here"), endpoint(), LOGIN))


def test_a_client_that_met_nobody():
    with pytest.raises(NoVerdict):
        client_succeeds(errand(failing("refused", ConnectionRefusedError()), endpoint(), LOGIN))
