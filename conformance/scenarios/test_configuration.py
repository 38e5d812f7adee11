from conformance.applicability import configurable
from conformance.expectations import configuration_accepted, configuration_refused
from conformance.requirements import requirement

NONE: tuple[str, ...] = ()


def is_refused(configure, directive, value, **beside):
    """Refused with this value, by the name of the directive, or the value (a file)."""
    tried = configure(**{directive: value}, **beside)
    words = str(value).split() if isinstance(value, str) else ()
    configuration_refused(tried, directive, *words, control=configure())


@requirement("configuration.starttls_unknown", configurable)
def test_starttls_unknown(configure):
    is_refused(configure, "starttls", "perhaps")


@requirement("configuration.protocols_unknown", configurable)
def test_protocols_unknown(configure):
    is_refused(configure, "ssl_protocols", "TLSv1.2 TLSv1.9")


@requirement("configuration.verify_client_unknown", configurable)
def test_verify_client_unknown(configure):
    is_refused(configure, "ssl_verify_client", "sometimes")


@requirement("configuration.verify_depth_no_number", configurable)
def test_verify_depth_no_number(configure):
    is_refused(configure, "ssl_verify_depth", "deep")


@requirement("configuration.prefer_server_ciphers_unknown", configurable)
def test_prefer_server_ciphers_unknown(configure):
    is_refused(configure, "ssl_prefer_server_ciphers", "maybe")


@requirement("configuration.ciphers_unknown", configurable)
def test_ciphers_unknown(configure):
    is_refused(configure, "ssl_ciphers", "NO-SUCH-CIPHER")


@requirement("configuration.curve_unknown", configurable)
def test_curve_unknown(configure):
    is_refused(configure, "ssl_ecdh_curve", "prime256v1:secp999r9")


@requirement("configuration.certificate_absent", configurable)
def test_certificate_absent(configure):
    is_refused(configure, "ssl_certificate", None)


@requirement("configuration.certificate_missing", configurable)
def test_certificate_missing(configure):
    is_refused(configure, "ssl_certificate", "pki/nowhere.pem")


@requirement("configuration.certificate_garbage", configurable)
def test_certificate_garbage(configure):
    is_refused(configure, "ssl_certificate", "wrong/garbage.pem")


@requirement("configuration.certificate_order", configurable)
def test_intermediate_before_the_certificate(configure):
    file = "wrong/intermediate-first.pem"
    key = "pki/ecdsa-chain.key"
    tried = configure(ssl_certificate=file, ssl_certificate_key=key)
    right = configure(ssl_certificate="pki/ecdsa-chain.pem", ssl_certificate_key=key)
    configuration_refused(tried, file, key, control=right)


@requirement("configuration.key_absent", configurable)
def test_key_absent(configure):
    is_refused(configure, "ssl_certificate_key", None)


@requirement("configuration.key_missing", configurable)
def test_key_missing(configure):
    is_refused(configure, "ssl_certificate_key", "pki/nowhere.key")


@requirement("configuration.key_of_another", configurable)
def test_key_of_another_certificate(configure):
    is_refused(configure, "ssl_certificate_key", "pki/rsa-2.key")


@requirement("configuration.key_engine_unknown", configurable)
def test_key_in_an_engine_that_is_not_there(configure):
    tried = configure(ssl_certificate_key="engine:nowhere:id")
    configuration_refused(tried, "engine:nowhere", control=configure())


@requirement("configuration.passphrase_wrong", configurable)
def test_passphrase_wrong(configure):
    tried = configure(ssl_password_file="wrong/no.pass")
    configuration_refused(tried, "rsa-locked.key", "wrong/no.pass", control=configure())


@requirement("configuration.passphrases_replaced", configurable)
def test_passphrases_of_the_mail_block_are_replaced(configure):
    mail = ["ssl_password_file pki/inherited.pass;"]
    tried = configure(mail=mail, ssl_password_file="wrong/no.pass")
    right = configure(mail=mail, ssl_password_file=None)
    configuration_refused(tried, "rsa-locked.key", "wrong/no.pass", control=right)


@requirement("configuration.passphrases_missing", configurable)
def test_password_file_missing(configure):
    is_refused(configure, "ssl_password_file", "pki/nowhere.pass")


@requirement("configuration.client_certificate_absent", configurable)
def test_verification_without_authorities(configure):
    tried = configure(ssl_client_certificate=None, ssl_trusted_certificate=None)
    names = ("ssl_client_certificate", "ssl_verify_client")
    configuration_refused(tried, *names, control=configure())


@requirement("configuration.client_certificate_missing", configurable)
def test_client_certificate_missing(configure):
    is_refused(configure, "ssl_client_certificate", "pki/nowhere.pem")


@requirement("configuration.trusted_certificate_garbage", configurable)
def test_trusted_certificate_garbage(configure):
    is_refused(configure, "ssl_trusted_certificate", "wrong/garbage.pem")


@requirement("configuration.crl_missing", configurable)
def test_crl_missing(configure):
    is_refused(configure, "ssl_crl", "pki/nowhere.pem")


@requirement("configuration.crl_garbage", configurable)
def test_crl_garbage(configure):
    is_refused(configure, "ssl_crl", "wrong/garbage.pem")


@requirement("configuration.dhparam_missing", configurable)
def test_dhparam_missing(configure):
    is_refused(configure, "ssl_dhparam", "pki/nowhere.pem")


@requirement("configuration.dhparam_garbage", configurable)
def test_dhparam_garbage(configure):
    is_refused(configure, "ssl_dhparam", "wrong/garbage.pem")


@requirement("configuration.dhparam_small", configurable)
def test_dhparam_of_512_bits(configure):
    is_refused(configure, "ssl_dhparam", "wrong/dhparam-512.pem")


@requirement("configuration.session_cache_unknown", configurable)
def test_session_cache_unknown(configure):
    is_refused(configure, "ssl_session_cache", "everywhere")


@requirement("configuration.session_cache_without_size", configurable)
def test_shared_cache_without_size(configure):
    is_refused(configure, "ssl_session_cache", "shared:waxseal")


@requirement("configuration.session_cache_too_small", configurable)
def test_shared_cache_too_small(configure):
    is_refused(configure, "ssl_session_cache", "shared:waxseal:1k")


@requirement("configuration.session_timeout_no_time", configurable)
def test_session_timeout_no_time(configure):
    is_refused(configure, "ssl_session_timeout", "soon")


@requirement("configuration.session_tickets_unknown", configurable)
def test_session_tickets_unknown(configure):
    is_refused(configure, "ssl_session_tickets", "some")


@requirement("configuration.ticket_key_size", configurable)
def test_ticket_key_of_47_bytes(configure):
    is_refused(configure, "ssl_session_ticket_key", "wrong/47.key")


@requirement("configuration.duplicate", configurable)
def test_directive_twice(configure):
    is_refused(configure, "ssl_verify_depth", ["1", "2"])


@requirement("configuration.context", configurable)
def test_directive_outside_mail(configure):
    tried = configure(main=["ssl_verify_depth 2;"])
    configuration_refused(tried, "ssl_verify_depth", control=configure())


@requirement("configuration.values_accepted", configurable)
def test_every_value_of_a_choice(configure):
    configuration_accepted(configure(servers=[
        {"starttls": "off", "ssl_verify_client": "off"},
        {"starttls": "only", "ssl_verify_client": "optional"},
        {"ssl_verify_client": "optional_no_ca", "ssl_client_certificate": None},
        {"ssl_protocols": "SSLv2 SSLv3 TLSv1 TLSv1.1 TLSv1.2", "ssl_verify_depth": "0"},
        {"ssl_prefer_server_ciphers": "off", "ssl_session_tickets": "off"},
        {"ssl_ecdh_curve": "auto", "ssl_session_timeout": "1h"},
    ]))  # fmt: skip


@requirement("configuration.ciphers_of_the_page", configurable)
def test_ciphers_of_the_page(configure):
    every = "ALL:!aNULL:!EXPORT56:RC4+RSA:+HIGH:+MEDIUM:+LOW:+SSLv2:+EXP"
    few = "AES128-SHA:AES256-SHA:RC4-SHA:DES-CBC3-SHA:RC4-MD5"
    configuration_accepted(configure(ssl_ciphers=every, servers=[{"ssl_ciphers": few}]))


@requirement("configuration.session_values_accepted", configurable)
def test_every_kind_of_session_cache_and_key(configure):
    keys = ["right/48.key", "right/80.key"]
    configuration_accepted(configure(ssl_session_cache="off", servers=[
        {"ssl_session_cache": "none"},
        {"ssl_session_cache": "builtin", "ssl_session_ticket_key": "right/48.key"},
        {"ssl_session_cache": "builtin:1000 shared:waxseal:64k", "ssl_session_ticket_key": keys},
    ]))  # fmt: skip


@requirement("configuration.certificates_accepted", configurable)
def test_every_form_of_certificate_and_key(configure):
    kinds = ["rsa-chain", "ecdsa-chain", "ed25519"]
    configuration_accepted(configure(
        ssl_certificate=[f"pki/{kind}.pem" for kind in kinds],
        ssl_certificate_key=[f"pki/{kind}.key" for kind in kinds],
        servers=[
            {"ssl_certificate": "pki/key-inside.pem", "ssl_certificate_key": "pki/key-inside.pem"},
            {"ssl_password_file": "right/ends.pass"},
        ],
    ))  # fmt: skip


@requirement("configuration.mail_context", configurable)
def test_directives_in_the_mail_block(configure):
    lines = {
        "starttls": "on", "ssl_certificate": "pki/rsa.pem", "ssl_certificate_key": "pki/rsa.key",
        "ssl_protocols": "TLSv1.2", "ssl_ciphers": "HIGH", "ssl_prefer_server_ciphers": "on",
        "ssl_dhparam": "pki/dhparam.pem", "ssl_ecdh_curve": "secp384r1",
        "ssl_verify_client": "on", "ssl_verify_depth": "3", "ssl_crl": "pki/crl-both.pem",
        "ssl_client_certificate": "pki/clients.pem", "ssl_session_timeout": "10m",
        "ssl_trusted_certificate": "pki/strangers.pem", "ssl_session_cache": "shared:mail:64k",
        "ssl_session_tickets": "on", "ssl_session_ticket_key": "right/80.key",
    }  # fmt: skip
    mail = [f"{name} {value};" for name, value in lines.items()]
    configuration_accepted(configure(mail=mail, **dict.fromkeys(lines)))


@requirement("configuration.passphrases_from_a_pipe", configurable)
def test_passphrases_from_a_named_pipe(configure):
    with configure.pipe(b"not this one\nopen rsa\n") as name:
        configuration_accepted(configure(ssl_password_file=name))
