"""When a requirement about keys or their exchange arises on a listener."""

from __future__ import annotations

from functools import cache

from conformance.applicability import (
    Condition,
    Situation,
    claimed,
    claims,
    not_set,
    readable,
    reasoned,
)
from conformance.applicability_versions import governed_by_ciphers, served_version
from conformance.ciphers import EPHEMERAL
from conformance.claimed import (
    key_types,
    negotiable_ciphers,
    other_key_types,
    shown_key_types,
)
from conformance.claimed_groups import (
    CURVES,
    SMALL_CURVES,
    curves,
    dh_group,
    dhe_ciphers,
    ecdhe_ciphers,
    groups,
    idle_dhe_ciphers,
    key_transport_ciphers,
)
from conformance.claimed_keys import locked_keys, shown_locked_keys

TLS13 = served_version("TLSv1.3")


@cache
def key_type(name: str) -> Condition:
    """One of the claimed certificates has this type of key, and a client can ask for it."""

    @reasoned
    def condition(s: Situation) -> str | None:
        if name not in key_types(s.listener):
            return f"no claimed certificate is {name}"
        if name in shown_key_types(s.listener):
            return None
        return f"no listed cipher goes with {name}"

    return condition


eddsa = key_type("EdDSA")


@reasoned
def lacks_key_type(s: Situation) -> str | None:
    """A client could ask for another type of key than the claimed certificates have."""
    return None if other_key_types(s.listener) else "there is a certificate for every client"


@reasoned
def has_forward_secrecy(s: Situation) -> str | None:
    """Nothing is claimed about ciphers, or TLSv1.3 or an ephemeral one can be had."""
    if not (s.listener.knows("ssl_protocols") and s.listener.knows("ssl_ciphers")):
        return None
    if "TLSv1.3" in s.listener.versions or set(negotiable_ciphers(s.listener)) & set(EPHEMERAL):
        return None
    return "no cipher with forward secrecy is claimed"


@reasoned
def dhe(s: Situation) -> str | None:
    """A DHE cipher can be had with the claimed group."""
    if why := claims("ssl_dhparam")(s) or governed_by_ciphers(s):
        return why
    dh_group(s.listener)
    return None if dhe_ciphers(s.listener) else "no cipher with DHE can be had"


@reasoned
def dhe_idle(s: Situation) -> str | None:
    """Ciphers with DHE are listed although there is no group for them, and others beside them."""
    if why := not_set("ssl_dhparam")(s) or governed_by_ciphers(s):
        return why
    if not idle_dhe_ciphers(s.listener):
        return "ssl_ciphers lists no cipher with DHE"
    return None if negotiable_ciphers(s.listener) else "no other cipher can be had"


@reasoned
def lists_groups(s: Situation) -> str | None:
    """`ssl_ecdh_curve` lists groups itself."""
    if why := claimed("ssl_ecdh_curve")(s):
        return why
    return None if groups(s.listener) else "ssl_ecdh_curve is auto: the library's own list"


@reasoned
def lists_usual(s: Situation) -> str | None:
    """`ssl_ecdh_curve` lists a group that every library has."""
    if why := lists_groups(s):
        return why
    usual = set(CURVES) & set(groups(s.listener))
    return None if usual else "ssl_ecdh_curve lists no usual curve"


@reasoned
def ecdhe(s: Situation) -> str | None:
    """Up to TLSv1.2 a cipher with ECDHE can be had whose certificate is on no curve."""
    if why := claimed("ssl_ecdh_curve")(s) or governed_by_ciphers(s):
        return why
    return None if ecdhe_ciphers(s.listener) else "every cipher with ECDHE needs a curve of its own"


@reasoned
def lists_curves(s: Situation) -> str | None:
    """`ssl_ecdh_curve` lists curves that TLS up to 1.2 can have."""
    if why := lists_groups(s) or ecdhe(s):
        return why
    return None if curves(s.listener) else "ssl_ecdh_curve lists no curve"


@reasoned
def two_curves(s: Situation) -> str | None:
    """Two curves are listed, for TLS up to 1.2."""
    if why := lists_curves(s):
        return why
    return None if len(curves(s.listener)) > 1 else "ssl_ecdh_curve lists one curve only"


@reasoned
def some_curve_unlisted(s: Situation) -> str | None:
    """Groups are listed, and not every usual curve is among them."""
    if why := lists_groups(s):
        return why
    return None if set(CURVES) - set(groups(s.listener)) else "every usual curve is listed"


@reasoned
def needs_retry(s: Situation) -> str | None:
    """The group of which libraries bring a key share unasked is not listed."""
    if why := lists_groups(s):
        return why
    return "X25519 is listed" if "X25519" in groups(s.listener) else None


@reasoned
def exchange_seen(s: Situation) -> str | None:
    """A group can be asked for in some version, without the certificate's curve in the way."""
    if why := claimed("ssl_ecdh_curve")(s):
        return why
    return None if TLS13(s) is None else ecdhe(s)


@reasoned
def locked(s: Situation) -> str | None:
    """A claimed key is encrypted, and a line of `ssl_password_file` opens it."""
    if why := claims("ssl_password_file")(s) or readable("ssl_password_file")(s):
        return why
    if not locked_keys(s.listener):
        return "no claimed key is encrypted"
    return None if shown_locked_keys(s.listener) else "no listed cipher goes with the encrypted key"


@reasoned
def later_line(s: Situation) -> str | None:
    """A claimed key is opened by a line that is not the first."""
    if why := locked(s):
        return why
    numbers = shown_locked_keys(s.listener).values()
    return None if max(numbers) > 1 else "the first line opens every key"


@reasoned
def several_locked(s: Situation) -> str | None:
    """More than one claimed key is encrypted."""
    if why := locked(s):
        return why
    return None if len(shown_locked_keys(s.listener)) > 1 else "one key alone is encrypted"


@reasoned
def key_transport(s: Situation) -> str | None:
    """A cipher can be had whose secret the client encrypts to an RSA key."""
    if why := governed_by_ciphers(s):
        return why
    return None if key_transport_ciphers(s.listener) else "no cipher with RSA key exchange"


@reasoned
def signs_at_a_level(s: Situation) -> str | None:
    """A key exchange of TLSv1.2 is signed, and nothing claims that anything may sign it."""
    if why := served_version("TLSv1.2")(s) or ecdhe(s):
        return why
    return "@SECLEVEL=0 is claimed" if "@SECLEVEL=0" in s.listener.value("ssl_ciphers") else None


@reasoned
def small_curves_unclaimed(s: Situation) -> str | None:
    """No curve of less than 224 bits is claimed."""
    named = sorted(set(groups(s.listener)) & set(SMALL_CURVES))
    if named:
        return f"{named[0]} is claimed"
    tied = s.listener.knows("ssl_certificate") and key_types(s.listener) == {"ECDSA"}
    return "the certificate itself needs another curve" if tied else None


@reasoned
def two_key_types(s: Situation) -> str | None:
    """Certificates of two types are claimed, and a client can choose between them."""
    types = key_types(s.listener)
    if len(types) < 2:
        return "the claimed certificates are of one type"
    if len(shown_key_types(s.listener)) < 2:
        return "no listed cipher goes with one of them"
    return None
