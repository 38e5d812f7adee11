from __future__ import annotations

import subprocess

import pytest

from conformance.harness.tls.suites import (
    cipher_facts,
    ordinary_suites,
    suite_name,
    suite_number,
)

OPENSSL_WORDS = {"DH": "DHE", "ECDH": "ECDHE", "None": "anon"}


def openssl_suites():
    command = ["openssl", "ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line.split() for line in shown.splitlines()]


def test_the_table_agrees_with_openssl_on_every_suite_it_has():
    for number, _, iana, _, name, minimum, exchange, authentication, *_ in openssl_suites():
        facts = cipher_facts(name)
        exchange, authentication = exchange.removeprefix("Kx="), authentication.removeprefix("Au=")
        assert (facts.iana, facts.minimum) == (iana, minimum)
        assert facts.number == int(number.replace(",0x", ""), 16)
        assert facts.key_exchange == OPENSSL_WORDS.get(exchange, exchange)
        assert facts.authentication == OPENSSL_WORDS.get(authentication, authentication)


@pytest.mark.parametrize(
    ("name", "number", "exchange", "authentication", "minimum"),
    [
        ("RC4-MD5", 0x0004, "RSA", "RSA", "SSLv3"),
        ("DES-CBC3-SHA", 0x000A, "RSA", "RSA", "SSLv3"),
        ("EXP-DHE-RSA-DES-CBC-SHA", 0x0014, "DHE", "RSA", "SSLv3"),
        ("ECDHE-ECDSA-RC4-SHA", 0xC007, "ECDHE", "ECDSA", "TLSv1"),
        ("TLS_AES_128_CCM_SHA256", 0x1304, "any", "any", "TLSv1.3"),
    ],
)
def test_suites_openssl_no_longer_has(name, number, exchange, authentication, minimum):
    facts = cipher_facts(name)
    assert (facts.number, facts.key_exchange) == (number, exchange)
    assert (facts.authentication, facts.minimum) == (authentication, minimum)


@pytest.mark.parametrize(
    "name", ["ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "0xC02F"]
)
def test_three_ways_to_name_a_suite(name):
    assert suite_name(suite_number(name)) == "ECDHE-RSA-AES128-GCM-SHA256"


def test_openssls_older_spelling():
    assert suite_number("EDH-RSA-DES-CBC3-SHA") == suite_number("DHE-RSA-DES-CBC3-SHA") == 0x16


def test_unknown_suites():
    assert suite_name(0x0A0A) == "0x0A0A"
    with pytest.raises(ValueError, match="no cipher suite is called 'AES'"):
        cipher_facts("AES")


def test_ordinary_suites_include_the_old_and_exclude_the_weak():
    assert {"RC4-SHA", "DES-CBC3-SHA", "ECDHE-RSA-AES128-GCM-SHA256"} <= set(ordinary_suites())
    assert {"NULL-SHA", "ADH-AES128-SHA", "EXP-RC4-MD5", "PSK-AES128-CBC-SHA"}.isdisjoint(
        ordinary_suites()
    )
    assert cipher_facts(ordinary_suites()[0]).key_exchange == "ECDHE"
