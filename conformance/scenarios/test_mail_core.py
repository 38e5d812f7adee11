from conformance.applicability import (
    TLS,
    admitted,
    claims,
    greets,
    has_challenge,
    has_method,
    lists_mechanisms,
    protocol,
    sees_logins,
)
from conformance.expectations import (
    capabilities_are,
    challenge_names,
    challenged,
    greeting_names,
    introduces_itself,
    mechanisms_are,
    same,
)  # fmt: skip
from conformance.harness.endpoint import Protocol
from conformance.looks import hearing, listing
from conformance.phrases import apop, sasl
from conformance.requirements import requirement

INSIDE = (TLS, admitted)
IMAP, POP3, SMTP = protocol(Protocol.IMAP), protocol(Protocol.POP3), protocol(Protocol.SMTP)


def capabilities(visit, listener):
    claimed = listener.values(f"{listener.protocol}_capabilities")
    capabilities_are(listing(visit, listener), claimed)


def mechanisms(visit, listener):
    claimed = set(listener.values(f"{listener.protocol}_auth")) - {"apop", "none"}
    if listener.protocol is Protocol.POP3 and "plain" in claimed:
        claimed.add("login")
    mechanisms_are(listing(visit, listener), claimed)


@requirement("imap_capabilities.listed", greets, IMAP, claims("imap_capabilities"))
def test_imap_capabilities(visit, listener):
    capabilities(visit, listener)


@requirement("pop3_capabilities.listed", greets, POP3, claims("pop3_capabilities"))
def test_pop3_capabilities(visit, listener):
    capabilities(visit, listener)


@requirement("smtp_capabilities.listed", greets, SMTP, claims("smtp_capabilities"))
def test_smtp_capabilities(visit, listener):
    capabilities(visit, listener)


@requirement("imap_auth.advertised", lists_mechanisms, IMAP, claims("imap_auth"))
def test_imap_mechanisms(visit, listener):
    mechanisms(visit, listener)


@requirement("pop3_auth.advertised", lists_mechanisms, POP3, claims("pop3_auth"))
def test_pop3_mechanisms(visit, listener):
    mechanisms(visit, listener)


@requirement("smtp_auth.advertised", lists_mechanisms, SMTP, claims("smtp_auth"))
def test_smtp_mechanisms(visit, listener):
    mechanisms(visit, listener)


@requirement("pop3_auth.apop", greets, POP3, claims("pop3_auth"))
def test_challenge_in_the_greeting(visit, listener):
    wanted = not {"apop", "cram-md5"}.isdisjoint(listener.values("pop3_auth"))
    challenged(visit(upgrade=False), expected=wanted)


@requirement("pop3_auth.apop_asked", *INSIDE, POP3, has_method("apop"), sees_logins)
def test_apop_reaches_the_auth_server(visit):
    login = visit.new_login()
    seen = visit(inside=[apop(login)])
    methods = [request.get("auth-method") for request in visit.heard(login)]
    same("requests at the auth server, by method", ["apop"], methods, seen)


@requirement("server_name.greeting", SMTP, claims("server_name"), greets)
def test_name_in_greeting_and_hello(visit, listener):
    introduces_itself(listing(visit, listener), listener.value("server_name"))


@requirement(
    "server_name.challenge", lists_mechanisms, claims("server_name"), has_method("cram-md5")
)
def test_name_in_the_challenge(visit, listener):
    command = sasl(listener.protocol, "CRAM-MD5")
    challenge_names(hearing(visit, listener, command), command, listener.value("server_name"))


@requirement("server_name.greeting_challenge", POP3, claims("server_name"), greets, has_challenge)
def test_name_in_the_challenge_of_the_greeting(visit, listener):
    greeting_names(visit(upgrade=False), listener.value("server_name"))
