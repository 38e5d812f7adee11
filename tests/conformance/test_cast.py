import pytest

from conformance.cast import CA_DIRECTIVES, NO_PEOPLE, Cast, cast, one_of_each
from conformance.certificate_headers import oddly_named
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.pki.kit import Kit, write_kit
from conformance.harness.pki.person import Person
from conformance.harness.pki.standing import Standing
from conformance.listener import Listener

HERE = Endpoint("127.0.0.1", 993, Protocol.IMAP, Way.IMPLICIT)
GIVEN = Person("given", HERE, HERE)  # type: ignore[arg-type] # never read


@pytest.fixture(scope="module")
def kit(tmp_path_factory) -> Kit:
    return write_kit(tmp_path_factory.mktemp("kits") / "kit", "127.0.0.1")


def verifying(kit, **claims):
    general = {
        "ssl_verify_client": "on", "ssl_verify_depth": "1", "ssl_crl": "",
        "ssl_client_certificate": kit.file("clients.pem"), "ssl_trusted_certificate": "",
    }  # fmt: skip
    values = {**general, **claims}
    return Listener(
        "x", HERE, {k: (str(v),) if v else () for k, v in values.items() if v is not None}
    )


def test_everybody_has_one_part(kit):
    found = cast(verifying(kit), kit.people, {})
    assert found.why_empty == ""
    assert found.client.name != found.stranger.name != found.expired.name
    assert sum(len(found.all(part)) for part in Standing) == len(kit.people)


def test_parts_follow_the_claims(kit):
    revoking = cast(verifying(kit, ssl_crl=kit.file("crl-clients.pem")), kit.people, {})
    assert revoking.revoked in cast(verifying(kit), kit.people, {}).all(Standing.TRUSTED)
    strangers = cast(
        verifying(kit, ssl_client_certificate=kit.file("strangers.pem")), kit.people, {}
    )
    assert strangers.client == cast(verifying(kit), kit.people, {}).stranger


def test_by_authority(kit):
    both = verifying(kit, ssl_trusted_certificate=kit.file("strangers.pem"))
    found = cast(both, kit.people, {}).by_authority
    assert found[CA_DIRECTIVES[0]][0] == cast(verifying(kit), kit.people, {}).client
    assert found[CA_DIRECTIVES[1]][0] == cast(verifying(kit), kit.people, {}).stranger


def test_by_intermediates(kit):
    found = cast(verifying(kit, ssl_verify_depth=2), kit.people, {})
    assert set(found.by_intermediates) == {0, 1, 2}
    person = found.with_intermediates(2)
    assert person.certificate.read_bytes().count(b"BEGIN CERTIFICATE") == 3


@pytest.mark.parametrize("directive", ["ssl_crl", "ssl_verify_depth", *CA_DIRECTIVES])
def test_who_is_judged_by_we_know_not_what_has_no_part(kit, directive):
    found = cast(verifying(kit, **{directive: None}), kit.people, {})
    assert (found.people, found.why_empty) == ({}, f"nothing is claimed about {directive}")


def test_where_nobody_is_asked(kit):
    found = cast(verifying(kit, ssl_verify_client="off"), kit.people, {})
    assert found.why_empty == "client certificates are not asked for"


def test_nobody_there(kit):
    assert cast(verifying(kit), (), {}).why_empty == NO_PEOPLE
    assert cast(verifying(kit), (), {"revoked": GIVEN}) == Cast({Standing.REVOKED: (GIVEN,)})


def test_what_the_operator_says_wins(kit):
    found = cast(verifying(kit), kit.people, {"trusted": GIVEN, "untrusted": GIVEN})
    assert found.all(Standing.TRUSTED) == (GIVEN,)
    assert found.stranger == GIVEN
    assert len(found.all(Standing.UNKNOWN_ISSUER)) > 1


@pytest.mark.parametrize("directive", ["ssl_crl", *CA_DIRECTIVES])
@pytest.mark.parametrize(
    "text", ["junk", None, "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"]
)
def test_a_bad_file_is_a_reason(kit, tmp_path, directive, text):
    path = tmp_path / "junk.pem"
    if text:
        path.write_text(text)
    found = cast(verifying(kit, **{directive: path}), kit.people, {"revoked": GIVEN})
    assert found.why_empty
    assert found.people == {Standing.REVOKED: (GIVEN,)}


def test_a_person_whose_file_has_gone(kit, tmp_path):
    gone = Person("gone", tmp_path / "none", tmp_path / "none")
    assert "for gone" in cast(verifying(kit), [gone], {}).why_empty


def test_one_of_each_kind_is_the_first_of_it(kit):
    people = [kit.person(name) for name in ("client", "revoked", "odd-subject", "via-1")]
    assert one_of_each(people, by=oddly_named) == [people[0], people[2]]
    assert one_of_each(people, by=lambda person: person.name) == people


def test_nobody_of_that_name():
    with pytest.raises(AttributeError, match="nobody here is revoked"):
        _ = Cast().revoked
    with pytest.raises(AttributeError):
        _ = Cast().no_part_at_all
    assert Cast().get(Standing.REVOKED) is None


def test_a_crl_is_looked_for_of_an_issuer_that_is_sent_along(kit):
    strange = {"ssl_client_certificate": kit.file("strangers.pem")}
    without = cast(verifying(kit, **strange), kit.people, {})
    found = cast(verifying(kit, ssl_crl=kit.file("crl-clients.pem"), **strange), kit.people, {})
    names = [{p.name for p in x.all(Standing.UNKNOWN_ISSUER)} for x in (without, found)]
    assert "client" in names[1] < names[0]
    assert not {name for name in names[1] if name.startswith("via-")}
