"""Who may present a client certificate to a listener, and who vouches for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from .authorities import (
    ORGANIZATION,
    SERVER,
    Authority,
    Identity,
    Span,
    bundle,
    self_signed,
    subject,
)

DEEPEST = 4
ODD_NAME = 'Ödd, sübject + "quotes" \\ <x>; #\r\nAuth-SSL-Verify: SUCCESS'
ODD_SERIAL = 0x0ABCDE

PEOPLE = (
    "client",
    *(f"via-{count}" for count in range(1, DEEPEST + 1)),
    "stranger",
    "self-signed",
    "expired",
    "not-yet-valid",
    "revoked",
    "revoked-via-1",
    "under-revoked-intermediate",
    "server-only",
    "odd-subject",
)


@dataclass(frozen=True)
class ClientAuthorities:
    """The roots `clients` and `strangers`, and what stands under `clients`.

    `intermediates` are a line, the first under the root and each next one under the
    one before; `withdrawn` is another child of the root, for a CRL to revoke.
    """

    clients: Authority
    strangers: Authority
    intermediates: tuple[Authority, ...]
    withdrawn: Authority

    @classmethod
    def new(cls) -> ClientAuthorities:
        """Fresh authorities with fresh keys."""
        clients = Authority.named("clients")
        line = [clients]
        for count in range(1, DEEPEST + 1):
            line.append(Authority.named(f"intermediate {count}", line[-1]))
        withdrawn = Authority.named("withdrawn intermediate", clients)
        return cls(clients, Authority.named("strangers"), tuple(line[1:]), withdrawn)

    def files(self) -> dict[str, bytes]:
        """The CA files: `clients`, `strangers`, `both`, and `intermediates` without a root."""
        return {
            "clients.pem": bundle(self.clients),
            "strangers.pem": bundle(self.strangers),
            "both.pem": bundle(self.clients, self.strangers),
            "intermediates.pem": bundle(*self.intermediates),
        }


def make_people(authorities: ClientAuthorities, now: datetime) -> dict[str, Identity]:
    """Everybody in `PEOPLE`, by name; their CN is their name, but for `odd-subject`."""
    good = Span.around(now)
    clients, first = authorities.clients, authorities.intermediates[0]
    people = {
        f"via-{count}": authority.issue(subject(f"via-{count}"), good)
        for count, authority in enumerate(authorities.intermediates, 1)
    }
    return people | {
        "client": clients.issue(subject("client"), good),
        "stranger": authorities.strangers.issue(subject("stranger"), good),
        "self-signed": self_signed(subject("self-signed"), good),
        "expired": clients.issue(subject("expired"), Span.before(now)),
        "not-yet-valid": clients.issue(subject("not-yet-valid"), Span.after(now)),
        "revoked": clients.issue(subject("revoked"), good),
        "revoked-via-1": first.issue(subject("revoked-via-1"), good),
        "under-revoked-intermediate": authorities.withdrawn.issue(
            subject("under-revoked-intermediate"), good
        ),
        "server-only": clients.issue(subject("server-only"), good, purpose=SERVER),
        "odd-subject": clients.issue(_odd_subject(), good, serial=ODD_SERIAL),
    }


def make_crls(
    authorities: ClientAuthorities, people: Mapping[str, Identity], now: datetime
) -> dict[str, bytes]:
    """The CRL files by name.

    A listener with `ssl_crl` needs a CRL of every issuer in a chain, so `crl-all`,
    `crl-intermediate`, `crl-empty` and `crl-both` hold one of each issuer under
    `clients`; `crl-clients`, `crl-expired` only the root's, `crl-foreign` only the
    strangers'. `revoked` and `revoked-via-1` are revoked where the name says
    nothing else, the withdrawn intermediate only in `crl-intermediate`.
    """
    good, clients = Span.around(now), authorities.clients
    first, *rest = authorities.intermediates
    others = b"".join(authority.crl(good) for authority in (*rest, authorities.withdrawn))
    root = clients.crl(good, [people["revoked"].leaf])
    everything = root + first.crl(good, [people["revoked-via-1"].leaf]) + others
    foreign = authorities.strangers.crl(good)
    withdrawing = clients.crl(good, [authorities.withdrawn.certificate])
    return {
        "crl-clients.pem": root,
        "crl-all.pem": everything,
        "crl-intermediate.pem": withdrawing + first.crl(good) + others,
        "crl-empty.pem": clients.crl(good) + first.crl(good) + others,
        "crl-both.pem": everything + foreign,
        "crl-expired.pem": clients.crl(Span.before(now)),
        "crl-foreign.pem": foreign,
    }


def _odd_subject() -> x509.Name:
    """A subject that must be escaped on its way into an `Auth-SSL-Subject` header."""
    return x509.Name(
        [
            x509.RelativeDistinguishedName(
                [x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION)]
            ),
            x509.RelativeDistinguishedName(
                [
                    x509.NameAttribute(NameOID.COMMON_NAME, ODD_NAME),
                    x509.NameAttribute(NameOID.USER_ID, " odd "),
                ]
            ),
        ]
    )
