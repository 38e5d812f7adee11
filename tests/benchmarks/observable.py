"""What of a listener's claims somebody outside can tell.

The reasons here follow from the claims alone. What cannot be told apart is by the rules
of the kill matrix (`equivalence`), and of whom a server trusts by the model of who is
judged how (`conformance.cast`), which the inference uses too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import product

from conformance.cast import cast
from conformance.claimed import legacy
from conformance.claimed_groups import dhe_ciphers, groups
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.pki.person import Person
from conformance.harness.pki.standing import Standing
from conformance.harness.tls.suites import cipher_facts
from conformance.inference.survey import Means
from conformance.inference.trust import DEPTHS, Judging, gets_in, part_of
from conformance.listener import Listener
from conformance.mutants.systematic.equivalence_of_tls import usable
from conformance.session_claims import cache, tickets, timeout

_CA = "ssl_client_certificate"
JUDGING = ("ssl_trusted_certificate", "ssl_verify_depth", "ssl_crl")
_SECRET = {
    "ssl_certificate_key": "a secret; its public half is in the certificate",
    "ssl_password_file": "it is read at the start, and nothing of it shows",
    "auth_http_pass_client_cert": "the auth server alone is told",
}
DIRECTIVES = (
    "listen", "protocol", "starttls", "ssl_protocols", "ssl_ciphers", "ssl_prefer_server_ciphers",
    "ssl_certificate", "ssl_ecdh_curve", "ssl_dhparam", "ssl_verify_client",
    "ssl_client_certificate", *JUDGING, "ssl_session_cache", "ssl_session_tickets",
    "ssl_session_timeout", "ssl_session_ticket_key", "*_capabilities", "*_auth", "server_name",
    *_SECRET,
)  # fmt: skip
# What the OpenSSL of this machine has by itself.
AUTO = (
    "X25519", "prime256v1", "X448", "secp521r1", "secp384r1",
    "ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192",
)  # fmt: skip


def why_hidden(directive: str, x: Listener, means: Means) -> str:
    """Why nobody outside, with these means, could tell the value; "" where somebody could."""
    if directive in _SECRET:
        return _SECRET[directive]
    if directive.startswith("ssl_") and x.way is Way.NONE:
        return "no TLS is spoken there"
    rule = _HIDDEN.get(directive)
    return rule(x, means) if rule else ""


def _no_legacy(x: Listener, means: Means) -> str:
    return "" if legacy(x) else "it governs TLS up to 1.2, and none of that is spoken"


def _one_cipher(x: Listener, means: Means) -> str:
    if "TLSv1.3" in x.versions or (legacy(x) and len(usable(x, legacy(x))) > 1):
        return ""
    return "there is one cipher, and no other that could be preferred to it"


def _no_curve(x: Listener, means: Means) -> str:
    if "TLSv1.3" in x.versions:
        return ""
    able = [cipher_facts(name) for name in usable(x, legacy(x))]
    signers = {facts.authentication for facts in able if facts.key_exchange == "ECDHE"}
    if not signers:
        return "no cipher has a key exchange over a curve"
    listed = groups(x) or AUTO
    # The kit's ECDSA certificates are on this curve.
    last = "prime256v1" not in listed or listed[-1] == "prime256v1"
    if signers == {"ECDSA"} and x.value("ssl_prefer_server_ciphers") == "on" and not last:
        return "up to TLSv1.2 nothing shows that stands behind the certificate's own curve"
    return ""


def _no_dhe(x: Listener, means: Means) -> str:
    return "" if dhe_ciphers(x) else "no DHE cipher can be had"


def _not_asked(x: Listener, means: Means) -> str:
    return "" if x.verifies else "no client certificate is asked for, so nobody's is judged"


def _judged(directive: str) -> Callable[[Listener, Means], str]:
    def rule(x: Listener, means: Means) -> str:
        if why := _not_asked(x, means):
            return why
        if means.files is None:
            return "it takes certificates of the authorities (--kit)"
        if why := _wrong_curve(x):
            return why
        if class_of(x, directive, means) == set(pool(directive, means)):
            return "whatever it is, the same people may be served"
        return ""

    return rule


def pool(directive: str, means: Means) -> tuple[str, ...]:
    """The values that a survey tries for this directive."""
    assert means.files is not None
    files = {
        "ssl_trusted_certificate": tuple(means.files.authorities),
        "ssl_crl": tuple(means.files.crls),
    }
    return DEPTHS if directive == "ssl_verify_depth" else ("", *files[directive])


def class_of(x: Listener, directive: str, means: Means) -> set[str]:
    """The values with which, and some others of the two beside it, the same people are served."""
    assert means.files is not None
    ours, mode = _served(x, means), x.value("ssl_verify_client")
    mixed = _served(x, means, unsure=True)
    served = {who: who.name in ours for who in means.people if who.name not in mixed}
    combinations = (
        Judging(*values) for values in product(*(pool(name, means) for name in JUDGING))
    )
    return {
        one.values[directive]
        for one in combinations
        if all(
            _alike(part_of(who, one, x.value(_CA)), mode, one.crl, was)
            for who, was in served.items()
        )
    }


def _alike(part: Standing | None, mode: str, crl: str, served: bool) -> bool:
    return part is not None and gets_in(part, mode, crl) in (None, served)


def _wrong_curve(x: Listener) -> str:
    """The kit's people have keys on P-256 (RFC 8422, section 5.1.1: no other curve is taken)."""
    if "TLSv1.3" in x.versions or not groups(x) or "prime256v1" in groups(x):
        return ""
    return "up to TLSv1.2 no key is taken that is on a curve which is not listed"


def _served(x: Listener, means: Means, unsure: bool = False) -> frozenset[str]:
    """Who of the people is served, by the claims; or those of whom it cannot be said."""
    names = ("ssl_verify_client", _CA, *JUDGING)
    return _served_by(tuple((name, x.values(name)) for name in names), means.people, unsure)


@lru_cache(maxsize=4096)
def _served_by(
    claims: tuple[tuple[str, tuple[str, ...]], ...], people: tuple[Person, ...], unsure: bool
) -> frozenset[str]:
    x = Listener("", Endpoint("localhost", 1, Protocol.IMAP, Way.IMPLICIT), dict(claims))
    parts, mode = cast(x, people, {}).people if people else {}, x.value("ssl_verify_client")
    outcome = None if unsure else True
    return frozenset(
        p.name
        for part, all_ in parts.items()
        if gets_in(part, mode, x.value("ssl_crl")) is outcome
        for p in all_
    )


def _gets_in(x: Listener, means: Means) -> bool:
    """Somebody is served inside TLS there."""
    if x.value("ssl_verify_client") != "on":
        return True
    return not _wrong_curve(x) and bool(_served(x, means))


def _no_memory(x: Listener, means: Means) -> str:
    if cache(x).mode != "off" and not _gets_in(x, means):
        return "the session of a client that is refused is forgotten"
    if legacy(x) or (not tickets(x) and cache(x).remembers):
        return ""
    return "sessions by id are of TLS up to 1.2"


def _no_hint(x: Listener, means: Means) -> str:
    if "TLSv1.3" in x.versions or tickets(x):
        return "" if timeout(x) else "a hint of 7200 s is OpenSSL's for 0 as well"
    return "no ticket tells it, and nobody waits (--wait)"


def _no_key(x: Listener, means: Means) -> str:
    if not tickets(x):
        return "tickets are off"
    if not means.keys or not x.values("ssl_session_ticket_key"):
        return "whether a key is in a file does not show, but for the kit's keys"
    return ""


def _auth_not_listed(x: Listener, means: Means) -> str:
    if _gets_in(x, means) or (x.way is not Way.IMPLICIT and x.value("starttls") != "only"):
        return ""
    return "it is listed inside TLS alone, where nobody is served"


def _not_listed(x: Listener, means: Means) -> str:
    if x.way is not Way.IMPLICIT and x.protocol is not Protocol.POP3:
        return ""
    return _auth_not_listed(x, means)


def _not_said(x: Listener, means: Means) -> str:
    if x.way is Way.IMPLICIT and not _gets_in(x, means):
        return "nobody is greeted there"
    methods = set(x.values(f"{x.protocol}_auth"))
    if x.protocol is Protocol.SMTP or (x.protocol is Protocol.POP3 and "apop" in methods):
        return ""
    return "" if "cram-md5" in methods else "nothing that is said there has the name in it"


def _tls_first(x: Listener, means: Means) -> str:
    return "TLS comes first there" if x.way is Way.IMPLICIT else ""


_HIDDEN: dict[str, Callable[[Listener, Means], str]] = {
    "starttls": _tls_first,
    "ssl_ciphers": _no_legacy,
    "ssl_prefer_server_ciphers": _one_cipher,
    "ssl_ecdh_curve": _no_curve,
    "ssl_dhparam": _no_dhe,
    "ssl_client_certificate": _not_asked,
    **{name: _judged(name) for name in JUDGING},
    "ssl_session_cache": _no_memory,
    "ssl_session_timeout": _no_hint,
    "ssl_session_ticket_key": _no_key,
    "*_capabilities": _not_listed,
    "*_auth": _auth_not_listed,
    "server_name": _not_said,
}
