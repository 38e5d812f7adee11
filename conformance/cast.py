"""Who of the available people is what to a listener: the trusted client, the revoked one …

Derived from the claims: the CA files, CRL and depth that a listener claims are
read, and each person's standing under them is worked out. A person is only
given a part when exactly one thing is wrong with him, so that a refusal has one
cause. What an operator says of his own certificates (`--client-cert`) wins.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from conformance.claimed import authorities
from conformance.harness.pki.person import Person
from conformance.harness.pki.standing import Standing, standing
from conformance.listener import Listener, Unreadable
from conformance.premises import premises

# The roles that an operator can hand out, and the standing each amounts to.
ROLES = {
    "trusted": Standing.TRUSTED,
    "revoked": Standing.REVOKED,
    "expired": Standing.EXPIRED,
    "untrusted": Standing.UNKNOWN_ISSUER,
}

CA_DIRECTIVES = ("ssl_client_certificate", "ssl_trusted_certificate")

UNACCEPTABLE = (
    Standing.UNKNOWN_ISSUER,
    Standing.SELF_SIGNED,
    Standing.EXPIRED,
    Standing.NOT_YET_VALID,
    Standing.REVOKED,
    Standing.ISSUER_REVOKED,
    Standing.TOO_DEEP,
)

_ENDLESS_DEPTH = 100
_JUDGED_BY = (*CA_DIRECTIVES, "ssl_crl", "ssl_verify_depth")

NO_PEOPLE = "it needs client certificates: give --kit DIR or --client-cert ROLE=PEM"


@dataclass(frozen=True)
class Cast:
    """People by standing. `why_empty` is the reason when there is nobody at all.

    `by_authority` has, for each CA directive, everybody who is trusted by its file
    alone; `by_intermediates` somebody trusted with that many intermediates.
    """

    people: Mapping[Standing, tuple[Person, ...]] = field(default_factory=dict)
    why_empty: str = ""
    by_authority: Mapping[str, tuple[Person, ...]] = field(default_factory=dict)
    by_intermediates: Mapping[int, Person] = field(default_factory=dict)

    def get(self, part: Standing) -> Person | None:
        """The first person of that standing, or None."""
        return next(iter(self.people.get(part, ())), None)

    def all(self, part: Standing) -> tuple[Person, ...]:
        """Everybody of that standing."""
        return self.people.get(part, ())

    @property
    def unacceptable(self) -> tuple[Person, ...]:
        """Everybody whom a verifier has to refuse, by the page or by RFC 5280."""
        return tuple(person for part in UNACCEPTABLE for person in self.all(part))

    @property
    def one_of_each(self) -> tuple[Person, ...]:
        """The first person of each standing."""
        return tuple(several[0] for several in self.people.values() if several)

    def with_intermediates(self, count: int) -> Person:
        """Somebody trusted whose chain has that many intermediates; `when=at_depth` makes sure."""
        return self.by_intermediates[count]

    def __getattr__(self, part: str) -> Person:
        """`kit.revoked`: the person of that standing; scenarios ask only after `when` made sure."""
        try:
            return self.people[_PARTS[part]][0]
        except (KeyError, IndexError):
            raise AttributeError(f"nobody here is {part}") from None


def one_of_each(people: Sequence[Person], by: Callable[[Person], Hashable]) -> list[Person]:
    """The first person of each kind that `by` tells apart, in their order."""
    first: dict[Hashable, Person] = {}
    for person in people:
        first.setdefault(by(person), person)
    return list(first.values())


# How scenarios call the standings.
_PARTS = {
    "client": Standing.TRUSTED,
    "stranger": Standing.UNKNOWN_ISSUER,
    "self_signed": Standing.SELF_SIGNED,
    "expired": Standing.EXPIRED,
    "not_yet_valid": Standing.NOT_YET_VALID,
    "revoked": Standing.REVOKED,
    "issuer_revoked": Standing.ISSUER_REVOKED,
    "too_deep": Standing.TOO_DEEP,
    "no_crl": Standing.NO_CRL,
    "crl_expired": Standing.CRL_EXPIRED,
    "wrong_purpose": Standing.WRONG_PURPOSE,
}


def cast(listener: Listener, people: Sequence[Person], given: Mapping[str, Person]) -> Cast:
    """The cast for a listener from the kit's `people` and those `given` by role.

    Where the claims do not say by what people are judged, or name files that
    cannot be read, only those given have a part; `why_empty` is the reason.
    """
    parts: dict[Standing, tuple[Person, ...]] = {
        ROLES[role]: (person,) for role, person in given.items()
    }
    if why := _nobody_to_judge(listener, people, given):
        return Cast(parts, why)
    try:
        view = _View.of(listener)
        standings = {person: view.standing(person, *CA_DIRECTIVES) for person in people}
    except Unreadable as error:
        return Cast(parts, str(error))
    for person, part in standings.items():
        if part is not Standing.TRUSTED or "trusted" not in given:
            parts[part] = (*parts.get(part, ()), person)
    trusted = [person for person in people if person in parts.get(Standing.TRUSTED, ())]
    return Cast(parts, "", _by_authority(view, trusted), _by_intermediates(trusted))


def _nobody_to_judge(
    listener: Listener, people: Sequence[Person], given: Mapping[str, Person]
) -> str:
    """Why nobody of `people` can have a part here, "" where somebody can."""
    if not people:
        return "" if given else NO_PEOPLE
    if not listener.verifies:
        return "client certificates are not asked for"
    unknown = [name for name in _JUDGED_BY if not listener.knows(name)]
    return f"nothing is claimed about {unknown[0]}" if unknown else ""


def _by_authority(view: _View, trusted: Sequence[Person]) -> dict[str, tuple[Person, ...]]:
    """For each CA directive everybody who is not trusted without it; none for whom nobody is."""
    found = {directive: view.trusted_only_by(directive, trusted) for directive in CA_DIRECTIVES}
    return {directive: people for directive, people in found.items() if people}


def _by_intermediates(trusted: Sequence[Person]) -> dict[int, Person]:
    """For each number of intermediates the first who sends as many."""
    return {
        premises().read(person.certificate).count(b"BEGIN CERTIFICATE") - 1: person
        for person in reversed(trusted)
    }


@dataclass(frozen=True)
class _View:
    """The files by which a listener judges people."""

    authorities: Mapping[str, bytes]
    crl: bytes | None
    depth: int
    now: datetime

    @classmethod
    def of(cls, listener: Listener) -> _View:
        """Read them; raises `Unreadable`."""
        crl = listener.read("ssl_crl") if listener.value("ssl_crl") else None
        if crl is not None and b"-----BEGIN X509 CRL-----" not in crl:
            raise Unreadable(f"{listener.value('ssl_crl')} holds no CRL")
        return cls(
            {directive: authorities(listener, directive) for directive in CA_DIRECTIVES},
            crl,
            int(listener.value("ssl_verify_depth")),
            premises().now(),
        )

    def _unknown(self, sent: bytes, trusted: bytes) -> bool:
        """That the first issuer is unknown is all that is wrong, but for the CRL."""
        if sent.count(b"BEGIN CERTIFICATE") > 1:
            return False  # of an issuer that is sent along, the CRL is looked for
        part = standing(sent, trusted, None, self.depth, self.now)
        return self.crl is not None and part is Standing.UNKNOWN_ISSUER

    def trusted_only_by(self, directive: str, trusted: Sequence[Person]) -> tuple[Person, ...]:
        """Those of the `trusted` who would not be if this CA directive were not there."""
        others = [d for d in CA_DIRECTIVES if d != directive]
        return tuple(p for p in trusted if self.standing(p, *others) is not Standing.TRUSTED)

    def standing(self, person: Person, *directives: str) -> Standing:
        """What the person is to somebody who trusts the CAs of these directives.

        With a CRL, a chain that is cut at the depth has no root whose CRL could be
        looked up. That follows from its length, which is its one fault. A chain whose
        first issuer is unknown ends there, and nobody asks for CRLs. Raises
        `Unreadable` when one of the files is not what it should be.
        """
        trusted = b"".join(self.authorities[directive] for directive in directives)
        try:
            sent = premises().read(person.certificate)
            part = standing(sent, trusted, self.crl, self.depth, self.now)
            if part is Standing.MIXED and self._unknown(sent, trusted):
                return Standing.UNKNOWN_ISSUER
            if part is Standing.MIXED:
                deeper = standing(sent, trusted, self.crl, _ENDLESS_DEPTH, self.now)
                return Standing.TOO_DEEP if deeper is Standing.TRUSTED else part
            return part
        except (OSError, ValueError) as error:
            raise Unreadable(f"no standing can be worked out for {person.name}: {error}") from error
