"""What a handshake shows: versions, ciphers, certificates, the request for the client's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from conformance.expectations.outcome import (
    holds,
    is_accepted,
    is_refused,
    no_verdict,
    refused,
    seen,
    settle,
)
from conformance.harness.observation import Observation
from conformance.verdict import Judgement, Verdict, conclude

# What OpenSSL calls a signature that the certificate's key did not make.
_BAD_SIGNATURE = ("BAD_SIGNATURE", "DECRYPT_ERROR")
MINIMUM_BITS = {"RSA": 2048, "EC": 224}


def each_negotiated(observations: Iterable[Observation]) -> None:
    """Every one of these hellos, which offers one cipher each, got that cipher."""
    evidence = list(observations)
    failed = [o for o in evidence if o.tls is None or o.alert or o.tls.cipher not in o.offer.ciphers]
    expected = f"each of {len(evidence)} listed ciphers is negotiated when it is offered alone"
    if failed:
        names = ", ".join(":".join(o.offer.ciphers) for o in failed)
        holds(expected, False, f"not {names}: {seen(failed[0])}", failed[0])
    holds(expected, bool(evidence), "all of them" if evidence else "none to try", *evidence[:1])


def one_of_listed(observation: Observation, listed: Collection[str]) -> None:
    """The negotiated cipher is in the list."""
    cipher = observation.tls.cipher if observation.tls else ""
    settle(cipher in listed, "a cipher of the list is chosen", observation)


def never_unlisted(listed: Collection[str], *observations: Observation) -> None:
    """Each hello was answered with a listed version, or refused; one of them was answered."""
    expected = f"only {', '.join(listed)} are ever negotiated"
    answered = [o for o in observations if o.tls and o.tls.version and not o.alert]
    if not answered:
        no_verdict(expected, f"no hello was answered: {seen(observations[-1])}", *observations)
    wrong = [o for o in answered if o.tls and o.tls.version not in listed]
    settle(not wrong, expected, *(wrong or answered))


def negotiated_one_of(observation: Observation, *versions: str) -> None:
    """One of these versions was negotiated."""
    version = observation.tls.version if observation.tls else ""
    settle(version in versions, f"{' or '.join(versions)} is negotiated", observation)


def refused_for(alert: str, observation: Observation, *, control: Observation) -> None:
    """Refused, and with this very alert."""
    refused(observation, control=control)
    named = observation.alert.name if observation.alert else ""
    settle(named == alert, f"the alert is {alert}", observation, control)


def not_negotiated(observation: Observation, *, control: Observation) -> None:
    """What was offered was not taken, while the control's offer was.

    A hello that is answered with something that was not offered is no
    acceptance either: such a client breaks off.
    """
    expected = f"{observation.offer.shown()} is not negotiated"
    tls, offer = observation.tls, observation.offer
    taken = is_accepted(observation) and tls is not None and (
        tls.cipher in offer.ciphers or not offer.ciphers and tls.version in offer.versions
    )
    if not taken and not is_accepted(control):
        no_verdict(expected, f"the control was not served: {seen(control)}", control)
    if not taken and not is_refused(observation) and tls is None:
        no_verdict(expected, f"no evidence of a refusal: {seen(observation)}", observation, control)
    settle(not taken, expected, observation, control)


def presented(observation: Observation, leaves: Collection[bytes]) -> None:
    """The server's certificate is one of these (DER)."""
    expected = "one of the claimed certificates is served"
    chain = observation.tls.chain if observation.tls else ()
    if not chain:
        settle(False, expected, observation)
    holds(expected, chain[0] in leaves, f"served: {_subject(chain[0])}", observation)


def holds_key(observation: Observation) -> None:
    """The handshake completed, and with it the proof that the server has the certificate's key."""
    expected = "the handshake is signed with the certificate's key"
    if any(word in observation.note for word in _BAD_SIGNATURE):
        conclude(Judgement(Verdict.FAIL, expected, f"it is not: {observation.note}", (observation,)))
    settle(is_accepted(observation), expected, observation)


def requested(observation: Observation, *, expected: bool) -> None:
    """The server asked for a client certificate, or did not."""
    text = "a client certificate is asked for" if expected else "no client certificate is asked for"
    asked = observation.tls.request_seen if observation.tls else None
    if asked is None:
        no_verdict(text, f"whether it was asked for could not be seen: {seen(observation)}", observation)
    holds(text, asked is expected, f"{'a' if asked else 'no'} CertificateRequest", observation)


def names_ca(observation: Observation, names: Mapping[bytes, str]) -> None:
    """The CertificateRequest names each of these CAs (DER name to readable name)."""
    sent = _names(observation)
    missing = [shown for name, shown in names.items() if name not in sent]
    expected = f"the request names {'; '.join(names.values())}"
    holds(expected, not missing, f"not named: {'; '.join(missing)}" if missing else "all named", observation)


def names_no_ca(observation: Observation, *, but: Mapping[bytes, str]) -> None:
    """The CertificateRequest names no CA except these."""
    others = [_name(name) for name in _names(observation) if name not in but]
    expected = f"the request names no CA but {'; '.join(but.values()) or 'none'}"
    holds(expected, not others, f"named: {'; '.join(others) or 'no other'}", observation)


def not_trusted(observation: Observation, *, control: Observation, log_in: Callable[[], Observation]) -> None:
    """The client is refused; or, where the mode lets anybody in, the auth server is told that it failed."""
    if not is_accepted(observation):
        refused(observation, control=control)
        return
    told = log_in()
    verdicts = [request.get("Auth-SSL-Verify") or "" for request in told.auth]
    expected = "the client is refused, or reported as FAILED to the auth server"
    if not verdicts:
        no_verdict(expected, "it was let in, and what the auth server was told cannot be seen", observation)
    holds(expected, all(v.startswith("FAILED") for v in verdicts), f"reported as {verdicts[0]}", told)


def _names(observation: Observation) -> tuple[bytes, ...]:
    if observation.tls is None or observation.tls.ca_names is None:
        no_verdict("a request for a client certificate", f"none was seen: {seen(observation)}", observation)
    return observation.tls.ca_names


def _name(der: bytes) -> str:
    try:
        return x509.Name.from_bytes(der).rfc4514_string() if hasattr(x509.Name, "from_bytes") else der.hex()
    except ValueError:
        return der.hex()


def _subject(der: bytes) -> str:
    try:
        return x509.load_der_x509_certificate(der).subject.rfc4514_string()
    except ValueError:
        return f"{len(der)} bytes that are no certificate"


def _leaf(observation: Observation, expected: str) -> x509.Certificate:
    chain = observation.tls.chain if observation.tls else ()
    try:
        return x509.load_der_x509_certificate(chain[0])
    except (IndexError, ValueError):
        no_verdict(expected, f"no certificate was seen: {seen(observation)}", observation)


def certificate_current(observation: Observation) -> None:
    """The certificate is within its period of validity."""
    expected = "a certificate that is valid now"
    leaf = _leaf(observation, expected)
    start, end = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    holds(expected, start <= datetime.now(UTC) <= end, f"valid from {start:%F} to {end:%F}", observation)


def key_large_enough(observation: Observation) -> None:
    """The certificate's key has today's minimum size."""
    expected = "an RSA key of 2048 bits or an elliptic curve of 224 bits, at least"
    match _leaf(observation, expected).public_key():
        case rsa.RSAPublicKey() as key:
            holds(expected, key.key_size >= MINIMUM_BITS["RSA"], f"RSA, {key.key_size} bits", observation)
        case ec.EllipticCurvePublicKey() as curve:
            holds(expected, curve.key_size >= MINIMUM_BITS["EC"], f"EC, {curve.key_size} bits", observation)
        case other:
            holds(expected, True, type(other).__name__, observation)


def compression_off(observation: Observation) -> None:
    """The ServerHello chose no compression."""
    _flag(observation, "compression is not negotiated", _compression(observation), wanted=0)


def renegotiation_secure(observation: Observation) -> None:
    """The ServerHello confirmed secure renegotiation."""
    _flag(observation, "secure renegotiation is confirmed", _renegotiation(observation), wanted=1)


def _compression(observation: Observation) -> int | None:
    return observation.tls.compression if observation.tls else None


def _renegotiation(observation: Observation) -> int | None:
    value = observation.tls.secure_renegotiation if observation.tls else None
    return None if value is None else int(value)


def _flag(observation: Observation, expected: str, value: int | None, wanted: int) -> None:
    if value is None and is_refused(observation):
        conclude(Judgement(Verdict.PASS, expected, f"nothing was: {seen(observation)}", (observation,)))
        return
    if value is None:
        no_verdict(expected, f"no ServerHello was seen: {seen(observation)}", observation)
    holds(expected, value == wanted, f"the ServerHello says {value}", observation)
