from conformance.applicability import (
    CLEAR_START,
    TLS,
    admitted,
    asks,
    claims,
    first_of_its_endpoint,
    sees_logins,
    somebody_served,
    someone,
    starttls_not_only,
)
from conformance.cast import one_of_each
from conformance.certificate_headers import (
    fingerprint,
    issuer,
    leaf_pem,
    oddly_named,
    serial,
    subject,
)
from conformance.expectations import (
    asked_once,
    header,
    header_matches,
    heard_at_backend,
    login_refused,
    no_header,
    relayed,
    relayed_behind,
    same,
)  # fmt: skip
from conformance.harness.pki.standing import Standing
from conformance.phrases import login_with_more, on_mailbox
from conformance.requirements import requirement
from conformance.visitor import DENIED, NOBODY

BEHIND = (sees_logins, admitted)
# No directive about TLS has a say in it.
ONCE = (*BEHIND, first_of_its_endpoint)
INSIDE = (TLS, sees_logins, admitted)
CERTIFIED = (TLS, asks, sees_logins, someone(Standing.TRUSTED))
SERVED = (TLS, asks, sees_logins, somebody_served)
UNVERIFIED = (
    TLS,
    claims("ssl_verify_client", "optional_no_ca"),
    sees_logins,
    someone(Standing.UNKNOWN_ISSUER),
)


@requirement("auth_http.asked_once", *BEHIND)
def test_one_request_a_login(visit):
    asked_once(visit(login=True))


@requirement("auth_http.credentials", *BEHIND)
def test_credentials_are_passed(visit):
    seen = visit(login=True)
    header(seen, "Auth-User", seen.offer.login.user)
    header(seen, "Auth-Pass", seen.offer.login.password, secret=True)


@requirement("auth_http.odd_credentials", *ONCE)
def test_odd_passwords_are_passed(visit):
    login = visit.new_login(password="A b%20C%zz += ")
    seen = visit(login=login)
    header(seen, "Auth-Pass", login.password, secret=True)


@requirement("auth_http.protocol", *BEHIND)
def test_protocol_is_told(visit, listener):
    header(visit(login=True), "Auth-Protocol", listener.protocol.value)


@requirement("auth_http.method", *BEHIND)
def test_method_is_told(visit):
    header(visit(login=True), "Auth-Method", "plain")


@requirement("auth_http.client_address", *BEHIND)
def test_client_address_is_told(visit):
    seen = visit(login=True)
    header(seen, "Client-IP", seen.local_host)


@requirement("auth_http.refusal", *ONCE)
def test_refusal_reaches_the_client(visit):
    login_refused(visit(login=DENIED), control=visit(login=True))


@requirement("auth_http.refusal_no_backend", *ONCE)
def test_refused_login_reaches_no_backend(visit):
    seen = visit(login=DENIED)
    asked_once(seen)
    same("sessions at a back end", 0, len(seen.backend), seen)


@requirement("auth_http.backend", *BEHIND)
def test_client_is_logged_in_at_the_backend(visit):
    heard_at_backend(visit(login=True))


@requirement("auth_http.relay", *BEHIND)
def test_commands_are_relayed(visit, listener):
    command = on_mailbox(listener.protocol)
    relayed(visit(login=True), command)


@requirement("auth_http.pipelined", *INSIDE, first_of_its_endpoint)
def test_what_comes_with_the_login_is_relayed(visit, listener):
    login = visit.new_login()
    lines, behind = login_with_more(listener.protocol, login)
    relayed_behind(visit(inside=lines), visit.sessions(login), behind)


@requirement("auth_http.ssl_on", *INSIDE)
def test_tls_is_told(visit):
    header(visit(login=True), "Auth-SSL", "on")


@requirement("auth_http.ssl_absent", sees_logins, CLEAR_START, starttls_not_only)
def test_clear_login_has_no_tls_headers(visit):
    no_header(visit(login=True, upgrade=False), "Auth-SSL*")


@requirement("auth_http.ssl_protocol", *INSIDE)
def test_version_is_told(visit):
    seen = visit(login=True)
    header(seen, "Auth-SSL-Protocol", seen.tls.version if seen.tls else "")


@requirement("auth_http.ssl_cipher", *INSIDE)
def test_cipher_is_told(visit):
    seen = visit(login=True)
    header(seen, "Auth-SSL-Cipher", seen.tls.cipher if seen.tls else "")


@requirement("auth_http.ssl_subject", *CERTIFIED)
def test_subject_is_told(visit, kit):
    for person in one_of_each(kit.all(Standing.TRUSTED), by=oddly_named):
        header_matches(visit(person, login=True), "Auth-SSL-Subject", subject(person))


@requirement("auth_http.ssl_issuer", *CERTIFIED)
def test_issuer_is_told(visit, kit):
    header_matches(visit(kit.client, login=True), "Auth-SSL-Issuer", issuer(kit.client))


@requirement("auth_http.ssl_serial", *CERTIFIED)
def test_serial_number_is_told(visit, kit):
    header(visit(kit.client, login=True), "Auth-SSL-Serial", serial(kit.client))


@requirement("auth_http.ssl_fingerprint", *CERTIFIED)
def test_fingerprint_is_told(visit, kit):
    header(visit(kit.client, login=True), "Auth-SSL-Fingerprint", fingerprint(kit.client))


@requirement("auth_http.ssl_unverified_subject", *UNVERIFIED)
def test_unverified_subject_is_told(visit, kit):
    header_matches(visit(kit.stranger, login=True), "Auth-SSL-Subject", subject(kit.stranger))


@requirement(
    "auth_http.ssl_no_certificate",
    TLS,
    claims("ssl_verify_client", "optional", "optional_no_ca"),
    sees_logins,
)
def test_nothing_is_told_of_no_certificate(visit):
    names = ("Subject", "Issuer", "Serial", "Fingerprint", "Cert")
    no_header(visit(NOBODY, login=True), *(f"Auth-SSL-{name}" for name in names))


def somebody(kit):
    return next(iter((*kit.all(Standing.TRUSTED), *kit.all(Standing.UNKNOWN_ISSUER))))


@requirement("auth_http.ssl_cert_on", *SERVED, claims("auth_http_pass_client_cert", "on"))
def test_certificate_is_passed(visit, kit):
    person = somebody(kit)
    header(visit(person, login=True), "Auth-SSL-Cert", leaf_pem(person))


@requirement("auth_http.ssl_cert_off", *SERVED, claims("auth_http_pass_client_cert", "off"))
def test_certificate_is_not_passed(visit, kit):
    no_header(visit(somebody(kit), login=True), "Auth-SSL-Cert")
