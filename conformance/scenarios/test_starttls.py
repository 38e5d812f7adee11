from conformance.applicability import (
    TLS,
    admitted,
    can_login,
    claims,
    has_method,
    protocol,
    sees_logins,
    sees_sessions,
    way,
)
from conformance.expectations import (
    accepted,
    answered,
    declined,
    either_declined_or_upgraded,
    error_survived,
    heard_nothing,
    logged_in,
    login_barred,
    login_not_disabled,
    mail_was_begun,
    not_served_in_clear,
    not_solicited,
    offers,
    offers_none,
    quiet_after_upgrade,
    refused_or_relayed,
    same,
    state_did_not_survive,
    upgrade_has_code,
    upgraded,
)  # fmt: skip
from conformance.harness.endpoint import Protocol, Way
from conformance.harness.mail.words import CAPABILITIES, NOOP, STARTTLS
from conformance.looks import listed, saying
from conformance.phrases import (
    EHLO_BEFORE,
    STARTTLS_ARGUMENT,
    UNKNOWN,
    apop,
    asks_for_tls,
    clear_command,
    half_login,
    login_opening,
    login_opening_lower_case,
    raw,
    sasl_initial,
    sasl_opening,
)  # fmt: skip
from conformance.requirements import requirement

UPGRADES = way(Way.STARTTLS)
OFF = way(Way.NONE)
ON = claims("starttls", "on")
ONLY = claims("starttls", "only")
IMAP, POP3, SMTP = protocol(Protocol.IMAP), protocol(Protocol.POP3), protocol(Protocol.SMTP)


@requirement("starttls.offered", UPGRADES)
def test_offered(visit):
    offers(visit(before=[CAPABILITIES], upgrade=False), "STARTTLS")


@requirement("starttls.accepted", UPGRADES, admitted)
def test_accepted(visit):
    seen = visit()
    upgraded(seen)
    accepted(seen)


@requirement("starttls.lower_case", UPGRADES)
def test_lower_case(visit, listener):
    verb = "stls" if listener.protocol is Protocol.POP3 else "starttls"
    answered(visit(before=[raw(verb)], upgrade=False), raw(verb))


@requirement("starttls.off_not_offered", OFF, claims("starttls", "off"))
def test_off_is_not_offered(visit):
    offers_none(visit(before=[CAPABILITIES]), "STARTTLS")


@requirement("starttls.off_refused", OFF, claims("starttls", "off"))
def test_off_is_refused(visit):
    declined(visit(before=[STARTTLS]), STARTTLS)


@requirement("starttls.on_login_in_clear", UPGRADES, ON, can_login)
def test_on_allows_a_login_in_clear(visit):
    logged_in(visit(login=True, upgrade=False))


def login_offered(seen, listener):
    login_not_disabled(seen, listener.values(f"{listener.protocol}_auth"))


@requirement("starttls.on_login_offered", UPGRADES, ON)
def test_on_does_not_disable_the_login(visit, listener):
    login_offered(visit(before=[CAPABILITIES], upgrade=False), listener)


@requirement("starttls.only_login_refused", UPGRADES, ONLY)
def test_only_refuses_a_login_in_clear(visit, listener):
    command = login_opening(listener.protocol)
    login_barred(visit(before=[command], upgrade=False), command, control=visit())


@requirement("starttls.only_login_lower_case", UPGRADES, ONLY)
def test_only_refuses_a_login_in_lower_case(visit, listener):
    command = login_opening_lower_case(listener.protocol)
    login_barred(visit(before=[command], upgrade=False), command, control=visit())


@requirement("starttls.only_sasl_refused", UPGRADES, ONLY)
def test_only_refuses_a_sasl_exchange(visit, listener):
    command = sasl_opening(listener.protocol)
    seen = visit(before=[command], upgrade=False, probe=False)
    not_solicited(seen, command, control=visit())


@requirement("starttls.only_sasl_initial_refused", UPGRADES, ONLY)
def test_only_refuses_sasl_with_an_initial_response(visit, listener):
    command = sasl_initial(listener.protocol)
    login_barred(visit(before=[command], upgrade=False), command, control=visit())


@requirement("starttls.only_login_not_forwarded", UPGRADES, ONLY, sees_logins, admitted)
def test_only_forwards_no_credentials_from_clear(visit):
    seen = visit(login=True, upgrade=False)
    heard_nothing(seen, seen.auth, control=visit(login=True))


@requirement("starttls.only_login_after", UPGRADES, ONLY, admitted, can_login)
def test_only_allows_the_login_inside(visit):
    logged_in(visit(login=True))


@requirement("starttls.only_auth_not_offered", UPGRADES, ONLY)
def test_only_offers_no_authentication_in_clear(visit):
    offers_none(visit(before=[CAPABILITIES], upgrade=False), "AUTH=*")


@requirement("starttls.only_logindisabled", UPGRADES, ONLY, IMAP)
def test_only_says_logindisabled(visit):
    offers(visit(before=[CAPABILITIES], upgrade=False), "LOGINDISABLED")


@requirement("starttls.only_user_not_offered", UPGRADES, ONLY, POP3)
def test_only_does_not_offer_user(visit):
    offers_none(visit(before=[CAPABILITIES], upgrade=False), "USER")


@requirement("starttls.only_apop_refused", UPGRADES, ONLY, has_method("apop"), sees_logins)
def test_only_refuses_an_apop_login(visit):
    login = visit.new_login()
    command = apop(login)
    seen = visit(before=[command], upgrade=False)
    declined(seen, command)
    same("requests at the auth server", 0, len(visit.heard(login)), seen)


@requirement("starttls.only_mail_refused", UPGRADES, ONLY, SMTP)
def test_only_takes_no_mail_in_clear(visit):
    mail = raw("MAIL FROM:<a@example.org>")
    seen = visit(before=[EHLO_BEFORE, mail], upgrade=False, introduce=False)
    login_barred(seen, mail, control=visit())


@requirement("starttls.only_offered_login_after", UPGRADES, admitted)
def test_login_is_not_disabled_inside(visit, listener):
    login_offered(saying(visit, listener, CAPABILITIES), listener)


@requirement("starttls.not_offered_inside", TLS, admitted)
def test_not_offered_inside(visit, listener):
    offers_none(listed(visit, listener, CAPABILITIES), "STARTTLS")


@requirement("starttls.inside_refused", TLS, admitted)
def test_refused_inside(visit, listener):
    declined(saying(visit, listener, STARTTLS), STARTTLS)


@requirement("starttls.repeated", TLS, admitted)
def test_refused_inside_again(visit, listener):
    seen = listed(visit, listener, STARTTLS, CAPABILITIES, STARTTLS)
    declined(seen, STARTTLS)
    answered(seen, CAPABILITIES)


@requirement("starttls.capabilities_renewed", UPGRADES, admitted)
def test_capabilities_are_renewed(visit, listener):
    seen = saying(visit, listener, CAPABILITIES)
    offers_none(seen, "STARTTLS")
    login_offered(seen, listener)


@requirement("starttls.no_second_greeting", UPGRADES, admitted)
def test_no_second_greeting(visit):
    quiet_after_upgrade(visit())


@requirement("starttls.argument_harmless", UPGRADES, admitted)
def test_argument_leaves_one_state_or_the_other(visit):
    in_clear = visit(before=[STARTTLS_ARGUMENT], upgrade=False)
    either_declined_or_upgraded(in_clear, STARTTLS_ARGUMENT, control=visit())


@requirement("starttls.argument_refused", UPGRADES)
def test_argument_is_refused(visit):
    declined(visit(before=[STARTTLS_ARGUMENT], upgrade=False), STARTTLS_ARGUMENT)


@requirement("starttls.after_login", UPGRADES, ON, sees_sessions)
def test_after_login(visit):
    refused_or_relayed(visit(login=True, inside=[STARTTLS], upgrade=False), STARTTLS)


@requirement("starttls.not_relayed", UPGRADES, admitted, sees_sessions)
def test_upgrade_is_not_relayed(visit):
    seen = visit(login=True)
    logged_in(seen)
    heard = [line for session in seen.backend for line in session.lines if asks_for_tls(line)]
    same("STARTTLS at the back end", [], heard, seen)


@requirement("starttls.no_fallback", UPGRADES, admitted)
def test_no_fallback_to_clear(visit, listener):
    command = clear_command(listener.protocol)
    not_served_in_clear(visit(spoil=command, after_failure=[NOOP]), control=visit())


@requirement(
    "starttls.state_forgotten",
    UPGRADES,
    admitted,
    protocol(Protocol.IMAP, Protocol.POP3),
    sees_logins,
)
def test_half_a_login_is_forgotten(visit, listener):
    login = visit.new_login()
    first, second = half_login(listener.protocol, login)
    seen = visit(before=first, inside=[second])
    state_did_not_survive(seen, second, visit.heard(login), control=visit())


@requirement("starttls.hello_forgotten", UPGRADES, admitted, SMTP, sees_sessions)
def test_hello_name_is_forgotten(visit):
    login = visit.new_login()
    seen = visit(before=[EHLO_BEFORE], inside=[sasl_initial(Protocol.SMTP, login)], introduce=False)
    heard = [
        line for session in visit.sessions(login) for line in session.lines if b"before-tls" in line
    ]
    same("lines at the back end with the EHLO name from before TLS", [], heard, seen)


@requirement("starttls.mail_forgotten", UPGRADES, admitted, SMTP)
def test_mail_transaction_is_forgotten(visit):
    sender, recipient = raw("MAIL FROM:<a@example.org>"), raw("RCPT TO:<b@example.org>")
    seen = visit(before=[EHLO_BEFORE, sender], inside=[recipient], introduce=False)
    mail_was_begun(seen, sender)
    declined(seen, recipient)


@requirement("starttls.error_before", UPGRADES, admitted)
def test_error_before_does_no_harm(visit):
    error_survived(visit(before=[UNKNOWN]), UNKNOWN)


@requirement("starttls.ready_code", UPGRADES, admitted, SMTP)
def test_code_of_the_upgrade(visit):
    upgrade_has_code(visit(), "220")
