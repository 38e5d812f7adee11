from conformance.applicability import (
    CLEAR_START,
    TLS,
    admitted,
    first_of_its_endpoint,
    protocol,
    sees_logins,
)
from conformance.expectations import (
    answered,
    cancelled,
    capabilities_well_formed,
    declined,
    ends_after_goodbye,
    greeted,
    line_ends,
    login_refused,
    mechanisms_understood,
    not_preauthenticated,
    same,
)  # fmt: skip
from conformance.harness.endpoint import Protocol
from conformance.harness.mail.words import CAPABILITIES, NOOP, QUIT
from conformance.looks import saying
from conformance.phrases import (
    CANCEL,
    STRANGER,
    UNKNOWN,
    mixed_case,
    on_mailbox,
    raw,
    sasl,
    sasl_opening,
    two_in_one,
)
from conformance.requirements import requirement

IMAP = protocol(Protocol.IMAP)
# No directive about TLS has a say in it.
ONCE = (TLS, admitted, first_of_its_endpoint)


@requirement("rfc.greeting", admitted)
def test_greeting(visit):
    greeted(visit(upgrade=False))


@requirement("rfc.no_preauth", CLEAR_START, IMAP)
def test_no_preauth(visit):
    not_preauthenticated(visit(upgrade=False))


@requirement("rfc.line_ends", admitted)
def test_line_ends(visit, listener):
    line_ends(saying(visit, listener, CAPABILITIES, UNKNOWN))


@requirement("rfc.noop", admitted, protocol(Protocol.IMAP, Protocol.SMTP))
def test_noop(visit, listener):
    answered(saying(visit, listener, NOOP), NOOP)


@requirement("rfc.capability", CLEAR_START)
def test_capabilities(visit):
    capabilities_well_formed(visit(before=[CAPABILITIES], upgrade=False))


@requirement("rfc.capability_inside", TLS, admitted)
def test_capabilities_inside(visit, listener):
    capabilities_well_formed(saying(visit, listener, CAPABILITIES))


@requirement("rfc.unknown_command", CLEAR_START)
def test_unknown_command(visit):
    declined(visit(before=[UNKNOWN], upgrade=False), UNKNOWN)


@requirement("rfc.unknown_command_inside", TLS, admitted)
def test_unknown_command_inside(visit, listener):
    declined(saying(visit, listener, UNKNOWN), UNKNOWN)


@requirement("rfc.mailbox_before_login", admitted)
def test_mailbox_before_login(visit, listener):
    command = on_mailbox(listener.protocol)
    declined(saying(visit, listener, command), command)


@requirement("rfc.case", admitted)
def test_case(visit, listener):
    command = mixed_case(listener.protocol)
    answered(saying(visit, listener, command), command)


@requirement("rfc.quit", CLEAR_START)
def test_quit(visit):
    ends_after_goodbye(visit(before=[QUIT], upgrade=False))


@requirement("rfc.quit_inside", *ONCE)
def test_quit_inside(visit):
    ends_after_goodbye(visit(inside=[QUIT]))


@requirement("rfc.advertised_auth", *ONCE)
def test_advertised_mechanisms(visit, listener):
    offered = saying(visit, listener, CAPABILITIES)
    mechanisms_understood(
        offered,
        lambda name: visit(inside=[sasl(listener.protocol, name)], probe=False, patient=True),
    )


@requirement("rfc.bare_cr", admitted, first_of_its_endpoint)
def test_cr_alone_ends_no_line(visit, listener):
    command = two_in_one(listener.protocol)
    seen = visit(before=[command], inside=[command])
    declined(seen, command)


@requirement("rfc.sasl_cancel", *ONCE)
def test_cancelled_exchange(visit, listener):
    cancelled(visit(inside=[sasl_opening(listener.protocol), CANCEL]), CANCEL)


@requirement("rfc.sasl_base64", *ONCE, sees_logins)
def test_response_that_is_no_base64(visit, listener):
    login = visit.new_login()
    response = raw(f"!{login.user}", tagged=False)
    seen = visit(inside=[sasl_opening(listener.protocol), response])
    cancelled(seen, response)
    same("requests at the auth server", 0, len(visit.heard(login)), seen)


@requirement("rfc.wrong_password", *ONCE)
def test_wrong_password(visit):
    login_refused(visit(login=STRANGER), control=visit())
