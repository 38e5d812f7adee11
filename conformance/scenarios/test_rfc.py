from conformance.applicability import (
    CLEAR_START,
    TLS,
    admitted,
    can_login,
    first_of_its_endpoint,
    protocol,
    sees_logins,
    wants_login,
)
from conformance.expectations import (
    advertises,
    answered,
    capabilities_well_formed,
    challenge_well_formed,
    declined,
    ends_after_goodbye,
    ends_tls_in_order,
    exchange_declined,
    greeted,
    has_code,
    header,
    line_ends,
    login_has_code,
    login_refused,
    mechanisms_understood,
    names_itself,
    not_preauthenticated,
    taken_for_one,
    takes_leave,
)  # fmt: skip
from conformance.harness.endpoint import Protocol
from conformance.harness.mail.words import CAPABILITIES, NOOP, QUIT
from conformance.looks import listed, saying, without_list
from conformance.phrases import (
    CANCEL,
    EHLO_AGAIN,
    NO_BASE64,
    STRANGER,
    UNKNOWN,
    literal_login,
    long_argument,
    mixed_case,
    on_mailbox,
    raw,
    sasl,
    sasl_initial,
    sasl_opening,
    sasl_response,
    two_in_one,
    without_arguments,
)  # fmt: skip
from conformance.requirements import requirement

IMAP, POP3, SMTP = protocol(Protocol.IMAP), protocol(Protocol.POP3), protocol(Protocol.SMTP)
# What no directive changes is looked at once for each endpoint.
ONCE = (admitted, first_of_its_endpoint)
INSIDE = (TLS, *ONCE)
REFUSALS = {Protocol.IMAP: "BAD", Protocol.SMTP: "500"}
LOGIN_REFUSALS = {Protocol.IMAP: "NO", Protocol.SMTP: "535"}


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
def test_capabilities(visit, listener):
    seen = visit(before=[CAPABILITIES], upgrade=False)
    capabilities_well_formed(without_list(seen, listener))


@requirement("rfc.capability_inside", TLS, admitted)
def test_capabilities_inside(visit, listener):
    capabilities_well_formed(listed(visit, listener, CAPABILITIES))


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
    answered(listed(visit, listener, command), command)


@requirement("rfc.quit", CLEAR_START)
def test_quit(visit):
    ends_after_goodbye(visit(before=[QUIT], upgrade=False))


@requirement("rfc.quit_inside", *INSIDE)
def test_quit_inside(visit):
    ends_after_goodbye(visit(inside=[QUIT]))


@requirement("rfc.advertised_auth", *INSIDE)
def test_advertised_mechanisms(visit, listener):
    offered = listed(visit, listener, CAPABILITIES)
    mechanisms_understood(
        offered,
        lambda name: visit(inside=[sasl(listener.protocol, name)], probe=False, patient=True),
    )


@requirement("rfc.bare_cr", admitted, first_of_its_endpoint)
def test_cr_alone_ends_no_line(visit, listener):
    command = two_in_one(listener.protocol)
    taken_for_one(visit(before=[command], inside=[command]), command)


@requirement("rfc.wrong_password", *INSIDE)
def test_wrong_password(visit):
    login_refused(visit(login=STRANGER), control=visit())


@requirement("rfc.wrong_password_code", *INSIDE, protocol(Protocol.IMAP, Protocol.SMTP))
def test_code_for_a_wrong_password(visit):
    login_has_code(visit(login=STRANGER), LOGIN_REFUSALS)


@requirement("rfc.unknown_command_code", *INSIDE, protocol(Protocol.IMAP, Protocol.SMTP))
def test_code_for_an_unknown_command(visit, listener):
    has_code(saying(visit, listener, UNKNOWN), UNKNOWN, REFUSALS)


@requirement("rfc.goodbye_form", *INSIDE, protocol(Protocol.IMAP, Protocol.SMTP))
def test_form_of_the_goodbye(visit):
    takes_leave(visit(inside=[QUIT]))


@requirement("rfc.close_notify", *INSIDE)
def test_end_of_tls(visit):
    ends_tls_in_order(visit(inside=[QUIT]))


@requirement("rfc.sasl_plain", *ONCE, can_login)
def test_sasl_plain(visit, listener):
    advertises(listed(visit, listener, CAPABILITIES), "PLAIN")
    opening, response = sasl_opening(listener.protocol), sasl_response(visit.new_login())
    answered(visit(inside=[opening, response]), response)


@requirement("rfc.sasl_initial", *ONCE, can_login, protocol(Protocol.POP3, Protocol.SMTP))
def test_sasl_plain_with_an_initial_response(visit, listener):
    advertises(listed(visit, listener, CAPABILITIES), "PLAIN")
    command = sasl_initial(listener.protocol, visit.new_login())
    answered(visit(inside=[command]), command)


@requirement("rfc.sasl_challenge", *ONCE)
def test_form_of_a_challenge(visit, listener):
    advertises(listed(visit, listener, CAPABILITIES), "PLAIN")
    opening = sasl_opening(listener.protocol)
    challenge_well_formed(visit(inside=[opening, CANCEL]), opening)


@requirement("rfc.sasl_cancel", *ONCE)
def test_cancelled_exchange(visit, listener):
    advertises(listed(visit, listener, CAPABILITIES), "PLAIN")
    opening = sasl_opening(listener.protocol)
    exchange_declined(visit(inside=[opening, CANCEL]), opening, CANCEL)


@requirement("rfc.sasl_base64", *ONCE)
def test_response_that_is_no_base64(visit, listener):
    advertises(listed(visit, listener, CAPABILITIES), "PLAIN")
    opening = sasl_opening(listener.protocol)
    exchange_declined(visit(inside=[opening, NO_BASE64]), opening, NO_BASE64)


@requirement("rfc.sasl_unknown_mechanism", *ONCE)
def test_mechanism_that_nobody_has(visit, listener):
    command = sasl(listener.protocol, "X-WAXSEAL")
    declined(visit(inside=[command]), command)


@requirement("rfc.arguments_missing", *ONCE)
def test_login_without_its_arguments(visit, listener):
    command = without_arguments(listener.protocol)
    declined(visit(inside=[command]), command)


@requirement("rfc.pass_without_user", *ONCE, POP3)
def test_pass_without_user(visit):
    command = raw(f"PASS {STRANGER.password}")
    declined(visit(inside=[command]), command)


@requirement("rfc.literal_login", *ONCE, IMAP, can_login)
def test_login_with_literals(visit):
    commands = literal_login(visit.new_login())
    answered(visit(inside=commands), commands[-1])


@requirement("rfc.quoted_specials", *ONCE, IMAP, sees_logins)
def test_login_with_quotes_and_backslashes(visit):
    login = visit.new_login(password='a"b\\c"')
    header(visit(login=login), "Auth-Pass", login.password, secret=True)


@requirement("rfc.long_argument", *ONCE, protocol(Protocol.POP3, Protocol.SMTP))
def test_long_argument(visit, listener):
    command = long_argument(listener.protocol)
    answered(visit(inside=[command]), command)


@requirement("rfc.helo", *ONCE, SMTP)
def test_helo(visit):
    command = raw("HELO client.example")
    answered(visit(inside=[command]), command)


@requirement("rfc.rset", *ONCE, SMTP)
def test_rset(visit):
    command = raw("RSET")
    answered(visit(inside=[command]), command)


@requirement("rfc.ehlo_again", *ONCE, SMTP)
def test_second_ehlo(visit):
    answered(visit(inside=[EHLO_AGAIN]), EHLO_AGAIN)


@requirement("rfc.names_itself", *ONCE, SMTP)
def test_name_of_the_server(visit):
    names_itself(visit(inside=[EHLO_AGAIN]), EHLO_AGAIN)


@requirement("rfc.rcpt_before_mail", *ONCE, SMTP)
def test_rcpt_before_mail(visit):
    command = raw("RCPT TO:<b@example.org>")
    declined(visit(inside=[command]), command)


@requirement("rfc.mail_before_login", *ONCE, SMTP, wants_login)
def test_mail_before_login(visit):
    command = raw("MAIL FROM:<a@example.org>")
    declined(visit(inside=[command]), command)


@requirement("rfc.trailing_space", *ONCE, SMTP)
def test_blank_at_the_end(visit):
    command = raw("NOOP ")
    answered(visit(inside=[command]), command)
