import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from conformance.expectations import (
    chain_links,
    confirms_master_secret,
    dh_bits,
    dh_parameter,
    each_group,
    ephemeral,
    group_is,
    group_not_used,
    key_of,
    retried,
    served_after_retry,
    signed_soundly,
    warns_of_downgrade,
)
from conformance.harness.observation import Offer, TlsFacts
from conformance.harness.pki.authorities import SERVER, Authority, Span, now, subject
from conformance.verdict import Deviation, NotApplicable, NoVerdict
from tests.conformance.observations import SILENT, UNREACHABLE, alerted, passes, served


def confirmed(observation):
    confirms_master_secret(observation, control=served())


def hello(offer=None, **facts):
    tls = TlsFacts(**{"version": "TLSv1.2", "cipher": "X", **facts})
    return served(offer=offer or Offer(hello_only=True), tls=tls, probe=None)


def over(name, got):
    offer = Offer(groups=(name,), hello_only=True)
    return hello(offer, group=got) if got else alerted(offer=offer)


def exchange(public=9, prime=23, **facts):
    return hello(dh_prime=prime, dh_generator=5, dh_public=public, key_bits=prime.bit_length())


REFUSED = alerted(offer=Offer(hello_only=True), tls=None)


def chain(*orders):
    root = Authority.named("servers")
    below = Authority.named("below", Authority.named("middle", root))
    issued = below.issue(subject("x"), Span.around(now()), purpose=SERVER).chain
    return hello(chain=tuple(issued[n].public_bytes(Encoding.DER) for n in orders))


RIGHT = [
    lambda: each_group([over("X25519", "X25519"), over("X448", "X448")]),
    lambda: group_is(hello(group="X448"), "X25519", "X448"),
    lambda: group_not_used(over("tiny", ""), control=hello()),
    lambda: group_not_used(over("tiny", "X448"), control=hello()),
    lambda: retried(hello(retry=True, group="X448"), ["X448"]),
    lambda: served_after_retry(served(tls=TlsFacts(version="TLSv1.3", retry=True))),
    lambda: dh_parameter(exchange(), "prime", 23),
    lambda: dh_parameter(exchange(), "generator", 5),
    lambda: ephemeral(exchange(9), exchange(10)),
    lambda: dh_bits(exchange(prime=2**2047), above=2047),
    lambda: signed_soundly(hello(signature="rsa_pss_rsae_sha256")),
    lambda: chain_links(chain(0, 1, 2)),
    lambda: confirmed(hello(extended_master_secret=True)),
    lambda: warns_of_downgrade(hello(random=bytes(24) + b"DOWNGRD\x01")),
    lambda: key_of(hello(chain=(b"leaf",)), [b"LEAF"], bytes.upper),
]
WRONG = [
    (lambda: each_group([over("X25519", "X25519"), over("X448", "")]), "not X448"),
    (lambda: each_group([over("X448", "X25519")]), "group X25519"),
    (lambda: group_is(hello(group="X448"), "X25519"), "X448"),
    (lambda: group_not_used(over("tiny", "tiny"), control=hello()), "tiny"),
    (lambda: retried(hello(group="X448"), ["X448"]), "HelloRetryRequest"),
    (lambda: retried(hello(retry=True, group="X25519"), ["X448"]), "X25519"),
    (lambda: served_after_retry(served()), "HelloRetryRequest"),
    (lambda: dh_parameter(exchange(), "prime", 29), "sent: 17"),
    (lambda: dh_parameter(hello(), "prime", 29), "the prime of the file"),
    (lambda: ephemeral(exchange(9), exchange(9)), "again"),
    (lambda: ephemeral(exchange(22), exchange(9)), "sent: 16"),
    (lambda: dh_bits(exchange(prime=2**1023), above=1024), "1024 bits"),
    (lambda: signed_soundly(hello(signature="rsa_pkcs1_sha1")), "sha1"),
    (lambda: chain_links(chain(0, 2, 1)), "number 1 of 3"),
    (lambda: chain_links(hello(chain=(b"x",))), "cannot be read"),
    (lambda: confirmed(hello()), "not confirmed"),
    (lambda: warns_of_downgrade(hello(random=bytes(32))), "0000"),
    (lambda: key_of(hello(chain=(b"leaf",)), [b"else"], bytes.upper), "another public key"),
]


@pytest.mark.parametrize("expect", RIGHT)
def test_right(expect):
    assert passes(expect)


@pytest.mark.parametrize(("expect", "why"), WRONG)
def test_wrong(expect, why):
    with pytest.raises(Deviation, match=why):
        expect()


@pytest.mark.parametrize("observation", [UNREACHABLE, SILENT])
@pytest.mark.parametrize("expect", [chain_links, confirmed, warns_of_downgrade, signed_soundly])
def test_nothing_is_proved_by_silence(expect, observation):
    with pytest.raises(NoVerdict):
        expect(observation)


@pytest.mark.parametrize("expect", [confirmed, signed_soundly])
def test_it_does_not_arise_where_no_such_handshake_is_begun(expect):
    with pytest.raises(NotApplicable):
        expect(REFUSED)


def test_who_has_no_dhe_has_no_weak_group():
    for observation in (REFUSED, hello()):
        with pytest.raises(NotApplicable, match="no cipher with DHE"):
            dh_bits(observation, above=1024)


def test_no_group_to_try():
    with pytest.raises(NoVerdict):
        each_group([])
