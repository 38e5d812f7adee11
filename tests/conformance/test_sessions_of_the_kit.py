"""Who has to do with whom in the certification configuration, and when requirements arise there."""

import re
from dataclasses import replace

import pytest

from conformance import resumable, trespass
from conformance.applicability import Evidence
from conformance.claims import read_claims
from conformance.harness.pki.kit import write_kit
from conformance.harness.pki.standing import Standing
from conformance.options import Options
from conformance.relations import stood_for
from conformance.resumption import Means, means_of
from conformance.suite import Suite
from conformance.visitor import NOBODY
from conformance.workers import server_alone

ID, TICKET, PSK = Means.ID, Means.TICKET, Means.PSK
VERIFY = {
    "imap-sessions-optional", "imap-sessions-on-starttls", "pop3-sessions-no-ca",
    "pop3-sessions-crl", "smtp-sessions-trusted-beside", "smtp-sessions-strangers",
    "smtp-sessions-depth-0-starttls",
}  # fmt: skip


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    return write_kit(tmp_path_factory.mktemp("kits") / "kit")


@pytest.fixture(scope="module")
def at(kit):
    situations = Suite(Options(), read_claims(kit.conf), kit).situations()
    return {s.listener.name: s for s in situations}


def names(situations):
    return {s.listener.name for s in situations}


@pytest.mark.parametrize(
    ("listener", "means"),
    [
        ("imap-implicit", (TICKET, PSK)),
        ("imap-cache-off", ()),
        ("imap-cache-none", ()),
        ("imap-cache-builtin", (ID, PSK)),
        ("pop3-cache-both", (ID, TICKET, PSK)),
        ("imap-tls13", (PSK,)),
        ("imap-tls12", (TICKET,)),
        ("imap-tls10", ()),
    ],
)
def test_by_what_sessions_can_be_resumed(at, listener, means):
    assert means_of(at[listener].listener) == means


@pytest.mark.parametrize(
    ("listener", "neighbours"),
    [
        ("imap-implicit", set()),
        ("imap-cache-builtin", set()),
        ("imap-cache-shared", {"smtp-cache-shared-starttls", "pop3-cache-both"}),
        ("imap-ticket-key", {"imap-cache-none", "smtp-ticket-keys"}),
        ("smtp-ticket-key-previous-starttls", {"smtp-ticket-keys"}),
        ("imap-sessions-optional", VERIFY - {"imap-sessions-optional"}),
        ("imap-two-ways:20106", {"imap-two-ways"}),
    ],
)
def test_neighbours(at, listener, neighbours):
    assert names(at[listener].neighbours) == neighbours


def test_an_outsider_has_another_zone(at):
    assert at["imap-cache-shared"].outsider.listener.name == "smtp-session-timeout-day"
    assert at["smtp-session-timeout-day"].outsider.listener.name == "imap-cache-shared"


@pytest.mark.parametrize(
    ("listener", "means", "kin"),
    [
        ("imap-cache-shared", ID, {"smtp-cache-shared-starttls", "pop3-cache-both"}),
        ("imap-cache-shared", TICKET, set()),
        ("imap-ticket-key", TICKET, {"smtp-ticket-keys"}),
        ("imap-ticket-key", ID, set()),
        ("smtp-ticket-keys", PSK, {"imap-ticket-key", "smtp-ticket-key-previous-starttls"}),
        ("smtp-ticket-key-previous-starttls", TICKET, set()),
        ("imap-sessions-optional", ID, {"imap-sessions-on-starttls", "pop3-sessions-no-ca"}),
        ("pop3-sessions-crl", PSK, set()),
        ("pop3-session-timeout", ID, set()),
    ],
)
def test_whose_sessions_should_be_resumed(at, listener, means, kin):
    assert names(resumable.kin(at[listener], means)) == kin
    assert (resumable.has_kin(means)(at[listener]) is None) is bool(kin)


def test_a_guest_is_let_in_at_both(at):
    optional, on = at["imap-sessions-optional"], at["imap-sessions-on-starttls"]
    assert resumable.guest(optional, at["pop3-sessions-no-ca"]) is NOBODY
    assert resumable.guest(optional, on).name == "client"
    assert resumable.guest(at["smtp-sessions-strangers"], on) is None


@pytest.mark.parametrize(
    ("condition", "arises", "does_not"),
    [
        (resumable.by(ID), "imap-cache-shared", "imap-implicit"),
        (resumable.by(TICKET), "imap-implicit", "imap-cache-off"),
        (resumable.by(PSK), "imap-cache-builtin", "imap-tls12"),
        (resumable.by(), "imap-implicit", "imap-plain"),
        (resumable.by_any, "imap-implicit", "imap-cache-off"),
        (resumable.speaks("TLSv1.3"), "imap-tls13", "imap-tls12"),
        (resumable.cached("off"), "imap-cache-off", "imap-cache-none"),
        (resumable.cached("both"), "pop3-cache-both", "imap-cache-shared"),
        (resumable.tickets_are("off"), "imap-cache-off", "imap-implicit"),
        (resumable.own_sessions, "imap-implicit", "imap-verify-off"),
        (resumable.lasting, "imap-implicit", "pop3-session-timeout"),
        (resumable.ends_soon, "pop3-session-timeout", "imap-implicit"),
        (resumable.first_key("AES128"), "pop3-ticket-key-48-starttls", "imap-ticket-key"),
        (resumable.first_key("AES256"), "imap-ticket-key", "imap-implicit"),
        (resumable.has_outsider, "imap-cache-shared", "imap-plain"),
        (resumable.has_previous, "smtp-ticket-keys", "imap-ticket-key"),
        (resumable.has_foreign_key, "smtp-ticket-key-previous-starttls", "imap-ticket-key"),
        (resumable.has_known_key, "imap-cache-none", "smtp-ticket-key-previous-starttls"),
        (trespass.turns_away, "imap-sessions-optional", "pop3-sessions-no-ca"),
        (trespass.meets_trusted, "pop3-sessions-no-ca", "imap-implicit"),
        (trespass.has_ways_in(), "imap-sessions-on-starttls", "pop3-sessions-no-ca"),
        (trespass.has_ways_in(Standing.REVOKED), "pop3-sessions-crl", "imap-sessions-optional"),
        (trespass.has_ways_in(Standing.TOO_DEEP), "smtp-sessions-depth-0-starttls",
         "pop3-sessions-crl"),
        (trespass.has_ways_in(Standing.UNKNOWN_ISSUER), "imap-sessions-optional",
         "smtp-sessions-trusted-beside"),
        (trespass.has_common_ways, "imap-sessions-optional", "imap-cache-shared"),
    ],
)  # fmt: skip
def test_when_it_arises(at, condition, arises, does_not):
    assert condition(at[arises]) is None
    assert re.match(r"[a-zA-Z]", condition(at[does_not]))


def test_a_timeout_that_nobody_has_claimed_is_a_reason(at):
    here = at["imap-cache-none"]
    claims = {k: v for k, v in here.listener.claims.items() if k != "ssl_session_timeout"}
    situation = replace(here, listener=replace(here.listener, claims=claims))
    assert "is claimed" in resumable.ends_soon(situation)


def test_keys_that_cannot_be_read_are_a_reason(at):
    listener = at["imap-ticket-key"].listener.claiming(ssl_session_ticket_key=("/nonexistent",))
    moved = replace(at["imap-ticket-key"], listener=listener)
    assert "cannot be read" in resumable.first_key("AES256")(moved)


def test_every_ordered_pair_is_tried_with_who_is_refused(at):
    for name in VERIFY - {"pop3-sessions-no-ca"}:
        ways = list(trespass.ways_in(at[name]))
        assert names(other for other, _, _ in ways) == VERIFY - {name}
        assert {means for _, means, _ in ways} == {ID, TICKET, PSK}
        assert not any(resumable.lets_in(at[name], person) for _, _, person in ways)


def test_whom_the_neighbour_trusts_by_the_same_list_is_a_matter_of_its_own(at):
    crl = at["pop3-sessions-crl"]
    revoked = {p.name for _, _, p in trespass.ways_in(crl, Standing.REVOKED)}
    assert revoked == {"revoked"}
    on = at["imap-sessions-on-starttls"]
    others = {(o.listener.name, p.name) for o, _, p in trespass.ways_in(on)}
    assert ("smtp-sessions-trusted-beside", "stranger") not in others
    assert ("smtp-sessions-strangers", "stranger") in others


def test_what_is_no_matter_of_sessions_is_judged_once(at):
    one = at["imap-cache-shared"]
    assert "imap-verify-off" in stood_for(one, "starttls.offered", "starttls")
    assert stood_for(one, "ssl_session_cache.off_no_id", "ssl_session_cache") is None
    assert stood_for(at["imap-implicit"], "starttls.offered", "starttls") is None
    assert stood_for(replace(one, evidence=Evidence.L2), "starttls.offered", "starttls") is None


def test_a_server_alone_with_two_workers(kit):
    text = server_alone(kit.conf.read_text(), "imap-cache-shared", "127.9.9.9")
    assert re.findall(r"server_name\s+(\S+);", text) == ["imap-cache-shared"]
    assert re.findall(r"listen\s+(\S+)", text) == ["127.9.9.9:20004"]
    assert "worker_processes 2;" in text
