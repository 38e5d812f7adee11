import pytest

from conformance.harness.pki.kit import write_kit
from conformance.harness.pki.person import Person
from conformance.inference.command import Choice, means_of
from conformance.inference.finding import Surety
from conformance.inference.trust import findings
from tests.conformance.observations import alerted, served

IN = served()


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    return write_kit(tmp_path_factory.mktemp("trust") / "kit")


@pytest.fixture(scope="module")
def means(kit):
    return means_of(Choice((), kit=kit.directory))


def judged(kit, means, *served_, mode="on"):
    people = {p: IN if p.name in served_ else alerted() for p in means.people}
    found = findings(mode, str(kit.file("clients.pem")), people, means.files)
    return {one.directive: one for one in found.findings}


# Whom a server lets in that trusts the clients' root, to depth 2, and looks at no CRL.
EVERYBODY = ("client", "via-1", "via-2", "revoked", "revoked-via-1", "odd-subject")
EVERYBODY += ("under-revoked-intermediate",)


def test_authorities_alone_are_told_from_servers_own_certificates(kit, means):
    names = {path.rpartition("/")[2] for path in means.files.authorities}
    assert {"clients.pem", "strangers.pem"} <= names
    assert names.isdisjoint({"rsa.pem", "ecdsa-chain.pem"})


def test_the_depth_is_that_of_the_longest_chain(kit, means):
    one = judged(kit, means, *EVERYBODY)
    assert (one["ssl_verify_depth"].surety, one["ssl_verify_depth"].values) == (
        Surety.KNOWN,
        ("2",),
    )
    assert one["ssl_crl"].candidates == ("not set", "crl-empty.pem")
    assert one["ssl_crl"].values == ()


def test_a_crl_is_known_by_whom_it_revokes(kit, means):
    one = judged(kit, means, "client", "odd-subject", "via-1", "via-2", EVERYBODY[-1])
    assert str(kit.file("crl-all.pem")) in one["ssl_crl"].values


def test_a_stranger_who_is_let_in_shows_another_authority(kit, means):
    one = judged(kit, means, *EVERYBODY, "stranger")["ssl_trusted_certificate"]
    assert set(one.candidates) == {"strangers.pem", "both.pem"}


def test_what_no_file_of_the_kit_explains_is_unknown(kit, means):
    one = judged(kit, means, "client", "expired")
    assert {x.surety for x in one.values()} == {Surety.UNKNOWN}


def test_without_a_kit_a_revoked_certificate_shows_that_there_is_a_crl(kit):
    given = {
        Person(role, kit.person(name).certificate, kit.person(name).key): seen
        for role, name, seen in (("trusted", "via-1", IN), ("revoked", "revoked", alerted()))
    }
    one = {x.directive: x for x in findings("on", None, given, None).findings}
    assert "it is set" in one["ssl_crl"].evidence
    assert one["ssl_verify_depth"].candidates == (">= 1",)


def test_nobody_is_judged_where_nobody_is_asked(means):
    assert {x.surety for x in findings("off", "", {}, means.files).findings} == {Surety.UNKNOWN}
