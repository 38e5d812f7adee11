"""`ssl_dhparam`: the group of ephemeral Diffie-Hellman up to TLSv1.2."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Mapping
from functools import cache

from conformance.harness.observation import Observation
from conformance.harness.tls.suites import cipher_facts
from conformance.harness.tls.tlslite_ng import mathtls
from conformance.inference.asker import Asker
from conformance.inference.finding import File, Found, known, unknown

_NAME = "ssl_dhparam"
_ATTEMPTS = 2


def look(ask: Asker, version: str, ciphers: tuple[str, ...]) -> tuple[Observation, ...]:
    """Two hellos of a client that has nothing but DHE; none where it could not be had."""
    able = tuple(name for name in ciphers if cipher_facts(name).key_exchange == "DHE")
    if not version or not able:
        return ()
    return tuple(
        ask(versions=(version,), ciphers=able, hello_only=True, attempt=n, groups=("X25519",))
        for n in range(_ATTEMPTS)
    )


def findings(hellos: tuple[Observation, ...], stem: str) -> Found:
    """The prime and generator, as a file to be saved."""
    if not hellos:
        why = "no DHE cipher can be had: it is not set, or no such cipher is listed"
        return Found((unknown(_NAME, why),))
    groups = {(o.tls.dh_prime, o.tls.dh_generator or 0) for o in hellos if o.tls and o.tls.dh_prime}
    if len(groups) != 1:
        return Found((unknown(_NAME, f"{len(groups)} groups were seen in {len(hellos)} visits"),))
    prime, generator = groups.pop()
    name = f"{stem}-dh.pem"
    shown = known_groups().get(prime, "of no known name")
    evidence = f"in a ServerKeyExchange: {prime.bit_length()} bits, generator {generator}, {shown}"
    file = File(name, "the parameters that were seen", pem(prime, generator))
    return Found((known(_NAME, (name,), evidence),), (file,))


@cache
def known_groups() -> Mapping[int, str]:
    """Primes of the RFCs, by what they are called there."""
    named: dict[int, str] = {}
    for name in dir(mathtls):
        value = getattr(mathtls, name)
        if name.startswith(("FFDHE", "RFC")) and name[-1].isdigit() and isinstance(value, tuple):
            called = name.lower() if name.startswith("FFDHE") else name.replace("_", " ").lower()
            named[int(value[1])] = called
    return named


def pem(prime: int, generator: int) -> bytes:
    """DHParameter ::= SEQUENCE { prime INTEGER, base INTEGER } (PKCS #3) in PEM."""
    der = _element(0x30, _integer(prime) + _integer(generator))
    lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
    head, foot = (f"-----{word} DH PARAMETERS-----" for word in ("BEGIN", "END"))
    return "\n".join([head, *lines, foot, ""]).encode()


def _integer(number: int) -> bytes:
    return _element(0x02, number.to_bytes(number.bit_length() // 8 + 1))


def _element(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content
