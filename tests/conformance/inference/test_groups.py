from conformance.inference.elimination import Elimination
from conformance.inference.finding import Surety
from conformance.inference.groups import Groups, findings

CLASSIC = ("X25519", "prime256v1", "X448", "secp521r1", "secp384r1")
FFDHE = ("ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192")
OFFERED = ("X25519", "prime256v1", "secp384r1", "ffdhe2048")


def chosen(*names, complete=True, offered=OFFERED):
    return Elimination(offered, names, complete, "the end")


def curve(**eliminations):
    return findings(Groups(**eliminations)).findings[0]


def test_the_servers_order_shows_up_to_tls12():
    shown = chosen("secp384r1", "X25519")
    one = curve(modern=chosen("X25519", "secp384r1"), forth=shown, back=shown)
    assert one.values == ("secp384r1:X25519",)


def test_what_is_no_curve_has_no_place_there():
    shown = chosen("secp384r1", "X25519")
    one = curve(modern=chosen("X25519", "secp384r1", "ffdhe2048"), forth=shown, back=shown)
    assert one.values == ("secp384r1:X25519:ffdhe2048",)
    assert "the place of the others does not show" in one.evidence


def test_what_openssl_has_by_itself_is_auto():
    assert curve(modern=chosen(*CLASSIC, *FFDHE)).values == ("auto",)
    shown = chosen(*CLASSIC)
    assert curve(forth=shown, back=shown).is_default


def test_the_same_curves_in_another_order_are_not():
    shown = chosen(*CLASSIC[::-1])
    assert curve(forth=shown, back=shown).values == (":".join(CLASSIC[::-1]),)


def test_openssl_without_groups_of_finite_fields_is_an_old_one_or_was_told():
    assert curve(modern=chosen(*CLASSIC)).surety is Surety.ONE_OF


def test_behind_the_certificates_own_curve_nothing_shows():
    shown = chosen("X25519", "prime256v1", complete=False)
    one = curve(forth=shown, back=shown, tied="prime256v1")
    assert (one.surety, one.values) == (Surety.UNKNOWN, ())
    assert curve(modern=chosen("X25519", "prime256v1"), forth=shown, back=shown).values == (
        "X25519:prime256v1",
    )


def test_where_the_clients_order_counts_nothing_hides_behind_it():
    forth, back = (
        chosen("X25519", "secp384r1", "prime256v1", complete=False),
        chosen("secp384r1", "X25519", "prime256v1", complete=False),
    )
    one = curve(forth=forth, back=back, tied="prime256v1", tied_first=True)
    assert (one.surety, one.values) == (Surety.KNOWN, ("X25519:secp384r1:prime256v1",))
    alone = chosen("prime256v1", complete=False)
    other = curve(forth=alone, back=alone, tied="prime256v1", tied_first=True)
    assert other.surety is Surety.UNKNOWN


def test_no_curve_at_all():
    assert curve().surety is Surety.UNKNOWN
