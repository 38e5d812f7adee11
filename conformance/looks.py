"""Ways of looking that several scenarios share: each makes one visit for one thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.applicability import admitted
from conformance.claimed import LEGACY, key_types, legacy, negotiable_ciphers, workable_versions
from conformance.expectations.outcome import is_refused
from conformance.harness.endpoint import Protocol, Way
from conformance.harness.mail.words import CAPABILITIES, NOOP, STARTTLS, Command
from conformance.harness.observation import Observation
from conformance.harness.tls.suites import cipher_facts, legacy_ciphers
from conformance.listener import Listener
from conformance.phrases import UNKNOWN, mixed_case, on_mailbox
from conformance.verdict import NotApplicable
from conformance.visitor import Visitor

# What a client that takes only one type of certificate names in signature_algorithms.
SIGNATURES = {
    "RSA": (
        "rsa_pss_rsae_sha256", "rsa_pss_rsae_sha384", "rsa_pss_rsae_sha512",
        "rsa_pkcs1_sha256", "rsa_pkcs1_sha384", "rsa_pkcs1_sha512", "rsa_pkcs1_sha1",
    ),
    "ECDSA": (
        "ecdsa_secp256r1_sha256", "ecdsa_secp384r1_sha384", "ecdsa_secp521r1_sha512", "ecdsa_sha1",
    ),
    "EdDSA": ("ed25519", "ed448"),
}  # fmt: skip


def saying(visit: Visitor, listener: Listener, *commands: Command) -> Observation:
    """A visit in which these commands are said where the listener serves.

    One visit to a listener says everything there is to say; where that was not
    answered to its end, or led into TLS inside TLS, the commands get a visit of their own.
    """
    everything = visit(before=[CAPABILITIES], inside=_everything(listener.protocol))
    again = everything.answer(STARTTLS)
    agreed = again is not None and again.positive
    if everything.alive and all(said.reply for said in everything.inside) and not agreed:
        return everything
    return visit(before=[CAPABILITIES], inside=list(commands))


def listed(visit: Visitor, listener: Listener, *commands: Command) -> Observation:
    """`saying` these, of which the capabilities are one; see `without_list`."""
    return without_list(saying(visit, listener, *commands), listener)


def without_list(seen: Observation, listener: Listener) -> Observation:
    """The same; raises `NotApplicable` where a POP3 server has no CAPA, and claims none.

    Nobody need have it (RFC 2449, section 5), but who claims to be set up as an nginx has.
    """
    claimed = listener.knows("listen") or listener.knows("pop3_capabilities")
    if listener.protocol is Protocol.POP3 and seen.asked_otherwise and not claimed:
        raise NotApplicable("the server does not know CAPA, which POP3 demands of nobody")
    return seen


def listing(visit: Visitor, listener: Listener) -> Observation:
    """A visit that sees the capabilities: inside TLS, or in clear where we do not get so far."""
    if _in_clear(visit, listener):
        return visit(before=[CAPABILITIES], upgrade=False)
    return saying(visit, listener, CAPABILITIES)


def hearing(visit: Visitor, listener: Listener, command: Command) -> Observation:
    """A visit whose last word is this one: inside TLS, or in clear where we do not get so far."""
    if _in_clear(visit, listener):
        return visit(before=[command], upgrade=False, probe=False)
    return visit(inside=[command], probe=False)


def _in_clear(visit: Visitor, listener: Listener) -> bool:
    return listener.way is Way.NONE or admitted(visit.situation) is not None


def _everything(protocol: Protocol) -> list[Command]:
    """What scenarios say to a listener at once; nginx ends a session at the fifth error."""
    harmless = [NOOP] if protocol is not Protocol.POP3 else []
    refused = [UNKNOWN, on_mailbox(protocol)]
    return [STARTTLS, CAPABILITIES, STARTTLS, mixed_case(protocol), *harmless, *refused]


def certificate_request(visit: Visitor, listener: Listener) -> Observation:
    """A visit that sees whether, and naming whom, the server asks for a client certificate.

    Up to TLSv1.2 the request is in clear; in TLSv1.3 it takes a whole handshake.
    """
    version = legacy(listener)
    if version:
        return visit(versions=[version], hello_only=True)
    return visit(versions=["TLSv1.3"], request_details=True)


def offering(visit: Visitor, ciphers: Sequence[str], *, among: Sequence[str]) -> Observation:
    """The hello of a client that has these ciphers and no others, up to TLSv1.2.

    One hello offers all `among` which they are; where that is refused, each of them is.
    """
    every = visit(versions=LEGACY, ciphers=among, hello_only=True)
    return every if is_refused(every) else visit(versions=LEGACY, ciphers=ciphers, hello_only=True)


def by_key_type(visit: Visitor, listener: Listener, *key_types: str) -> Observation:
    """The hello of a client that takes only certificates with these types of key.

    RSA, ECDSA, or EdDSA, whose ciphers are those of ECDSA from TLSv1.2 on (RFC 8422, section 5.10).
    """
    version, usable = legacy(listener), negotiable_ciphers(listener)
    signatures = [scheme for name in key_types for scheme in SIGNATURES[name]]
    apart = not any(cipher_facts(name).authentication in key_types for name in usable)
    # In TLSv1.3 the ciphers do not matter: a certificate that none goes with is shown there.
    if not version or (apart and "TLSv1.3" in workable_versions(listener)):
        return visit(versions=["TLSv1.3"], signatures=signatures, request_details=True)
    signers = {_signer(name) for name in key_types}
    ciphers = [c for c in legacy_ciphers() if cipher_facts(c).authentication in signers]
    fields: dict[str, Any] = {"signatures": signatures} if version == "TLSv1.2" else {}
    return visit(versions=[version], ciphers=ciphers, hello_only=True, **fields)


def under_key_type(visit: Visitor, listener: Listener, key_type: str) -> Observation:
    """A whole visit under a certificate with this type of key, which it takes to be signed for."""
    version, signer = legacy(listener), _signer(key_type)
    ciphers = [c for c in negotiable_ciphers(listener) if cipher_facts(c).authentication == signer]
    if key_type == "EdDSA" and version != "TLSv1.2":
        ciphers = []
    if not ciphers and key_types(listener) == {key_type}:
        return visit(versions=["TLSv1.3"])
    if not ciphers:
        return visit(versions=["TLSv1.3"], signatures=SIGNATURES[key_type], request_details=True)
    if {"ECDSA", "EdDSA"} <= key_types(listener):  # the cipher does not tell them apart
        return visit(versions=[version], ciphers=ciphers, signatures=SIGNATURES[key_type])
    return visit(versions=[version], ciphers=ciphers)


def _signer(key_type: str) -> str:
    return "ECDSA" if key_type == "EdDSA" else key_type
