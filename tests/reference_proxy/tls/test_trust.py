"""Verify results by OpenSSL's number: 0 good, 2 and 20 issuer unknown, 3 no CRL, 9 not valid yet,
10 expired, 11 CRL not valid yet, 12 CRL expired, 18 self-signed, 21 leaf unverifiable, 23 revoked,
26 wrong purpose."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID


@pytest.fixture(scope="session")
def middle(pki):
    """An intermediate authority under the root."""
    return pki.root.issue("middle", ca=True)


@pytest.fixture
def error(visit):
    return lambda *arguments, **keywords: visit(*arguments, **keywords).verify_error


def test_off_asks_for_no_certificate(pki, settings, visit):
    assert visit(settings, party=pki.root.issue("unseen")).peer is None


@pytest.mark.parametrize("mode", ["on", "optional", "optional_no_ca"])
def test_other_modes_ask_and_never_fail_the_handshake(pki, verifying, visit, mode):
    asking = replace(verifying, verify_client=mode)
    assert visit(asking).peer is None
    state = visit(asking, party=pki.root.issue("known"))
    assert (state.verify_error, state.verify_text) == (0, "")
    state = visit(asking, party=pki.stranger.issue("unknown"))
    assert (state.peer.subject, state.verify_error) == ("CN=unknown", 21)
    assert state.verify_text == "unable to verify the first certificate"


def test_optional_no_ca_needs_no_authority(pki, settings, error):
    asking = replace(settings, verify_client="optional_no_ca")
    assert error(asking, party=pki.root.issue("known")) == 21


def test_expired_certificate(pki, verifying, error):
    expired = pki.root.issue("expired", until=pki.yesterday)
    assert error(verifying, party=expired) == 10


def test_certificate_of_tomorrow(pki, verifying, error):
    assert error(verifying, party=pki.root.issue("early", since=pki.tomorrow)) == 9


def test_certificate_that_is_not_for_clients(pki, verifying, error):
    server = pki.root.issue("server", purpose=ExtendedKeyUsageOID.SERVER_AUTH)
    assert error(verifying, party=server) == 26
    assert error(replace(verifying, client_certificate=pki.file("stranger")), party=server) == 21


def test_an_authority_that_is_not_trusted_with_clients(pki, verifying, error):
    path = pki.directory / "rejecting.pem"
    command = ["openssl", "x509", "-in", pki.file("stranger"), "-addreject", "clientAuth", "-out"]
    subprocess.run([*command, path], check=True)
    rejecting = replace(verifying, trusted_certificate=str(path))
    assert error(rejecting, party=pki.stranger.issue("rejected")) == 26


def test_self_signed_certificate(pki, verifying, error):
    assert error(verifying, party=pki.stranger) == 18
    assert (
        error(replace(verifying, trusted_certificate=pki.file("stranger")), party=pki.stranger) == 0
    )


def test_who_stands_in_the_file_vouches_for_itself(pki, verifying, error):
    file = pki.write("alone.pem", pki.alone.pem())
    assert error(replace(verifying, client_certificate=file), party=pki.alone) == 0
    for depth in (0, 1, 5):
        assert error(replace(verifying, verify_depth=depth), party=pki.alone) == 18


def test_the_last_error_of_the_walk_is_reported(pki, verifying, error):
    checking = replace(verifying, crl=pki.write("walk.crl", pki.root.crl()))
    assert error(checking, party=pki.stranger) == 3
    assert error(checking, party=pki.stranger.issue("unknown")) == 21


def test_both_files_are_trusted(pki, verifying, error):
    both = replace(verifying, trusted_certificate=pki.file("stranger"))
    assert error(both, party=pki.root.issue("one")) == 0
    assert error(both, party=pki.stranger.issue("other")) == 0


def test_an_intermediate_alone_is_no_anchor(pki, settings, error, middle):
    file = pki.write("middle.pem", middle.pem(chain=False))
    alone = replace(settings, verify_client="on", client_certificate=file)
    assert error(alone, party=middle.issue("below")) == 2


@pytest.mark.parametrize(("depth", "expected"), [(0, 20), (1, 0), (2, 0), (2**63 - 1, 0)])
def test_depth_counts_intermediates(pki, verifying, error, middle, depth, expected):
    assert error(replace(verifying, verify_depth=depth), party=middle.issue("below")) == expected


def test_a_longer_chain_needs_more_depth(pki, verifying, error):
    party = pki.root
    for count in range(4):
        below = party.issue(f"below {count}")
        whole = replace(below, chain=(*below.chain, pki.root.certificate) if count else ())
        for depth in range(5):
            expected = 0 if count <= depth else 20
            limited = replace(verifying, verify_depth=depth)
            assert error(limited, party=below) == error(limited, party=whole) == expected
        party = party.issue(f"middle {count}", ca=True)


def test_revocation(pki, verifying, error):
    revoked = pki.root.issue("revoked")
    checking = replace(verifying, crl=pki.write("root.crl", pki.root.crl(revoked)))
    assert error(checking, party=revoked) == 23
    assert error(checking, party=pki.root.issue("fine")) == 0
    assert error(checking) == 0


def test_every_issuer_needs_its_crl(pki, verifying, error, middle):
    def with_crls(*crls):
        return replace(verifying, crl=pki.write("several.crl", b"".join(crls)))

    party = middle.issue("below")
    assert error(with_crls(pki.root.crl(), middle.crl()), party=party) == 0
    assert error(with_crls(pki.root.crl()), party=party) == 3
    assert error(with_crls(middle.crl()), party=party) == 3
    assert error(with_crls(pki.stranger.crl()), party=party) == 3
    assert error(with_crls(pki.root.crl(middle), middle.crl()), party=party) == 23


def test_a_list_has_its_time(pki, verifying, error):
    for number, times in [(12, {"until": pki.yesterday}), (11, {"since": pki.tomorrow})]:
        checking = replace(verifying, crl=pki.write("timed.crl", pki.root.crl(**times)))
        assert error(checking, party=pki.root.issue("timed")) == number


def test_only_the_client_file_is_named_in_its_order(pki, verifying, build, s_client, ca_names):
    named = pki.write("named.pem", pki.stranger.pem() + pki.root.pem() + pki.stranger.pem())
    trusted = pki.write("other.pem", pki.root.issue("other", ca=True).pem())
    naming = replace(verifying, client_certificate=named, trusted_certificate=trusted)
    assert ca_names(s_client(build(naming))) == ["CN=stranger", "CN=root"]


def test_no_client_file_makes_an_empty_list(pki, settings, build, s_client, ca_names):
    naming = replace(settings, verify_client="optional_no_ca", trusted_certificate=pki.file("root"))
    assert ca_names(s_client(build(naming))) == []
