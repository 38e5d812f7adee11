"""What is wrong with a chain, told apart by cause."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from conformance.harness.pki.authorities import Authority, Span, bundle, now, self_signed, subject
from conformance.harness.pki.kit import Kit
from conformance.harness.pki.standing import Standing, standing


@dataclass(frozen=True)
class Judge:
    """A listener's rules, by the names of the kit's files."""

    kit: Kit
    trusted: tuple[str, ...] = ("clients",)
    crl: str | None = None
    depth: int = 1
    at: datetime = field(default_factory=now)

    def of(self, name: str) -> Standing:
        chain = self.kit.person(name).certificate.read_bytes()
        trusted = b"".join(self.kit.file(f"{one}.pem").read_bytes() for one in self.trusted)
        crl = self.kit.file(f"{self.crl}.pem").read_bytes() if self.crl else None
        return standing(chain, trusted, crl, self.depth, self.at)


@pytest.fixture
def judge(kit: Kit) -> Judge:
    return Judge(kit)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("client", Standing.TRUSTED),
        ("via-1", Standing.TRUSTED),
        ("via-2", Standing.TOO_DEEP),
        ("stranger", Standing.UNKNOWN_ISSUER),
        ("self-signed", Standing.SELF_SIGNED),
        ("expired", Standing.EXPIRED),
        ("not-yet-valid", Standing.NOT_YET_VALID),
        ("revoked", Standing.TRUSTED),
        ("server-only", Standing.WRONG_PURPOSE),
        ("odd-subject", Standing.TRUSTED),
    ],
)
def test_each_person_has_one_thing_wrong(judge: Judge, name: str, expected: Standing) -> None:
    assert judge.of(name) is expected


@pytest.mark.parametrize(
    ("crl", "name", "expected"),
    [
        ("crl-clients", "client", Standing.TRUSTED),
        ("crl-clients", "revoked", Standing.REVOKED),
        ("crl-clients", "via-1", Standing.NO_CRL),
        ("crl-all", "via-1", Standing.TRUSTED),
        ("crl-all", "revoked-via-1", Standing.REVOKED),
        ("crl-all", "under-revoked-intermediate", Standing.TRUSTED),
        ("crl-intermediate", "under-revoked-intermediate", Standing.ISSUER_REVOKED),
        ("crl-intermediate", "via-1", Standing.TRUSTED),
        ("crl-empty", "revoked", Standing.TRUSTED),
        ("crl-expired", "client", Standing.CRL_EXPIRED),
        ("crl-foreign", "client", Standing.NO_CRL),
        ("crl-clients", "stranger", Standing.MIXED),
    ],
)
def test_crls_decide(judge: Judge, crl: str, name: str, expected: Standing) -> None:
    assert replace(judge, crl=crl).of(name) is expected


@pytest.mark.parametrize("depth", range(5))
def test_depth_counts_what_is_between_leaf_and_root(judge: Judge, depth: int) -> None:
    judge = replace(judge, depth=depth)
    standings = [judge.of(name) for name in ("client", "via-1", "via-2", "via-3", "via-4")]
    trusted = depth + 1
    assert standings == [Standing.TRUSTED] * trusted + [Standing.TOO_DEEP] * (5 - trusted)


def test_an_intermediate_is_no_anchor(judge: Judge) -> None:
    assert replace(judge, trusted=("intermediates",)).of("via-1") is Standing.NO_ROOT


def test_a_second_authority_is_trusted_beside_the_first(judge: Judge) -> None:
    assert replace(judge, trusted=("clients", "strangers")).of("stranger") is Standing.TRUSTED


def test_nobody_is_trusted_without_authorities(judge: Judge) -> None:
    assert replace(judge, trusted=()).of("client") is Standing.UNKNOWN_ISSUER


def test_two_causes_are_mixed(judge: Judge) -> None:
    assert replace(judge, trusted=("strangers",)).of("expired") is Standing.MIXED


def test_time_passes(judge: Judge) -> None:
    assert replace(judge, at=now() + timedelta(days=400)).of("client") is Standing.EXPIRED


def test_a_crl_may_be_too_new(judge: Judge) -> None:
    root, at = Authority.named("root"), now()
    leaf = root.issue(subject("leaf"), Span(at - timedelta(days=9), at + timedelta(days=9)))
    crl = root.crl(Span(at, at + timedelta(days=1)))
    verdict = standing(leaf.chain_pem, bundle(root), crl, 1, at - timedelta(days=1))
    assert verdict is Standing.CRL_NOT_YET_VALID


def test_a_forged_crl_is_none() -> None:
    root, forger = Authority.named("root"), Authority.named("root")
    leaf, span = root.issue(subject("leaf"), Span.around(now())), Span.around(now())
    assert standing(leaf.chain_pem, bundle(root), forger.crl(span), 1, now()) is Standing.NO_CRL


def test_a_namesake_is_not_the_issuer() -> None:
    root, namesake = Authority.named("root"), Authority.named("root")
    leaf = root.issue(subject("leaf"), Span.around(now()))
    assert standing(leaf.chain_pem, bundle(namesake), None, 1, now()) is Standing.UNKNOWN_ISSUER


def test_a_current_crl_goes_before_an_expired_one(kit: Kit, judge: Judge) -> None:
    both = b"".join(kit.file(f"{name}.pem").read_bytes() for name in ("crl-expired", "crl-empty"))
    person = kit.person("client").certificate.read_bytes()
    trusted = kit.file("clients.pem").read_bytes()
    assert standing(person, trusted, both, 1, now()) is Standing.TRUSTED


def test_a_self_signed_certificate_may_be_trusted_itself() -> None:
    alone = self_signed(subject("alone"), Span.around(now()))
    assert standing(alone.chain_pem, alone.chain_pem, None, 0, now()) is Standing.TRUSTED


def test_what_is_no_pem_is_an_error() -> None:
    with pytest.raises(ValueError, match="PEM"):
        standing(b"nonsense", b"", None, 1, now())


def test_optional_no_ca_forgives_only_who_vouches() -> None:
    forgiven = {one for one in Standing if one.tolerated_by_optional_no_ca}
    trust = {Standing.UNKNOWN_ISSUER, Standing.SELF_SIGNED, Standing.TOO_DEEP}
    assert forgiven == {Standing.TRUSTED} | trust
