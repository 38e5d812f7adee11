from __future__ import annotations

import ssl
import subprocess

import pytest

from conformance.harness.observation import Alert
from conformance.harness.tls.names import (
    ALERTS,
    alert,
    alert_of_reason,
    expand,
    group_name,
    group_number,
    signature_number,
)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("TLSV1_ALERT_PROTOCOL_VERSION", 70),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", 40),
        ("SSLV3_ALERT_CERTIFICATE_EXPIRED", 45),
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", 116),
        ("TLSV1_UNRECOGNIZED_NAME", 112),
        ("TLSV1_ALERT_NO_APPLICATION_PROTOCOL", 120),
        ("TLSV1_ALERT_USER_CANCELLED", 90),
        ("TLSV1_BAD_CERTIFICATE_STATUS_RESPONSE", 113),
        ("TLSV13_ALERT_MISSING_EXTENSION", 109),
        ("SSLV3_ALERT_NO_CERTIFICATE", 41),
        ("TLSV1_ALERT_DECRYPTION_FAILED", 21),
    ],
)
def test_alerts_behind_openssls_reasons(reason, code):
    assert alert_of_reason(reason) == Alert(code, ALERTS[code])


@pytest.mark.parametrize("reason", [None, "WRONG_VERSION_NUMBER", "UNSUPPORTED_PROTOCOL"])
def test_reasons_of_our_own_are_no_alerts(reason):
    assert alert_of_reason(reason) is None


def test_unassigned_alerts_have_a_name():
    assert alert(213) == Alert(213, "alert_213")


@pytest.mark.parametrize("name", ["prime256v1", "P-256", "secp256r1", "0x0017"])
def test_groups_have_many_names(name):
    assert group_name(group_number(name)) == "prime256v1"


def test_unknown_numbers_are_shown_as_such():
    assert group_name(0x6399) == "0x6399"
    assert group_number("0x6399") == 0x6399


def test_unknown_names_are_errors():
    with pytest.raises(ValueError, match="no group is called 'p256'"):
        group_number("p256")
    with pytest.raises(ValueError, match="no signature scheme is called 'rsa'"):
        signature_number("rsa")


def test_expand_keeps_the_strings_order():
    assert expand("AES256-SHA:AES128-SHA") == ("AES256-SHA", "AES128-SHA")
    assert expand("AES128-SHA:AES256-SHA") == ("AES128-SHA", "AES256-SHA")


def test_expand_leaves_tls_1_3_and_the_unknown_out():
    assert expand("AES128-SHA:NO-SUCH-SUITE") == ("AES128-SHA",)


def test_expand_raises_when_nothing_matches():
    with pytest.raises(ValueError, match="no cipher suite matches 'NO-SUCH-SUITE'"):
        expand("NO-SUCH-SUITE")


@pytest.mark.parametrize("level", range(6))
def test_expand_agrees_with_openssl_at_every_level(level):
    string = f"ALL:COMPLEMENTOFALL:@SECLEVEL={level}"
    shown = subprocess.run(
        ["openssl", "ciphers", "-s", string], capture_output=True, text=True, check=True
    ).stdout
    # -s leaves out what needs a secret that only a program can give.
    secret = ("PSK", "SRP")
    listed = [x for x in shown.strip().split(":") if not x.startswith("TLS_")]
    ours = [x for x in expand(string) if not any(word in x for word in secret)]
    assert [x for x in ours if x] == [x for x in listed if x]


def test_the_level_is_the_strings_own():
    assert expand("NULL-SHA@SECLEVEL=0") == ("NULL-SHA",)
    assert expand("NULL-SHA@SECLEVEL=1") == ()


def test_the_alert_names_are_openssls():
    codes = {
        x.value: x.name.removeprefix("ALERT_DESCRIPTION_").lower() for x in ssl.AlertDescription
    }
    codes[90] = "user_canceled"  # as RFC 8446 spells it
    assert {code: ALERTS.get(code) for code in codes} == codes
