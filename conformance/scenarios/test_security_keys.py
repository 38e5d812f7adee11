from conformance.applicability import TLS, first_of_its_endpoint, modern_stranger
from conformance.applicability_keys import key_transport, signs_at_a_level, small_curves_unclaimed
from conformance.applicability_versions import served_version
from conformance.ciphers import DHE
from conformance.claimed import legacy
from conformance.claimed_groups import SMALL_CURVES, ecdhe_ciphers, key_transport_ciphers
from conformance.expectations import (
    change_turned_down,
    confirms_master_secret,
    dh_bits,
    group_not_used,
    heartbeat_unanswered,
    not_renegotiated,
    refused,
    same_reaction,
    signed_soundly,
    warns_of_downgrade,
)
from conformance.expectations.keys import BREAKABLE_BITS, GOOD_BITS
from conformance.harness.observation import Provocation
from conformance.requirements import requirement

OLD = ("TLSv1", "TLSv1.1", "TLSv1.2")
BROKEN = ("rsa_pkcs1_sha1", "ecdsa_sha1", "dsa_sha1", "rsa_pkcs1_md5")
SOUND = ("rsa_pss_rsae_sha256", "rsa_pkcs1_sha256", "ecdsa_secp256r1_sha256", "ed25519")
PADDINGS = [x for x in Provocation if x.name.startswith("PADDING")]


@requirement("security.extended_master_secret", TLS)
def test_extended_master_secret(visit):
    confirms_master_secret(visit(versions=OLD, hello_only=True), control=visit(hello_only=True))


@requirement("security.downgrade_told", TLS, served_version("TLSv1.2"), served_version("TLSv1.3"))
def test_downgrade_is_told(visit):
    warns_of_downgrade(visit(versions=OLD, hello_only=True))


@requirement("security.dh_group_breakable", TLS)
def test_dh_group_is_not_within_reach(visit):
    dh_bits(visit(versions=OLD, ciphers=DHE, hello_only=True), above=BREAKABLE_BITS)


@requirement("security.dh_group_size", TLS)
def test_dh_group_is_good_today(visit):
    dh_bits(visit(versions=OLD, ciphers=DHE, hello_only=True), above=GOOD_BITS - 1)


@requirement("security.small_curves_refused", TLS, small_curves_unclaimed)
def test_small_curves(visit):
    seen = visit(versions=OLD, groups=SMALL_CURVES, hello_only=True)
    group_not_used(seen, control=visit(hello_only=True))


@requirement("security.signature_hash", TLS)
def test_signature_when_there_is_a_choice(visit):
    signed_soundly(visit(versions=["TLSv1.2"], signatures=[*SOUND, *BROKEN], hello_only=True))


@requirement("security.broken_signatures_refused", TLS, signs_at_a_level)
def test_client_that_takes_broken_signatures_alone(visit, listener):
    offer = {"versions": ["TLSv1.2"], "ciphers": ecdhe_ciphers(listener), "hello_only": True}
    refused(visit(signatures=BROKEN, **offer), control=visit(**offer))


@requirement("security.heartbleed", TLS, first_of_its_endpoint)
def test_heartbeat_that_claims_too_much(visit):
    heartbeat_unanswered(visit(versions=OLD, hello_only=True, provoke=Provocation.HEARTBEAT))


@requirement("security.early_change_of_cipher", TLS, first_of_its_endpoint)
def test_change_of_cipher_before_the_keys(visit):
    change_turned_down(visit(versions=OLD, hello_only=True, provoke=Provocation.EARLY_CHANGE))


@requirement("security.padding_oracle", TLS, key_transport)
def test_reaction_to_bad_padding(visit, listener):
    offer = {"versions": [legacy(listener)], "ciphers": key_transport_ciphers(listener)}
    same_reaction([visit(**offer, hello_only=True, provoke=one) for one in PADDINGS])


@requirement(
    "security.renegotiation_refused",
    TLS, served_version("TLSv1.2"), modern_stranger, first_of_its_endpoint,
)  # fmt: skip
def test_second_hello_inside(visit):
    not_renegotiated(visit(versions=["TLSv1.2"], provoke=Provocation.RENEGOTIATION, patient=True))
