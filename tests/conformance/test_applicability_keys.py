import pytest

import conformance.applicability_keys as when
from conformance.harness.pki.kit import Kit, write_kit
from conformance.listener import Listener
from tests.conformance.test_applicability import at

MIXED = "DHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA"
RSA = {"certificate": ("rsa.pem",), "ssl_ciphers": MIXED}
ECDSA = {"certificate": ("ecdsa.pem",), "ssl_ciphers": "ECDHE-ECDSA-AES128-GCM-SHA256"}
LISTS = {**RSA, "ssl_ecdh_curve": "secp384r1:X25519"}
LOCKED = {"key": ("rsa-locked.key",)}

ARISES = [
    (when.dhe, {**RSA, "dhparam": "dhparam.pem"}),
    (when.dhe_idle, {**RSA, "ssl_dhparam": ()}),
    (when.lists_groups, LISTS),
    (when.lists_usual, LISTS),
    (when.lists_curves, LISTS),
    (when.ecdhe, LISTS),
    (when.two_curves, LISTS),
    (when.some_curve_unlisted, LISTS),
    (when.needs_retry, {"ssl_ecdh_curve": "secp384r1"}),
    (when.exchange_seen, {**ECDSA, "ssl_ecdh_curve": "auto", "ssl_protocols": ("TLSv1.3",)}),
    (when.locked, {**LOCKED, "passwords": "inherited.pass"}),
    (when.later_line, {**LOCKED, "passwords": "second-right.pass"}),
    (when.several_locked, {"key": ("rsa-locked.key", "ecdsa-locked.key"),
                           "passwords": "several.pass"}),
    (when.eddsa, {"certificate": ("ed25519.pem",)}),
    (when.eddsa, {"certificate": ("ed25519.pem",), "ssl_ciphers": "ECDHE+AES"}),
    (when.key_transport, RSA),
    (when.signs_at_a_level, LISTS),
    (when.small_curves_unclaimed, LISTS),
    (when.small_curves_unclaimed, {}),
    (when.two_key_types, {"certificate": ("rsa.pem", "ecdsa.pem"), "ssl_ciphers": "HIGH"}),
]  # fmt: skip
DOES_NOT = [
    (when.dhe, {**RSA, "ssl_dhparam": ()}, "ssl_dhparam is not set"),
    (when.dhe, {**ECDSA, "dhparam": "dhparam.pem"}, "no cipher with DHE"),
    (when.dhe_idle, {**ECDSA, "ssl_dhparam": ()}, "lists no cipher with DHE"),
    (when.lists_groups, {"ssl_ecdh_curve": "auto"}, "the library's own list"),
    (when.lists_curves, {**RSA, "ssl_ecdh_curve": "ffdhe2048"}, "lists no curve"),
    (when.lists_usual, {"ssl_ecdh_curve": "secp256k1"}, "no usual curve"),
    (when.ecdhe, {**ECDSA, "ssl_ecdh_curve": "auto"}, "a curve of its own"),
    (when.two_curves, {**RSA, "ssl_ecdh_curve": "X25519"}, "one curve only"),
    (when.needs_retry, LISTS, "X25519 is listed"),
    (when.locked, {"key": ("rsa.key",), "passwords": "inherited.pass"}, "is encrypted"),
    (when.later_line, {**LOCKED, "passwords": "inherited.pass"}, "the first line"),
    (when.several_locked, {**LOCKED, "passwords": "inherited.pass"}, "one key alone"),
    (when.eddsa, RSA, "is EdDSA"),
    (
        when.eddsa,
        {"certificate": ("ed25519.pem", "rsa.pem"), "ssl_ciphers": "kRSA"},
        "goes with EdDSA",
    ),
    (when.key_transport, ECDSA, "RSA key exchange"),
    (when.signs_at_a_level, {**LISTS, "ssl_ciphers": f"{MIXED}:@SECLEVEL=0"}, "is claimed"),
    (when.small_curves_unclaimed, {"ssl_ecdh_curve": "prime192v1"}, "prime192v1 is claimed"),
    (when.small_curves_unclaimed, ECDSA, "needs another curve"),
    (when.two_key_types, RSA, "of one type"),
]


@pytest.fixture(scope="module")
def kit(tmp_path_factory) -> Kit:
    return write_kit(tmp_path_factory.mktemp("kits") / "kit", "127.0.0.1")


def reason(kit, condition, claims):
    """What the condition says of these claims, whose files are the kit's."""
    files = {"certificate": "ssl_certificate", "key": "ssl_certificate_key",
             "dhparam": "ssl_dhparam", "passwords": "ssl_password_file"}  # fmt: skip
    values = {"ssl_protocols": ("TLSv1.2",)}
    for name, value in claims.items():
        names = (value,) if isinstance(value, str) else value
        values[files.get(name, name)] = (
            tuple(str(kit.file(one)) for one in names) if name in files else names
        )
    return condition(at(**values))


@pytest.mark.parametrize(("condition", "claims"), ARISES)
def test_it_arises(kit, condition, claims):
    assert reason(kit, condition, claims) is None


@pytest.mark.parametrize(("condition", "claims", "why"), DOES_NOT)
def test_it_does_not_and_says_why(kit, condition, claims, why):
    assert why in (reason(kit, condition, claims) or "")


def test_nothing_is_claimed_about_it():
    for condition in (when.dhe, when.lists_groups, when.ecdhe, when.locked):
        assert "nothing is claimed" in (condition(at()) or "")
    assert isinstance(at().listener, Listener)
