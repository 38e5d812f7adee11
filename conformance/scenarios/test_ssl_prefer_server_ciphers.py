from conformance.applicability import TLS, claims
from conformance.applicability_versions import (
    ordered_ciphers,
    own_suites,
    served_version,
    two_ciphers,
)
from conformance.claimed import legacy
from conformance.expectations import negotiated
from conformance.requirements import requirement

ON = claims("ssl_prefer_server_ciphers", "on")
OFF = claims("ssl_prefer_server_ciphers", "off")
SUITES = ("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256")


def choice(visit, listener, *order):
    return visit(versions=[legacy(listener)], ciphers=order, hello_only=True)


def choice_13(visit, *order):
    return visit(versions=["TLSv1.3"], suites=order, hello_only=True)


@requirement("ssl_prefer_server_ciphers.on", TLS, ON, two_ciphers)
def test_on_follows_the_list(visit, listener):
    first, *_, last = ordered_ciphers(listener)
    negotiated(choice(visit, listener, last, first), cipher=first)
    negotiated(choice(visit, listener, first, last), cipher=first)


@requirement("ssl_prefer_server_ciphers.off", TLS, OFF, two_ciphers)
def test_off_follows_the_client(visit, listener):
    first, *_, last = ordered_ciphers(listener)
    negotiated(choice(visit, listener, last, first), cipher=last)
    negotiated(choice(visit, listener, first, last), cipher=first)


@requirement("ssl_prefer_server_ciphers.on_tls13", TLS, ON, served_version("TLSv1.3"), own_suites)
def test_on_in_tls13(visit):
    chosen = choice_13(visit, *SUITES).tls
    negotiated(
        choice_13(visit, *reversed(SUITES)), cipher=chosen.cipher if chosen else "one of both"
    )


@requirement("ssl_prefer_server_ciphers.off_tls13", TLS, OFF, served_version("TLSv1.3"), own_suites)
def test_off_in_tls13(visit):
    negotiated(choice_13(visit, *SUITES), cipher=SUITES[0])
    negotiated(choice_13(visit, *reversed(SUITES)), cipher=SUITES[1])
