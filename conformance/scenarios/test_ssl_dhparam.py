from conformance.applicability import TLS, admitted
from conformance.applicability_keys import dhe, dhe_idle
from conformance.claimed import legacy, negotiable_ciphers
from conformance.claimed_groups import dh_group, dhe_ciphers, idle_dhe_ciphers
from conformance.expectations import dh_parameter, ephemeral, holds_key, negotiated, refused
from conformance.requirements import requirement

# Says nothing that the hello would not say anyway, but makes it another one.
AGAIN = "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"


def exchange(visit, listener, *more):
    ciphers = [*dhe_ciphers(listener), *more]
    return visit(versions=[legacy(listener)], ciphers=ciphers, hello_only=True)


@requirement("ssl_dhparam.enables", TLS, dhe)
def test_client_that_has_dhe_alone(visit, listener):
    negotiated(exchange(visit, listener), version=legacy(listener))


@requirement("ssl_dhparam.prime", TLS, dhe)
def test_prime_of_the_file(visit, listener):
    dh_parameter(exchange(visit, listener), "prime", dh_group(listener).prime)


@requirement("ssl_dhparam.generator", TLS, dhe)
def test_generator_of_the_file(visit, listener):
    dh_parameter(exchange(visit, listener), "generator", dh_group(listener).generator)


@requirement("ssl_dhparam.ephemeral", TLS, dhe)
def test_secret_is_used_once(visit, listener):
    ephemeral(exchange(visit, listener), exchange(visit, listener, AGAIN))


@requirement("ssl_dhparam.served", TLS, dhe, admitted)
def test_served_under_dhe(visit, listener):
    cipher = dhe_ciphers(listener)[0]
    seen = visit(versions=[legacy(listener)], ciphers=[cipher])
    negotiated(seen, cipher=cipher)
    holds_key(seen)


@requirement("ssl_dhparam.unset", TLS, dhe_idle)
def test_no_dhe_without_the_file(visit, listener):
    refused(
        visit(versions=[legacy(listener)], ciphers=idle_dhe_ciphers(listener), hello_only=True),
        control=visit(
            versions=[legacy(listener)], ciphers=negotiable_ciphers(listener), hello_only=True
        ),
    )
