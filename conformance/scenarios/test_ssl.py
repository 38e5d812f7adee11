from conformance.applicability import CLEAR_START, admitted, way
from conformance.expectations import (
    accepted,
    clear_bytes,
    greeted_in_clear,
    not_served_in_clear,
    same,
)
from conformance.harness.endpoint import Way
from conformance.harness.mail.words import NOOP
from conformance.phrases import clear_command
from conformance.requirements import requirement

IMPLICIT = way(Way.IMPLICIT)


@requirement("ssl.implicit", IMPLICIT, admitted)
def test_handshake_from_the_first_byte(visit):
    accepted(visit())


@requirement("ssl.greeting_inside", IMPLICIT, admitted)
def test_nothing_in_clear(visit):
    seen = visit()
    accepted(seen)
    same("mail protocol in clear", b"", clear_bytes(seen), seen)


@requirement("ssl.clear_command_unanswered", IMPLICIT, admitted)
def test_clear_command_is_not_answered_in_clear(visit, listener):
    command = clear_command(listener.protocol)
    not_served_in_clear(visit(spoil=command, after_failure=[NOOP]), control=visit())


@requirement("ssl.clear_greeting", CLEAR_START)
def test_greeting_in_clear(visit):
    greeted_in_clear(visit(upgrade=False), otherwise=visit.by(Way.IMPLICIT))
