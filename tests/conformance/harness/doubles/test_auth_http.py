"""The auth_http protocol, without a socket."""

import hashlib
import hmac

import pytest

from conformance.harness.doubles.auth_http import RESPONSE_LIMIT, answer, parse_request
from conformance.harness.doubles.policy import Policy
from conformance.harness.endpoint import Protocol

POLICY = Policy("secret")
PLACES = {Protocol.IMAP: ("127.0.0.1", 1143), Protocol.SMTP: ("127.0.0.1", 1025)}


def asked(**headers):
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return parse_request("\r\n".join(["GET /auth HTTP/1.0", *lines, "", ""]).encode("latin-1"))


def status(**headers):
    return parse_request(answer(asked(**headers), POLICY, PLACES)).get("Auth-Status")


def test_headers_keep_their_order_and_repetitions():
    request = asked(Auth_SSL="on", X_Tag="1", X_TAG="2")
    assert [name for name, _ in request.headers] == ["auth-ssl", "x-tag", "x-tag"]
    assert request.all("x-tag") == ["1", "2"]


def test_only_what_nginx_escapes_is_decoded():
    request = asked(Auth_Pass="a%20b%25", Auth_SMTP_From="MAIL FROM:<100%25@test>")
    assert request.get("auth-pass") == "a b%"
    assert request.get("auth-smtp-from") == "MAIL FROM:<100%25@test>"


def test_a_line_that_is_no_header_is_kept():
    assert parse_request(b"GET / HTTP/1.0\r\nnonsense\r\n\r\n").headers == (("", "nonsense"),)


def test_the_right_password_leads_to_the_back_end_of_the_protocol():
    request = asked(Auth_Method="plain", Auth_User="u", Auth_Pass="secret", Auth_Protocol="smtp")
    response = parse_request(answer(request, POLICY, PLACES))
    assert [response.get(name) for name in ("Auth-Status", "Auth-Server", "Auth-Port")] == [
        "OK",
        "127.0.0.1",
        "1025",
    ]


@pytest.mark.parametrize(
    ("method", "user", "password"),
    [
        ("plain", "u", "wrong"),
        ("plain", "denied-u", "secret"),
        ("external", "denied-u", ""),
        ("cram-md5", "u", "0" * 32),
        ("apop", "u", "secret"),
    ],
)
def test_others_are_refused(method, user, password):
    said = status(Auth_Method=method, Auth_User=user, Auth_Pass=password, Auth_Protocol="imap")
    assert said == "Invalid login or password"


DIGESTS = {
    "cram-md5": hmac.new(b"secret", b"<1.2@x>", "md5").hexdigest(),
    "apop": hashlib.md5(b"<1.2@x>secret").hexdigest(),
}


@pytest.mark.parametrize(("method", "digest"), DIGESTS.items())
def test_a_digest_is_checked_and_brings_the_password_for_the_back_end(method, digest):
    request = asked(
        Auth_Method=method,
        Auth_User="u",
        Auth_Salt="<1.2@x>",
        Auth_Pass=digest,
        Auth_Protocol="imap",
    )
    assert parse_request(answer(request, POLICY, PLACES)).get("auth-pass") == "secret"


def test_no_login_at_all_is_let_in_where_the_method_says_so():
    assert status(Auth_Method="none", Auth_User="", Auth_Pass="", Auth_Protocol="smtp") == "OK"


def test_an_unknown_protocol_is_refused_and_answers_are_short():
    assert status(Auth_Method="plain", Auth_Protocol="x" * 5000) == "Unknown protocol"
    assert len(answer(asked(Auth_Protocol="x" * 5000), POLICY, PLACES)) < RESPONSE_LIMIT
