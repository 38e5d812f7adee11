"""Each product's translation: listeners in; files, processes and answers out."""

from pathlib import Path

import pytest

from conformance.harness.targets.products import TRANSLATORS

RUN = Path("/run/of/it")
OPTIONAL = {"ssl_verify_client": "optional", "ssl_client_certificate": "clients.pem"}
DEMANDED = {"ssl_verify_client": "on", "ssl_client_certificate": "clients.pem"}
ANYBODY = {"ssl_verify_client": "optional_no_ca", "ssl_client_certificate": "clients.pem"}
TWO = {"ssl_certificate": ("rsa.pem", "ecdsa.pem"), "ssl_certificate_key": ("rsa.key", "ecdsa.key")}
MAIL = {"protocol": "smtp", "way": "starttls"}
INSIDE = {"ssl_certificate": "key-inside.pem", "ssl_certificate_key": "key-inside.pem"}
LOCKED = {
    "ssl_certificate": "rsa-locked.pem",
    "ssl_certificate_key": "rsa-locked.key",
    "ssl_password_file": "second-right.pass",
}


@pytest.fixture
def translated(brief):
    """`translated(product, *listeners)`: its setup, and its whole text."""

    def make(product, *listeners):
        setup = TRANSLATORS[product].translate(brief(*listeners), "/usr/bin/it", RUN)
        words = [" ".join(argv) for argv in setup.processes]
        return setup, "\n".join([*setup.files.values(), *words])

    return make


SAYS = [
    ("stunnel", {}, "accept = 127.5.4.3:2993\nconnect = 127.5.4.3:3000\n"),
    ("stunnel", {}, "sslVersionMin = TLSv1.2\nsslVersionMax = TLSv1.3"),
    ("stunnel", {"ssl_protocols": ("TLSv1.1", "TLSv1.3")}, "options = NO_TLSv1_2"),
    ("stunnel", {"ssl_ciphers": "HIGH:@SECLEVEL=0"}, "securityLevel = 0"),
    ("stunnel", {"ssl_dhparam": "dhparam.pem"}, "BEGIN DH PARAMETERS"),
    ("stunnel", OPTIONAL, "verifyChain = yes\nrequireCert = no\nCAfile = "),
    ("stunnel", {**DEMANDED, "ssl_crl": "crl-all.pem"}, "CRLfile = "),
    ("stunnel", {"way": "starttls", "starttls": "only"}, "protocol = imap"),
    ("stunnel", {"ssl_session_timeout": "1h 30m"}, "sessionCacheTimeout = 5400"),
    ("stunnel", {"ssl_session_cache": "off"}, "sessionResume = no"),
    ("dovecot", {}, "ssl_min_protocol = TLSv1.2"),
    ("dovecot", {}, "username_filter = !denied-*"),
    ("dovecot", {}, "proxy=y host=127.5.4.3 port=3000 pass=open sesame"),
    ("dovecot", {"way": "starttls", "starttls": "only"}, "disable_plaintext_auth = yes"),
    ("dovecot", {"way": "starttls", "starttls": "on"}, "disable_plaintext_auth = no"),
    ("dovecot", TWO, "ssl_alt_cert = <"),
    ("dovecot", LOCKED, "ssl_key_password = open rsa"),
    ("dovecot", DEMANDED, "auth_ssl_require_client_cert = yes"),
    ("dovecot", {**DEMANDED, "ssl_crl": "crl-all.pem"}, "BEGIN X509 CRL"),
    ("dovecot", {"ssl_session_tickets": "off"}, "ssl_options = no_ticket"),
    ("dovecot", {"imap_auth": ("plain", "cram-md5")}, "auth_mechanisms = plain cram-md5"),
    ("haproxy", {"ssl_protocols": "TLSv1"}, "ssl-min-ver TLSv1.0 ssl-max-ver TLSv1.0"),
    ("haproxy", {"ssl_prefer_server_ciphers": "off"}, "prefer-client-ciphers"),
    ("haproxy", OPTIONAL, "verify optional ca-file "),
    ("haproxy", {**DEMANDED, "ssl_trusted_certificate": "both.pem"}, "ca-verify-file "),
    ("haproxy", ANYBODY, "crt-ignore-err 18,19,20,21"),
    ("haproxy", {"ssl_session_cache": "off"}, "tune.ssl.cachesize 0"),
    ("haproxy", {"ssl_session_tickets": "off"}, "no-tls-tickets"),
    ("haproxy", {"ssl_session_ticket_key": "ticket-current.key"}, "tls-ticket-keys "),
    ("hitch", {"ssl_protocols": ("TLSv1", "TLSv1.3")}, "tls-protos = TLSv1.0 TLSv1.3"),
    ("hitch", DEMANDED, "client-verify = required\n"),
    ("hitch", {}, 'backend = "[127.5.4.3]:3000"'),
    ("perdition", {}, "--ssl_mode ssl_listen"),
    ("perdition", {"way": "starttls", "starttls": "only"}, "--ssl_mode tls_listen_force"),
    ("perdition", LOCKED, "open rsa\n"),
    ("perdition", {"ssl_protocols": ("TLSv1.1", "TLSv1.2")}, "max_proto_version tlsv1.2"),
    ("perdition", OPTIONAL, "--ssl_cert_verify_depth 2"),
    ("postfix", {"protocol": "smtp"}, "127.5.4.3:2993 inet n - n - 0 smtpd"),
    ("postfix", {"protocol": "smtp"}, "smtpd_tls_wrappermode = yes"),
    ("postfix", {"protocol": "smtp"}, "tls_high_cipherlist = HIGH:!kDHE:@SECLEVEL=2 }"),
    ("postfix", {"protocol": "smtp"}, "relayhost = [127.5.4.3]:3002"),
    (
        "postfix",
        {"protocol": "smtp", "ssl_ciphers": "HIGH:@SECLEVEL=0"},
        "HIGH:@SECLEVEL=0:!kDHE }",
    ),
    ("postfix", {**MAIL, "starttls": "only"}, "smtpd_tls_security_level = encrypt"),
    ("postfix", {**MAIL, "starttls": "on"}, "smtpd_tls_security_level = may"),
    ("postfix", {"protocol": "smtp", "way": "none"}, "smtpd_tls_security_level = none"),
    ("postfix", {"protocol": "smtp", **TWO}, "-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY"),
    (
        "postfix",
        {"protocol": "smtp", **INSIDE},
        "-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE",
    ),
    ("postfix", {"protocol": "smtp", **DEMANDED}, "smtpd_tls_req_ccert = yes"),
    ("postfix", {"protocol": "smtp", **ANYBODY}, "smtpd_tls_ask_ccert = yes"),
    ("postfix", {"protocol": "smtp", **DEMANDED, "ssl_verify_depth": "3"}, "verifydepth = 2"),
    ("postfix", {"protocol": "smtp"}, "tlsmgr_service_name = tlsmgr-caching"),
    ("postfix", {"protocol": "smtp", "ssl_session_tickets": "off"}, "= NO_TICKET"),
    ("postfix", {"protocol": "smtp", "smtp_auth": ("cram-md5",)}, "private/auth-cram-md5"),
    ("exim", {"protocol": "smtp"}, "+VERS-TLS1.2:+VERS-TLS1.3:-DHE-RSA:%SERVER_PRECEDENCE"),
    ("exim", {"protocol": "smtp"}, "tls_on_connect_ports = 2993"),
    ("exim", {"protocol": "smtp", **DEMANDED}, "tls_verify_hosts = *"),
    ("exim", {"protocol": "smtp", "ssl_ecdh_curve": "X25519"}, "-GROUP-ALL:+GROUP-X25519"),
]


@pytest.mark.parametrize(("product", "claims", "words"), SAYS)
def test_a_claim_is_said_in_the_products_words(translated, wanted, product, claims, words):
    setup, text = translated(product, wanted(**claims))
    assert words in text
    assert setup.answers[0].ready


CANNOT = [
    ("stunnel", TWO, "ssl_certificate"),
    ("stunnel", LOCKED, "ssl_password_file"),
    ("stunnel", ANYBODY, "ssl_verify_client"),
    ("stunnel", {"way": "none"}, "starttls"),
    ("stunnel", {**DEMANDED, "ssl_trusted_certificate": "both.pem"}, "ssl_trusted_certificate"),
    ("dovecot", {"ssl_protocols": "TLSv1.2"}, "ssl_protocols"),
    ("dovecot", {"ssl_protocols": ("TLSv1.1", "TLSv1.3")}, "ssl_protocols"),
    ("dovecot", OPTIONAL, "ssl_verify_client"),
    ("dovecot", {**ANYBODY, "ssl_crl": "crl-all.pem"}, "ssl_crl"),
    ("haproxy", {"way": "starttls", "starttls": "on"}, "starttls"),
    ("haproxy", TWO, "ssl_certificate"),
    ("haproxy", {**ANYBODY, "ssl_crl": "crl-all.pem"}, "ssl_crl"),
    ("hitch", {"way": "starttls", "starttls": "on"}, "starttls"),
    ("hitch", {**DEMANDED, "ssl_crl": "crl-all.pem"}, "ssl_crl"),
    ("hitch", ANYBODY, "ssl_verify_client"),
    ("perdition", {"protocol": "smtp"}, "protocol"),
    ("perdition", {"ssl_ecdh_curve": "secp384r1"}, "ssl_ecdh_curve"),
    ("perdition", DEMANDED, "ssl_verify_client"),
    ("exim", {}, "protocol"),
    ("postfix", {}, "protocol"),
    ("postfix", {"protocol": "smtp", **OPTIONAL}, "ssl_verify_client"),
    ("postfix", {"protocol": "smtp", **DEMANDED, "ssl_crl": "crl-all.pem"}, "ssl_crl"),
    ("postfix", {"protocol": "smtp", **LOCKED}, "ssl_password_file"),
    ("exim", {"protocol": "smtp", **OPTIONAL}, "ssl_verify_client"),
]


@pytest.mark.parametrize(("product", "claims", "directive"), CANNOT)
def test_what_a_product_cannot_do_is_declined_with_a_reason(
    translated, wanted, product, claims, directive
):
    setup, _ = translated(product, wanted(**claims))
    (answer,) = setup.answers
    assert not answer.ready
    assert answer.unsupported[directive]
    assert not any("2993" in text for text in setup.files.values())


@pytest.mark.parametrize("product", sorted(set(TRANSLATORS) - {"perdition", "exim", "postfix"}))
def test_who_asks_no_auth_server_says_so(translated, wanted, product):
    setup, _ = translated(product, wanted())
    assert "asks no auth server" in setup.answers[0].unsupported["auth_http"]


def test_a_limit_that_is_not_there_is_claimed_otherwise(translated, wanted):
    setup, _ = translated("stunnel", wanted(**DEMANDED))
    assert setup.answers[0].instead == {"ssl_verify_depth": ("100",)}


def test_no_group_is_no_dhe(translated, wanted):
    with_group = translated("haproxy", wanted(ssl_dhparam="dhparam.pem"))[1]
    assert ":!kDHE" in translated("haproxy", wanted())[1]
    assert ":!kDHE" not in with_group


def test_dovecot_demands_certificates_in_clear_too(translated, wanted):
    listener = wanted(way="starttls", **{**DEMANDED, "starttls": "on"})
    setup, text = translated("dovecot", listener)
    assert setup.answers[0].instead["starttls"] == ("only",)
    assert "ssl = required" in text


@pytest.mark.parametrize(("claimed", "done"), [("0", ("1",)), ("1", None)])
def test_postfix_allows_one_intermediate_at_least(translated, wanted, claimed, done):
    listener = wanted("smtp", "starttls", **DEMANDED, starttls="only", ssl_verify_depth=claimed)
    setup, _ = translated("postfix", listener)
    assert setup.answers[0].instead.get("ssl_verify_depth") == done


def test_postfix_demands_certificates_where_tls_is_demanded(translated, wanted):
    listener = wanted("smtp", "starttls", **DEMANDED, starttls="on")
    setup, text = translated("postfix", listener)
    assert setup.answers[0].instead["starttls"] == ("only",)
    assert "smtpd_tls_security_level = encrypt" in text


def test_a_dollar_in_a_claim_is_no_parameter_of_postfix(translated, wanted):
    _, text = translated("postfix", wanted("smtp", ssl_ciphers="HIGH:$x"))
    assert "HIGH:$$x:" in text


def test_haproxy_has_the_keys_of_a_ticket_in_another_order(translated, wanted, kit):
    import base64

    setup, _ = translated("haproxy", wanted(ssl_session_ticket_key="ticket-current.key"))
    theirs = base64.b64decode(setup.files["0.tickets"].splitlines()[1])
    ours = kit.file("ticket-current.key").read_bytes()
    assert theirs == ours[:16] + ours[48:] + ours[16:48]


def test_listeners_with_a_zone_in_common_are_one_process_of_haproxy(translated, wanted):
    one = wanted(ssl_session_cache="shared:Z:1m")
    setup, _ = translated("haproxy", one, one, wanted(ssl_session_cache="off"))
    assert len(setup.processes) == 2


def test_a_certificate_without_a_right_pass_phrase_is_an_error(translated, wanted):
    locked = {**LOCKED, "ssl_password_file": "people/client.pem"}
    with pytest.raises(ValueError, match="opens"):
        translated("dovecot", wanted(**locked))
