from conformance.applicability import (
    TLS,
    claims,
    nobody_trusted,
    sees_logins,
    somebody_unacceptable,
    someone,
    verifying,
)
from conformance.expectations import (
    accepted,
    header,
    heard_nothing,
    not_let_in,
    refused,
    requested,
    same,
)
from conformance.harness.pki.standing import Standing
from conformance.looks import certificate_request
from conformance.requirements import requirement
from conformance.visitor import NOBODY

OFF = (TLS, claims("ssl_verify_client", "off"))
DEMANDED = (TLS, claims("ssl_verify_client", "on"))
ON = (*DEMANDED, someone(Standing.TRUSTED))
OPTIONAL = (TLS, claims("ssl_verify_client", "optional"))
NO_CA = (TLS, claims("ssl_verify_client", "optional_no_ca"))
UNKNOWN = someone(Standing.UNKNOWN_ISSUER)
SELF_SIGNED = someone(Standing.SELF_SIGNED)
EXPIRED = someone(Standing.EXPIRED)
TRUSTED = someone(Standing.TRUSTED)


@requirement("ssl_verify_client.off_not_requested", *OFF)
def test_off_does_not_ask(visit, listener):
    requested(certificate_request(visit, listener), expected=False)


@requirement("ssl_verify_client.on_requested", *DEMANDED)
def test_on_asks(visit, listener):
    requested(certificate_request(visit, listener), expected=True)


@requirement("ssl_verify_client.on_trusted_accepted", *ON)
def test_on_serves_a_trusted_client(visit, kit):
    accepted(visit(kit.client))


@requirement("ssl_verify_client.on_none_refused", *ON)
def test_on_refuses_a_client_without(visit, kit):
    refused(visit(NOBODY), control=visit(kit.client))


@requirement("ssl_verify_client.on_unknown_ca_refused", *ON, UNKNOWN)
def test_on_refuses_an_unknown_ca(visit, kit):
    refused(visit(kit.stranger), control=visit(kit.client))


@requirement("ssl_verify_client.on_self_signed_refused", *ON, SELF_SIGNED)
def test_on_refuses_a_self_signed_client(visit, kit):
    refused(visit(kit.self_signed), control=visit(kit.client))


@requirement("ssl_verify_client.on_expired_refused", *ON, EXPIRED)
def test_on_refuses_an_expired_client(visit, kit):
    refused(visit(kit.expired), control=visit(kit.client))


@requirement("ssl_verify_client.on_not_yet_valid_refused", *ON, someone(Standing.NOT_YET_VALID))
def test_on_refuses_a_client_before_its_time(visit, kit):
    refused(visit(kit.not_yet_valid), control=visit(kit.client))


@requirement("ssl_verify_client.on_wrong_purpose_refused", *ON, someone(Standing.WRONG_PURPOSE))
def test_on_refuses_a_server_as_client(visit, kit):
    refused(visit(kit.wrong_purpose), control=visit(kit.client))


@requirement("ssl_verify_client.on_nobody_trusted", *DEMANDED, nobody_trusted)
def test_on_refuses_everybody_where_nobody_is_trusted(visit):
    not_let_in(visit(NOBODY), shown=False)
    for person in visit.situation.cast.one_of_each:
        not_let_in(visit(person))


@requirement("ssl_verify_client.optional_requested", *OPTIONAL)
def test_optional_asks(visit, listener):
    requested(certificate_request(visit, listener), expected=True)


@requirement("ssl_verify_client.optional_none_accepted", *OPTIONAL)
def test_optional_serves_a_client_without(visit):
    accepted(visit(NOBODY))


@requirement("ssl_verify_client.optional_trusted_accepted", *OPTIONAL, TRUSTED)
def test_optional_serves_a_trusted_client(visit, kit):
    accepted(visit(kit.client))


@requirement("ssl_verify_client.optional_unknown_ca_refused", *OPTIONAL, UNKNOWN)
def test_optional_refuses_an_unknown_ca(visit, kit):
    refused(visit(kit.stranger), control=visit(NOBODY))


@requirement("ssl_verify_client.optional_self_signed_refused", *OPTIONAL, SELF_SIGNED)
def test_optional_refuses_a_self_signed_client(visit, kit):
    refused(visit(kit.self_signed), control=visit(NOBODY))


@requirement("ssl_verify_client.optional_expired_refused", *OPTIONAL, EXPIRED)
def test_optional_refuses_an_expired_client(visit, kit):
    refused(visit(kit.expired), control=visit(NOBODY))


@requirement("ssl_verify_client.optional_no_ca_requested", *NO_CA)
def test_optional_no_ca_asks(visit, listener):
    requested(certificate_request(visit, listener), expected=True)


@requirement("ssl_verify_client.optional_no_ca_none_accepted", *NO_CA)
def test_optional_no_ca_serves_a_client_without(visit):
    accepted(visit(NOBODY))


@requirement("ssl_verify_client.optional_no_ca_trusted_accepted", *NO_CA, TRUSTED)
def test_optional_no_ca_serves_a_trusted_client(visit, kit):
    accepted(visit(kit.client))


@requirement("ssl_verify_client.optional_no_ca_unknown_ca_accepted", *NO_CA, UNKNOWN)
def test_optional_no_ca_serves_a_client_of_an_unknown_ca(visit, kit):
    accepted(visit(kit.stranger))


@requirement("ssl_verify_client.optional_no_ca_self_signed_accepted", *NO_CA, SELF_SIGNED)
def test_optional_no_ca_serves_a_self_signed_client(visit, kit):
    accepted(visit(kit.self_signed))


@requirement("ssl_verify_client.optional_no_ca_expired_refused", *NO_CA, EXPIRED)
def test_optional_no_ca_refuses_an_expired_client(visit, kit):
    refused(visit(kit.expired), control=visit(NOBODY))


@requirement(
    "ssl_verify_client.header_success",
    TLS, claims("ssl_verify_client", "on", "optional", "optional_no_ca"), TRUSTED, sees_logins,
)  # fmt: skip
def test_header_for_a_trusted_client(visit, kit):
    header(visit(kit.client, login=True), "Auth-SSL-Verify", "SUCCESS")


@requirement(
    "ssl_verify_client.header_none",
    TLS, claims("ssl_verify_client", "optional", "optional_no_ca"), sees_logins,
)  # fmt: skip
def test_header_for_a_client_without(visit):
    header(visit(NOBODY, login=True), "Auth-SSL-Verify", "NONE")


@requirement("ssl_verify_client.header_failed", *NO_CA, UNKNOWN, sees_logins)
def test_header_for_an_unverified_client(visit, kit):
    for person in (*kit.all(Standing.UNKNOWN_ISSUER), *kit.all(Standing.SELF_SIGNED)):
        header(visit(person, login=True), "Auth-SSL-Verify", "FAILED", prefix=True)


@requirement("ssl_verify_client.header_absent", *OFF, sees_logins)
def test_no_header_when_off(visit):
    header(visit(login=True), "Auth-SSL-Verify", None)


@requirement(
    "ssl_verify_client.refused_not_forwarded",
    TLS,
    verifying,
    TRUSTED,
    somebody_unacceptable,
    sees_logins,
)
def test_refused_client_reaches_nobody(visit, kit):
    for person in kit.unacceptable:
        seen = visit(person, login=True)
        heard_nothing(seen, seen.auth, control=visit(kit.client, login=True))
        same("sessions at a back end", 0, len(seen.backend), seen)
