"""`ssl_verify_client` and the names of authorities: who is asked for a certificate, who gets in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from conformance.expectations.outcome import chose_version, is_accepted, is_refused, seen, told
from conformance.harness.mail.words import Reply
from conformance.harness.observation import Observation
from conformance.harness.pki.authorities import Authority, Span, now, subject
from conformance.harness.pki.person import Person
from conformance.harness.tls.names import ALERTS
from conformance.harness.tls.versions import TLSV1_3
from conformance.inference.asker import Asker
from conformance.inference.distinguished import readable
from conformance.inference.finding import File, Finding, Found, known, one_of, unknown
from conformance.inference.protocols import CURVES

_MODE = "ssl_verify_client"
# What is said to whom a certificate is missing: TLSv1.3's own alert, and those of earlier ones.
_WANTING = {"handshake_failure", "no_certificate", "bad_certificate", "certificate_required"}
# What is said of a certificate that somebody does not like (RFC 5246, section 7.2.2).
_OF_CERTIFICATES = {
    "bad_certificate", "unsupported_certificate", "certificate_revoked", "certificate_expired",
    "certificate_unknown", "unknown_ca", "access_denied",
}  # fmt: skip
assert set(ALERTS.values()) >= _WANTING | _OF_CERTIFICATES


@dataclass(frozen=True)
class Verification:
    """What came of asking, of nobody, of somebody whom no server knows, and of each person.

    `request` is a first flight or a whole handshake; None where TLS never came about.
    `unknown` has a certificate of an authority that was made a moment before.
    """

    request: Observation | None = None
    nobody: Observation | None = None
    unknown: Observation | None = None
    people: Mapping[Person, Observation] = field(default_factory=dict)

    @property
    def asked(self) -> bool | None:
        """Whether a certificate is asked for; None where it was not to be seen."""
        if self.request is None or not chose_version(self.request) or not self.request.tls:
            return None
        return self.request.tls.request_seen

    @property
    def served(self) -> Person | None:
        """The first of the people who got in."""
        return next((who for who, visit in self.people.items() if is_accepted(visit)), None)

    @property
    def mode(self) -> str:
        """nginx's mode, "" where what was seen fits none, or several."""
        if self.asked is False:
            return "off"
        if not self.asked or self.nobody is None or self.unknown is None:
            return ""
        strangers_in, strangers_out = is_accepted(self.unknown), turned_away(self.unknown)
        if is_accepted(self.nobody):
            return "optional_no_ca" if strangers_in else "optional" if strangers_out else ""
        if is_refused(self.nobody) and strangers_out and _wants_one(self.nobody):
            return "on"
        return ""


def look(
    ask: Asker, version: str, spoken: tuple[str, ...], people: Sequence[Person]
) -> Verification:
    """Two visits; where a certificate is asked for two more, and one for each of the people."""
    if not spoken:
        return Verification()
    modern = TLSV1_3 in spoken
    if version:
        request = ask(versions=(version,), groups=CURVES, hello_only=True)
    else:
        request = ask(versions=(TLSV1_3,), request_details=True)
    top = (TLSV1_3,) if modern else (version,)
    facts = Verification(request, ask(versions=top))
    if facts.asked is not True:
        return facts
    with _stranger() as person:
        unknown_ = ask(versions=top, person=person)
    visits = {person: ask(versions=top, person=person) for person in people}
    return Verification(request, facts.nobody, unknown_, visits)


def turned_away(visit: Observation) -> bool:
    """Refused, and not for another reason than the certificate: a curve, or a way to sign."""
    if visit.alert is not None:
        return visit.alert.name in _OF_CERTIFICATES
    return is_refused(visit)


@contextmanager
def _stranger() -> Iterator[Person]:
    """Somebody with a good certificate of an authority that nobody has heard of.

    The key is RSA: one on a curve may be refused for the curve.
    """
    authority = Authority.named("an authority that nobody knows")
    secret = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    identity = authority.issue(subject("stranger"), Span.around(now()), key=secret)
    with tempfile.TemporaryDirectory(prefix="waxseal-") as place:
        certificate, key = Path(place, "stranger.pem"), Path(place, "stranger.key")
        certificate.write_bytes(identity.chain_pem)
        key.touch(0o600)
        key.write_bytes(identity.key_pem)
        yield Person("stranger", certificate, key)


def findings(facts: Verification, stem: str, files: Mapping[str, bytes]) -> Found:
    """The mode, and the authorities' names; `files` are CA files that may be the one, by path."""
    mode = _mode(facts)
    if facts.asked is False:
        why = "no client certificate is asked for, so nobody's is judged"
        return Found((mode, unknown("ssl_client_certificate", why)))
    names = _names(facts)
    if names is None:
        why = "the names of authorities were not to be seen"
        return Found((mode, unknown("ssl_client_certificate", why)))
    if not names:
        return Found((mode,)) + _unnamed(facts, f"{stem}-authorities.pem")
    shown = ", ".join(map(readable, names))
    evidence = f"the CertificateRequest names {len(names)}: {shown}"
    same = [path for path, pem in files.items() if subjects(pem) == names]
    if same:
        file = known("ssl_client_certificate", (same[0],), f"{evidence}; the kit's file has these")
        return Found((mode, file))
    name = f"{stem}-authorities.pem"
    evidence += "; the certificates themselves do not show"
    holds = f"the certificates of {shown}"
    return Found(
        (mode, one_of("ssl_client_certificate", (name,), (), evidence)), (File(name, holds),)
    )


def _mode(facts: Verification) -> Finding:
    if facts.asked is None:
        return unknown(_MODE, "no whole first flight was seen")
    if facts.asked is False:
        return known(_MODE, ("off",), "no CertificateRequest is sent")
    nobody, stranger = (_how(x) if x else "not tried" for x in (facts.nobody, facts.unknown))
    evidence = (
        f"a CertificateRequest is sent; without a certificate: {nobody}; "
        f"with one of an unknown authority: {stranger}"
    )
    if who := facts.served:
        evidence += f"; {who.name} of those whose certificates were given is served"
    if facts.mode:
        return known(_MODE, (facts.mode,), evidence)
    return unknown(_MODE, f"this fits none of nginx's modes: {evidence}", *_candidates(facts))


def _candidates(facts: Verification) -> tuple[str, ...]:
    if facts.nobody and is_accepted(facts.nobody):
        return ("optional", "optional_no_ca")
    refused = facts.nobody and is_refused(facts.nobody)
    return ("on",) if refused else ("on", "optional", "optional_no_ca")


def _how(visit: Observation) -> str:
    """Served, or how it was refused, in a few words."""
    if is_accepted(visit):
        return "served"
    reply = next((reply for reply in _replies(visit) if not reply.positive), None)
    if visit.alert is None and reply is not None:
        return f"refused with {told(reply)}"
    return f"{'refused with ' if is_refused(visit) else ''}{seen(visit)}"


def _replies(visit: Observation) -> list[Reply]:
    probe = visit.probe.reply if visit.probe else None
    return [reply for reply in (visit.greeting, *visit.unsolicited, probe) if reply is not None]


def _wants_one(visit: Observation) -> bool:
    """What refused a client without certificate says that it was for the want of one."""
    if visit.alert is not None:
        return visit.alert.name in _WANTING
    text = " ".join(reply.text for reply in _replies(visit) if not reply.positive)
    return "certificate" in text.lower()


def _names(facts: Verification) -> tuple[bytes, ...] | None:
    return facts.request.tls.ca_names if facts.request and facts.request.tls else None


def _unnamed(facts: Verification, name: str) -> Found:
    """nginx wants a file for the modes that verify, and then names what is in it."""
    directive, evidence = "ssl_client_certificate", "the CertificateRequest names no authority"
    if facts.mode == "optional_no_ca":
        return Found((known(directive, (), evidence),))
    evidence += ", which nginx would do in this mode; whom it trusts does not show"
    holds = "the certificates of whoever is trusted: nobody was named"
    return Found((one_of(directive, (name,), (), evidence),), (File(name, holds),))


def subjects(pem: bytes) -> tuple[bytes, ...] | None:
    """The subjects of the certificates in a file, each once, in DER; None where it has none."""
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError:
        return None
    return tuple(dict.fromkeys(one.subject.public_bytes() for one in found))
