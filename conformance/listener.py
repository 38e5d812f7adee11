"""A listener: one address of a target, and everything it claims to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.premises import premises
from conformance.verdict import NotApplicable

PROTOCOL_VERSIONS = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")

# Values that stand where a file name could: an engine's key, or the PEM text itself.
NO_FILES = ("engine:", "store:", "data:")


class Unreadable(NotApplicable):
    """A file that the claims name is of no use here: missing, forbidden, or not what it should be.

    One sentence that names it.
    """


@dataclass(frozen=True)
class Listener:
    """One `listen` of one `server {}`, or an address of which nothing is claimed.

    `claims` holds each directive's values after inheritance and defaults; a
    directive that is not in it is *unknown*, which is not the same as unset
    (unset, without a default: an empty tuple). File names are absolute.
    """

    name: str
    endpoint: Endpoint
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    where: str = ""

    @property
    def protocol(self) -> Protocol:
        """The mail protocol."""
        return self.endpoint.protocol

    @property
    def way(self) -> Way:
        """The way into TLS."""
        return self.endpoint.way

    def knows(self, directive: str) -> bool:
        """Something is claimed about `directive`, if only its default."""
        return directive in self.claims

    def values(self, directive: str) -> tuple[str, ...]:
        """The directive's values; () when it is unset or unknown."""
        return self.claims.get(directive, ())

    def value(self, directive: str) -> str:
        """The directive's only (or first) value, "" when it is unset or unknown."""
        return next(iter(self.values(directive)), "")

    def files(self, directive: str) -> tuple[Path, ...]:
        """The files that the directive names. Raises `Unreadable` for a value that is no file."""
        for value in self.values(directive):
            if value.startswith(NO_FILES):
                raise Unreadable(f"{directive} is not in a file: {value.partition(':')[0]}:…")
        return tuple(Path(value) for value in self.values(directive))

    def contents(self, directive: str) -> tuple[tuple[Path, bytes], ...]:
        """The files that the directive names, each with its content. Raises `Unreadable`."""
        try:
            read = premises().read
            return tuple((path, read(path)) for path in self.files(directive))
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise Unreadable(
                f"a file of {directive} cannot be read: {why}: {', '.join(self.values(directive))}"
            ) from error

    def read(self, directive: str) -> bytes:
        """The joined content of all the files that the directive names. Raises `Unreadable`."""
        return b"\n".join(content for _, content in self.contents(directive))

    @property
    def versions(self) -> tuple[str, ...]:
        """The claimed protocol versions, lowest first."""
        return tuple(v for v in PROTOCOL_VERSIONS if v in self.values("ssl_protocols"))

    @property
    def verifies(self) -> bool:
        """Client certificates are asked for."""
        return self.value("ssl_verify_client") not in ("", "off")

    def at(self, endpoint: Endpoint) -> Listener:
        """The same claims made of another address."""
        return replace(self, endpoint=endpoint)

    def claiming(self, **directives: tuple[str, ...]) -> Listener:
        """The same address with other claims on top; the way into TLS follows them."""
        claims = {**self.claims, **directives}
        way = way_of(claims)
        return replace(self, claims=claims, endpoint=replace(self.endpoint, way=way))


def shown_claims(listener: Listener) -> dict[str, list[str]]:
    """Every directive's values, for a report: without what the auth server knows a proxy by."""
    claims = {name: list(values) for name, values in listener.claims.items()}
    if "auth_http_header" in claims:
        # Pairs of a name and a value, which may well be a password.
        claims["auth_http_header"][1::2] = ["<redacted>"] * len(claims["auth_http_header"][1::2])
    return claims


def way_of(claims: Mapping[str, tuple[str, ...]]) -> Way:
    """The way into TLS that the `listen`, `ssl` and `starttls` claims amount to."""
    if "ssl" in claims.get("listen", ())[1:] or claims.get("ssl") == ("on",):
        return Way.IMPLICIT
    return Way.STARTTLS if claims.get("starttls", ("off",)) != ("off",) else Way.NONE
