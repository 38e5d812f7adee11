"""The ciphers that nobody should have unless he says so, by kind."""

from __future__ import annotations

from conformance.harness.tls.suites import cipher_facts, legacy_ciphers


def _named(*words: str) -> tuple[str, ...]:
    """The ciphers whose IANA name has one of these parts."""
    return tuple(
        c for c in legacy_ciphers() if any(w in f"_{cipher_facts(c).iana}_" for w in words)
    )


NULL = _named("_WITH_NULL_")
ANONYMOUS = tuple(c for c in legacy_ciphers() if cipher_facts(c).authentication == "anon")
EXPORT = _named("_EXPORT_")
RC4 = _named("_RC4_")
IDEA_RC2 = _named("_IDEA_", "_RC2_")
DHE = tuple(
    c
    for c in legacy_ciphers()
    if cipher_facts(c).key_exchange == "DHE" and cipher_facts(c).authentication in ("RSA", "DSS")
)
DES = _named("_DES_", "_3DES_", "_DES40_")
WEAK = tuple(dict.fromkeys((*NULL, *ANONYMOUS, *EXPORT, *RC4, *IDEA_RC2, *DES)))
EPHEMERAL = tuple(
    c
    for c in _named("_ECDHE_", "_DHE_")
    if cipher_facts(c).authentication != "anon" and c not in {*NULL, *EXPORT, *RC4, *DES}
)
