"""What a handshake shows: versions, ciphers, certificates, the request for the client's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from conformance.expectations.outcome import (
    chose_version,
    each_taken,
    holds,
    is_accepted,
    is_refused,
    judge,
    needs_control,
    no_verdict,
    refused,
    seen,
    settle,
    without_hello,
)
from conformance.harness.observation import Ending, Observation
from conformance.harness.transcript import escaped
from conformance.premises import premises
from conformance.verdict import NotApplicable, Verdict

# What OpenSSL calls a signature that the certificate's key did not make.
_BAD_SIGNATURE = ("BAD_SIGNATURE", "DECRYPT_ERROR")
MINIMUM_BITS = {"RSA": 2048, "EC": 224}


def each_negotiated(observations: Iterable[Observation]) -> None:
    """Every one of these hellos, which offers one cipher each, got that cipher."""
    what = "listed ciphers is negotiated when it is offered alone"
    each_taken(observations, what, lambda o: (_cipher(o), o.offer.ciphers), seen)


def one_of_listed(observation: Observation, listed: Collection[str]) -> None:
    """The negotiated cipher is in the list."""
    right = chose_version(observation) and _cipher(observation) in listed
    settle(right, "a cipher of the list is chosen", observation)


def never_unlisted(listed: Collection[str], *observations: Observation, some: bool = True) -> None:
    """Each hello was answered with a listed version, or refused; one of them was answered.

    Where not even `some` are to be answered, since no listed version can be had, it does not
    arise unless one is: a refusal of all by itself proves nothing.
    """
    expected = f"only {', '.join(listed)} are ever negotiated"
    answered = [o for o in observations if chose_version(o)]
    for observation in answered:
        if _version(observation) not in listed:
            settle(False, expected, observation)
    unclear = [o for o in observations if o not in answered and not is_refused(o)]
    if unclear or (some and not answered):
        (one, *_) = unclear or observations
        no_verdict(expected, f"a hello was neither answered nor refused: {seen(one)}", one)
    if not answered:
        raise NotApplicable(f"no listed version can be had, and none was: {seen(observations[-1])}")
    settle(True, expected, *answered)


def none_shown(observation: Observation, *, control: Observation) -> None:
    """The visit was refused before the server had shown a certificate; the control was answered."""
    if observation.tls and observation.tls.chain:
        settle(False, f"no certificate for {observation.offer.shown()}", observation, control)
    refused(observation, control=control)


# Alerts of a server that has nothing in common with its client (RFC 5246, section 7.2.2).
_NOTHING_IN_COMMON = {"handshake_failure", "insufficient_security", "protocol_version"}


def nothing_in_common(*observations: Observation) -> None:
    """Each hello was refused by an alert that says so.

    There is nobody who could be served, to compare with: another alert, or an end, proves nothing.
    """
    expected = "no handshake goes on"
    for hello in observations:
        if chose_version(hello) or hello.ending is Ending.GARBAGE:
            settle(False, expected, hello)
        if hello.alert is None or hello.alert.name not in _NOTHING_IN_COMMON:
            no_verdict(expected, f"neither answered nor refused: {seen(hello)}", hello)
    settle(True, expected, *observations)


def negotiated_one_of(observation: Observation, *versions: str) -> None:
    """One of these versions was negotiated."""
    right = chose_version(observation) and _version(observation) in versions
    settle(right, f"{' or '.join(versions)} is negotiated", observation)


def _version(observation: Observation) -> str:
    return observation.tls.version if observation.tls else ""


def _cipher(observation: Observation) -> str:
    return observation.tls.cipher if observation.tls else ""


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
    offer = observation.offer
    expected = f"{offer.shown()} is not negotiated"
    if offer.ciphers:
        offered = _cipher(observation) in offer.ciphers
    else:
        offered = _version(observation) in offer.versions
    taken = offered and is_accepted(observation)
    if not taken:
        needs_control(expected, control)
    if not chose_version(observation) and not is_refused(observation):
        no_verdict(expected, f"no evidence of a refusal: {seen(observation)}", observation, control)
    settle(not taken, expected, observation, control)


def presented(observation: Observation, leaves: Collection[bytes]) -> None:
    """The server's certificate is one of these (DER)."""
    expected = "one of the claimed certificates is served"
    chain = observation.tls.chain if observation.tls else ()
    if not chain and not is_refused(observation):
        no_verdict(expected, f"no certificate was seen: {seen(observation)}", observation)
    if not chain:
        settle(False, expected, observation)
    holds(expected, chain[0] in leaves, f"served: {_subject(chain[0])}", observation)


def holds_key(observation: Observation) -> None:
    """The handshake completed, and with it the proof that the server has the certificate's key."""
    expected = "the handshake is signed with the certificate's key"
    if any(word in observation.note for word in _BAD_SIGNATURE):
        judge(Verdict.FAIL, expected, f"it is not: {observation.note}", observation)
    settle(is_accepted(observation), expected, observation)


def requested(observation: Observation, *, expected: bool) -> None:
    """The server asked for a client certificate, or did not."""
    text = "a client certificate is asked for" if expected else "no client certificate is asked for"
    asked = observation.tls.request_seen if observation.tls else None
    if asked is None:
        unseen = f"whether it was asked for could not be seen: {seen(observation)}"
        no_verdict(text, unseen, observation)
    holds(text, asked is expected, f"{'a' if asked else 'no'} CertificateRequest", observation)


def names_ca(observation: Observation, names: Mapping[bytes, str]) -> None:
    """The CertificateRequest names each of these CAs (DER name to readable name)."""
    expected = f"the request names {'; '.join(names.values())}"
    sent = _names(observation, expected)
    missing = [shown for name, shown in names.items() if name not in sent]
    text = f"not named: {'; '.join(missing)}" if missing else "all named"
    holds(expected, not missing, text, observation)


def names_no_ca(observation: Observation, *, but: Mapping[bytes, str]) -> None:
    """The CertificateRequest names no CA except these."""
    expected = f"the request names no CA but {'; '.join(but.values()) or 'none'}"
    others = [_name(name) for name in _names(observation, expected) if name not in but]
    holds(expected, not others, f"named: {'; '.join(others) or 'no other'}", observation)


def _names(observation: Observation, expected: str) -> tuple[bytes, ...]:
    if observation.tls is None or observation.tls.ca_names is None:
        no_verdict(expected, f"no CertificateRequest was seen: {seen(observation)}", observation)
    return observation.tls.ca_names


def not_trusted(
    observation: Observation, *, control: Observation, log_in: Callable[[], Observation]
) -> None:
    """The client is refused; or, where the mode lets anybody in, the auth server is told so."""
    if not is_accepted(observation):
        refused(observation, control=control)
        return
    told = log_in()
    verdicts = [request.get("Auth-SSL-Verify") or "" for request in told.auth]
    expected = "the client is refused, or reported as FAILED to the auth server"
    if not verdicts:
        unseen = "it was let in, and what the auth server was told cannot be seen"
        no_verdict(expected, unseen, observation)
    right = all(verdict.startswith("FAILED") for verdict in verdicts)
    shown = escaped(verdicts[0].encode("utf-8", "surrogateescape"))
    holds(expected, right, f"reported as {shown or 'nothing'}", told)


def _name(der: bytes) -> str:
    try:
        return _readable(x509.Name.from_bytes(der))
    except ValueError:
        return der.hex()


def _subject(der: bytes) -> str:
    try:
        return _readable(x509.load_der_x509_certificate(der).subject)
    except ValueError:
        return f"{len(der)} bytes that are no certificate"


def _readable(name: x509.Name) -> str:
    return escaped(name.rfc4514_string().encode("utf-8", "replace")) or "an empty name"


def _leaf(observation: Observation, expected: str) -> x509.Certificate:
    """The served certificate; the target may have sent anything in its place."""
    chain = observation.tls.chain if observation.tls else ()
    if not chain:
        no_verdict(expected, f"no certificate was seen: {seen(observation)}", observation)
    try:
        return x509.load_der_x509_certificate(chain[0])
    except ValueError:
        no_verdict(expected, f"served: {_subject(chain[0])}", observation)


def certificate_current(observation: Observation) -> None:
    """The certificate is within its period of validity."""
    expected = "a certificate that is valid now"
    leaf = _leaf(observation, expected)
    start, end = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    right = start <= premises().now() <= end
    holds(expected, right, f"valid from {start:%F} to {end:%F}", observation)


def key_large_enough(observation: Observation) -> None:
    """The certificate's key is of a kind and size that is good enough today."""
    expected = "an RSA key of 2048 bits or an elliptic curve of 224 bits, at least"
    leaf = _leaf(observation, expected)
    try:
        key = leaf.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        no_verdict(expected, f"the key cannot be read: {error}", observation)
    match key:
        case rsa.RSAPublicKey():
            right, text = key.key_size >= MINIMUM_BITS["RSA"], f"RSA, {key.key_size} bits"
        case ec.EllipticCurvePublicKey():
            right, text = key.key_size >= MINIMUM_BITS["EC"], f"EC, {key.key_size} bits"
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
            right, text = True, "EdDSA"
        case _:
            right, text = False, "neither RSA nor an elliptic curve"
    holds(expected, right, text, observation)


def compression_off(observation: Observation, *, control: Observation) -> None:
    """The ServerHello chose no compression."""
    expected = "compression is not negotiated"
    value = observation.tls.compression if observation.tls else None
    if value is None:
        without_hello(expected, observation, control)
    holds(expected, value == 0, f"the ServerHello says method {value}", observation)


def renegotiation_secure(observation: Observation, *, control: Observation) -> None:
    """The ServerHello confirmed secure renegotiation."""
    expected = "secure renegotiation is confirmed"
    value = observation.tls.secure_renegotiation if observation.tls else None
    if value is None:
        without_hello(expected, observation, control)
    holds(expected, value, "confirmed" if value else "not confirmed", observation)
