from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from conformance.applicability import Evidence, Situation
from conformance.cast import Cast
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.mail.words import CAPABILITIES, STARTTLS, Command
from conformance.harness.observation import Exchange, Observation, Offer, Stage
from conformance.harness.tls.names import SIGNATURES as KNOWN
from conformance.harness.tls.suites import cipher_facts
from conformance.listener import Listener
from conformance.looks import (
    SIGNATURES,
    by_key_type,
    certificate_request,
    hearing,
    listing,
    offering,
    saying,
    without_list,
)
from conformance.phrases import UNKNOWN
from conformance.verdict import NotApplicable
from tests.conformance.observations import INSTEAD, NO, OK, UNREACHABLE, alerted, served

HERE = Endpoint("127.0.0.1", 993, Protocol.IMAP, Way.IMPLICIT)


def told(**fields: Any) -> Mapping[str, Any]:
    return fields


def claiming(*versions):
    return Listener("x", HERE, {"ssl_protocols": versions, "ssl_ciphers": ("HIGH:@SECLEVEL=0",)})


def answering(*unanswered: Command, agreed: bool = False) -> Callable[..., Observation]:
    """A visit whose every command inside is answered but these, which end it.

    STARTTLS is declined there, unless it is agreed to.
    """

    def visit(before: list[Command], inside: list[Command]) -> Observation:
        answers = ({} if agreed else {STARTTLS: NO}) | dict.fromkeys(unanswered)
        said = tuple(Exchange(c, answers.get(c, OK)) for c in inside)
        dead = {"probe": None} if set(inside) & set(unanswered) else {}
        return served(inside=said, **dead)

    return visit


def test_one_visit_says_everything():
    seen = [saying(answering(), claiming(), command) for command in (UNKNOWN, STARTTLS)]
    assert seen[0].inside == seen[1].inside
    assert {x.command for x in seen[0].inside} >= {UNKNOWN, STARTTLS, CAPABILITIES}


def test_what_is_said_behind_an_upgrade_inside_tls_is_said_again_without_it():
    visit = answering(agreed=True)
    assert [x.command for x in saying(visit, claiming(), UNKNOWN).inside] == [UNKNOWN]


def test_where_one_command_ends_it_each_has_a_visit_of_its_own():
    visit = answering(STARTTLS)
    assert [x.command for x in saying(visit, claiming(), UNKNOWN).inside] == [UNKNOWN]
    assert saying(visit, claiming(), STARTTLS).inside == (Exchange(STARTTLS, None),)


class Noting:
    """A visitor of a listener, who notes how the last visit was asked for."""

    def __init__(self, listener: Listener) -> None:
        self.situation = Situation(listener, Cast(), Evidence.L1, can_login=False)
        self.fields: dict[str, Any] = {}

    def __call__(self, **fields: Any) -> Observation:
        self.fields = fields
        return answering()([], fields.get("inside", []))


@pytest.mark.parametrize(("versions", "word"), [(["TLSv1.2"], "inside"), ([], "before")])
def test_who_gets_in_listens_inside_and_who_does_not_in_clear(versions, word):
    visit = Noting(claiming(*versions))
    assert listing(visit, visit.situation.listener)
    assert CAPABILITIES in visit.fields[word]
    assert hearing(visit, visit.situation.listener, UNKNOWN)
    assert visit.fields[word] == [UNKNOWN]


@pytest.mark.parametrize(
    ("every", "brought"),
    [(alerted(Stage.UPGRADE), ("A", "B")), (served(), ("A",)), (UNREACHABLE, ("A",))],
    ids=["refused", "taken", "silent"],
)
def test_ciphers_are_offered_together_and_alone_where_that_shows_no_refusal(every, brought):
    def visit(ciphers: list[str], **fields: Any) -> Observation:
        offer = Offer(ciphers=tuple(ciphers), hello_only=True)
        return replace(every if len(ciphers) > 1 else alerted(), offer=offer)

    assert offering(visit, ["A"], among=["A", "B"]).offer.ciphers == brought


def test_the_request_is_in_clear_up_to_tls12():
    both = claiming("TLSv1.1", "TLSv1.2", "TLSv1.3")
    assert certificate_request(told, both) == {"versions": ["TLSv1.2"], "hello_only": True}
    inside = certificate_request(told, claiming("TLSv1.3"))
    assert inside == {"versions": ["TLSv1.3"], "request_details": True}


@pytest.mark.parametrize("key_type", SIGNATURES)
def test_a_client_of_one_type_of_key(key_type):
    fields = by_key_type(told, claiming("TLSv1.2"), key_type)
    signer = "ECDSA" if key_type == "EdDSA" else key_type
    assert {cipher_facts(c).authentication for c in fields["ciphers"]} == {signer}
    assert set(fields["signatures"]) <= set(KNOWN)
    assert by_key_type(told, claiming("TLSv1.3"), key_type)["signatures"] == list(
        SIGNATURES[key_type]
    )
    assert "signatures" not in by_key_type(told, claiming("TLSv1.1"), key_type)


@pytest.mark.parametrize(
    ("protocol", "claims", "probe"),
    [
        (Protocol.POP3, {"pop3_capabilities": ("TOP",)}, INSTEAD),
        (Protocol.POP3, {"listen": ("110",)}, INSTEAD),
        (Protocol.POP3, {}, CAPABILITIES),
        (Protocol.SMTP, {}, INSTEAD),
    ],
)
def test_capabilities_may_be_asked_for(protocol, claims, probe):
    there = Listener("x", replace(HERE, protocol=protocol), claims)
    seen = served(probe=Exchange(probe, OK))
    assert without_list(seen, there) is seen


def test_nobody_need_know_capa():
    there = Listener("x", replace(HERE, protocol=Protocol.POP3), {})
    with pytest.raises(NotApplicable, match="CAPA"):
        without_list(served(probe=Exchange(INSTEAD, OK)), there)
