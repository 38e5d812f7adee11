"""Wrong values by rule: named, without repetition, and honest about what nobody could notice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.harness.pki.kit import Kit, write_kit
from conformance.mutants.configuration import Change, mutated
from conformance.mutants.systematic.mutants import MAKERS, UNMUTATED, Systematic


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return write_kit(tmp_path_factory.mktemp("systematic") / "kit")


@pytest.fixture(scope="module")
def systematic(kit: Kit) -> Systematic:
    return Systematic(kit.conf, kit.people)


@pytest.fixture(scope="module")
def changes(systematic: Systematic) -> dict[str, Change]:
    return {str(change): change for change in systematic.changes()}


@pytest.fixture
def reason(systematic: Systematic, changes: dict[str, Change]) -> Callable[[str], str]:
    """Why nobody could notice the mutant of a name, "" where somebody could."""
    return lambda name: systematic.judged([changes[name]])[0].equivalent


def test_every_directive_of_the_configuration_has_wrong_values(systematic: Systematic) -> None:
    assert systematic.directives <= set(MAKERS) | set(UNMUTATED)


def test_names_are_distinct_and_the_same_every_time(kit: Kit, systematic: Systematic) -> None:
    names = list(map(str, systematic.changes()))
    assert len(names) == len(set(names)) > 3000
    assert names == list(map(str, Systematic(kit.conf, kit.people).changes()))


def test_every_change_can_be_made(kit: Kit, systematic: Systematic) -> None:
    text = kit.conf.read_text()
    for mutant in systematic.judged(systematic.changes()[::100]):
        change = mutant.change
        if not mutant.equivalent:
            assert mutated(text, [change], {change.server}) != mutated(text, [], {change.server})


@pytest.mark.parametrize(
    "name",
    [
        "imap-implicit: listen without ssl",
        "imap-two-ways: listen with ssl on 20106",
        "imap-starttls: starttls only",
        "imap-crl: ssl_crl removed",
        "imap-crl: ssl_crl pki/crl-empty.pem",
        "imap-depth-0: ssl_verify_depth 1",
        "imap-no-authority: ssl_client_certificate removed",
        "imap-verify-on: ssl_trusted_certificate pki/strangers.pem",
        "pop3-chain: ssl_certificate rsa-chain lost its chain",
        "imap-both-keys: ssl_certificate ecdsa dropped",
        "imap-rsa: ssl_certificate_key rsa renewed",
        "imap-tls12: ssl_protocols with TLSv1.1",
        "imap-server-order-256: ssl_ciphers in the opposite order",
        "imap-client-order: ssl_prefer_server_ciphers on",
        "imap-verify-off: ssl_verify_client optional_no_ca",
        "imap-dhe-only: ssl_certificate rsa got the root into its chain",
        "imap-dhe-only: ssl_protocols with TLSv1.3",
        "pop3-mechanisms-only: pop3_auth without apop",
        "smtp-mechanisms-only: smtp_capabilities with XMUTANT",
    ],
)
def test_observable_mutant(reason: Callable[[str], str], name: str) -> None:
    assert reason(name) == ""


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("imap-implicit: starttls only", "TLS comes first"),
        ("imap-plain: ssl_protocols without TLSv1.3", "no TLS is spoken"),
        ("imap-rsa: ssl_verify_depth 3", "no client certificate is asked for"),
        ("imap-rsa: ssl_protocols with SSLv3", "built without SSLv2"),
        ("imap-tls13: ssl_ciphers in the opposite order", "none of them is spoken"),
        ("imap-server-order-256: ssl_prefer_server_ciphers removed", "the same value"),
        ("imap-crl-expired: ssl_verify_depth 1", "is judged as before"),
        ("imap-crl-expired: auth_http_pass_client_cert off", "every certificate is refused"),
        ("imap-rsa: server_name mutant.example", "has the name in it"),
        ("imap-dhe-only: ssl_certificate ecdsa-chain added", "no cipher that can be had"),
        ("imap-cache-none: ssl_session_ticket_key removed", "tickets are off"),
        ("imap-curves-client-order: ssl_ecdh_curve secp521r1:prime256v1", "client's order"),
    ],
)
def test_mutant_that_nobody_could_notice(reason: Callable[[str], str], name: str, why: str) -> None:
    assert why in reason(name)


def test_new_versions_come_with_what_they_need(changes: dict[str, Change]) -> None:
    [(directive, values)] = changes["imap-rsa: ssl_protocols with TLSv1"].beside
    assert directive == "ssl_ciphers"
    assert "@SECLEVEL=0" in values[0]


def test_what_is_unset_is_set_only_where_it_matters(changes: dict[str, Change]) -> None:
    assert not any(name.startswith("imap-rsa: ssl_crl") for name in changes)
    assert any(name.startswith("imap-verify-on: ssl_crl") for name in changes)


def test_scratch_file_is_gone(kit: Kit, reason: Callable[[str], str]) -> None:
    reason("imap-crl: ssl_crl removed")
    assert not list(Path(kit.directory).glob(".mutant-*"))
