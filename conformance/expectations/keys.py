"""What a handshake shows of keys and their exchange: groups, signatures, chains, randoms."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from conformance.expectations.outcome import (
    chose_version,
    each_taken,
    holds,
    is_accepted,
    is_refused,
    needs_control,
    no_verdict,
    seen,
    settle,
    without_hello,
)
from conformance.harness.observation import Observation, TlsFacts
from conformance.verdict import NotApplicable

# RFC 8446 section 4.1.3: the end of the random of a server that could do more than it does.
DOWNGRADED = (b"DOWNGRD\x01", b"DOWNGRD\x00")
_BROKEN_HASHES = ("md5", "sha1")
# Groups of 1024 bits are within reach of a state (Logjam); RFC 9325 asks for 2048.
BREAKABLE_BITS, GOOD_BITS = 1024, 2048


def each_group(observations: Iterable[Observation]) -> None:
    """Every one of these hellos, which names one group each, got that group or was asked for it."""
    what = "groups can be had by a client that names no other"
    each_taken(observations, what, lambda o: (_group(o), o.offer.groups), _shown)


def group_is(observation: Observation, *listed: str) -> None:
    """The exchange is in one of these groups."""
    right = chose_version(observation) and _group(observation) in listed
    holds(f"the group is {' or '.join(listed)}", right, _shown(observation), observation)


def group_not_used(observation: Observation, *, control: Observation) -> None:
    """None of the groups that the hello names is used, while the control's hello was answered."""
    expected = f"no exchange over {':'.join(observation.offer.groups)}"
    used = chose_version(observation) and _group(observation) in observation.offer.groups
    if not used:
        needs_control(expected, control)
    if not chose_version(observation) and not is_refused(observation):
        no_verdict(expected, f"no evidence of a refusal: {seen(observation)}", observation, control)
    holds(expected, not used, _shown(observation), observation, control)


def retried(observation: Observation, listed: Collection[str]) -> None:
    """The server asked for a key share in a listed group, which the client had named without one.

    RFC 8446, section 4.1.4: a HelloRetryRequest.
    """
    tls = observation.tls
    right = tls is not None and tls.retry and tls.group in listed
    expected = f"a HelloRetryRequest for {' or '.join(listed)}"
    holds(expected, right, _shown(observation), observation)


def served_after_retry(observation: Observation) -> None:
    """A HelloRetryRequest came, and the handshake completed after it."""
    tls = observation.tls
    if tls is not None and is_accepted(observation) and not tls.retry:
        holds("a HelloRetryRequest", False, _shown(observation), observation)
    settle(is_accepted(observation), "served after a HelloRetryRequest", observation)


def _group(observation: Observation) -> str:
    return observation.tls.group if observation.tls else ""


def _shown(observation: Observation) -> str:
    group = _group(observation)
    return f"{seen(observation)}{f', group {group}' if group else ''}"


def dh_parameter(observation: Observation, what: str, value: int) -> None:
    """The prime (or the generator) of the ServerKeyExchange is this number."""
    expected = f"the {what} of the file: {_number(value)}"
    facts = _facts_of_exchange(observation, expected)
    sent = facts.dh_prime if what == "prime" else facts.dh_generator
    holds(expected, sent == value, f"sent: {_number(sent or 0)}", observation)


def ephemeral(*observations: Observation) -> None:
    """The exchanges have different public values, none of which tells of its secret."""
    expected = "public values that are in range, and never the same"
    values = []
    for observation in observations:
        facts = _facts_of_exchange(observation, expected)
        if not 1 < (facts.dh_public or 0) < (facts.dh_prime or 0) - 1:
            holds(expected, False, f"sent: {_number(facts.dh_public or 0)}", observation)
        values.append(facts.dh_public)
    right = len(set(values)) == len(values)
    text = f"{_number(values[0] or 0)}{' and others' if right else ', again'}"
    holds(expected, right, text, *observations)


def _facts_of_exchange(observation: Observation, expected: str) -> TlsFacts:
    """Facts with a DHE exchange in them; a listener that has none breaks what is expected of it."""
    if observation.tls is None or observation.tls.dh_prime is None:
        settle(False, expected, observation)
        raise AssertionError("unreachable")
    return observation.tls


def _number(value: int) -> str:
    digits = f"{value:x}"
    return digits if len(digits) <= 16 else f"{digits[:16]}… ({value.bit_length()} bits)"


def dh_bits(observation: Observation, above: int) -> None:
    """A DHE exchange is in a group of more than `above` bits; who has none is not concerned."""
    expected = f"a group of more than {above} bits"
    bits = observation.tls.key_bits if observation.tls else None
    if bits is None and (chose_version(observation) or is_refused(observation)):
        raise NotApplicable(f"no cipher with DHE is negotiated: {seen(observation)}")
    if bits is None:
        no_verdict(expected, seen(observation), observation)
    holds(expected, bits > above, f"{bits} bits", observation)


def signed_soundly(observation: Observation) -> None:
    """The ServerKeyExchange of TLSv1.2 is signed over a hash that nobody can collide."""
    expected = "the key exchange is signed over SHA-256 or better"
    scheme = observation.tls.signature if observation.tls else ""
    if not scheme and (chose_version(observation) or is_refused(observation)):
        raise NotApplicable(f"nothing is signed in clear: {seen(observation)}")
    if not scheme:
        no_verdict(expected, seen(observation), observation)
    broken = any(scheme.endswith(name) for name in _BROKEN_HASHES)
    holds(expected, not broken, f"signed with {scheme}", observation)


def chain_links(observation: Observation) -> None:
    """Each certificate that was sent is signed by the one behind it (RFC 8446, section 4.4.2)."""
    expected = "each certificate is signed by the next"
    chain = observation.tls.chain if observation.tls else ()
    if not chain:
        no_verdict(expected, f"no certificate was seen: {seen(observation)}", observation)
    try:
        certificates = [x509.load_der_x509_certificate(der) for der in chain]
    except ValueError as error:
        holds(expected, False, f"a certificate cannot be read: {error}", observation)
        raise AssertionError("unreachable") from error
    for number, (one, issuer) in enumerate(pairwise(certificates), 1):
        if not _issued(one, issuer):
            text = f"number {number} of {len(chain)} is not signed by the next"
            holds(expected, False, text, observation)
    holds(expected, True, f"all {len(chain)}", observation)


def _issued(one: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        one.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def confirms_master_secret(observation: Observation, *, control: Observation) -> None:
    """The ServerHello of TLS up to 1.2 confirmed the extended master secret."""
    expected = "the extended master secret is confirmed"
    if observation.tls is None or not observation.tls.version:
        without_hello(expected, observation, control)
    value = observation.tls.extended_master_secret
    holds(expected, bool(value), "confirmed" if value else "not confirmed", observation)


def warns_of_downgrade(observation: Observation) -> None:
    """The random of a server that negotiates less than it could ends in the sign of that."""
    expected = "the ServerHello's random ends in DOWNGRD"
    tls = observation.tls
    if tls is None or not tls.random:
        no_verdict(expected, f"no ServerHello was seen: {seen(observation)}", observation)
    holds(expected, tls.random.endswith(DOWNGRADED), f"…{tls.random[-8:].hex()}", observation)


def key_of(
    observation: Observation, keys: Collection[bytes], read: Callable[[bytes], bytes]
) -> None:
    """The served certificate's public key, as `read` takes it from the DER, is one of these."""
    expected = "a certificate of a claimed key"
    chain = observation.tls.chain if observation.tls else ()
    if not chain and not is_refused(observation):
        no_verdict(expected, f"no certificate was seen: {seen(observation)}", observation)
    if not chain:
        settle(False, expected, observation)
    holds(expected, read(chain[0]) in keys, "another public key", observation)
