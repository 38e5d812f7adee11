"""What a product can do of a listener's claims: worked out directive by directive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ...endpoint import Protocol, Way
from ..adapter import Answer, Wanted

VERSIONS = ("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
# What a verifier without a limit of its own has: OpenSSL's.
ENDLESS_DEPTH = "100"
# What only a proxy that asks an auth server of nginx's kind, and speaks for itself, can have.
OF_NGINX = {
    "auth_http": "it asks no auth server: who is let in is part of its own configuration",
    "server_name": "the names by which it calls itself are its own",
    "imap_capabilities": "its capabilities are its own",
    "pop3_capabilities": "its capabilities are its own",
    "smtp_capabilities": "its capabilities are its own",
}
_BEHIND = "it passes on what the back end says, and says nothing itself"
# What a tunnel has its back end say.
OF_THE_BACK_END = {
    **dict.fromkeys(("rfc", "imap_auth", "pop3_auth", "smtp_auth"), _BEHIND),
    **dict.fromkeys(("security.no_reflection", "security.long_line"), _BEHIND),
}


@dataclass
class Terms:
    """The terms under which a product opens one listener, while they are worked out.

    `obstacles` keep it closed; `without` and `instead` are those of an `Answer`.
    """

    wanted: Wanted
    obstacles: dict[str, str] = field(default_factory=dict)
    without: dict[str, str] = field(default_factory=dict)
    instead: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def tls(self) -> bool:
        """There is TLS on this listener."""
        return self.wanted.endpoint.way is not Way.NONE

    @property
    def answer(self) -> Answer:
        """The answer that these terms amount to."""
        if self.obstacles:
            return Answer(self.wanted.name, False, self.obstacles)
        return Answer(self.wanted.name, True, self.without, self.instead)

    def cannot(self, directive: str, reason: str) -> None:
        """The listener stays closed for this."""
        self.obstacles.setdefault(directive, reason)

    def leave_out(self, directive: str, reason: str) -> None:
        """Open it, and claim nothing of this."""
        self.without.setdefault(directive, reason)

    def pass_on(self) -> None:
        """What is said inside TLS is the back end's; so is everything where TLS comes first."""
        self.leave_all_out(OF_NGINX | OF_THE_BACK_END)
        if self.wanted.endpoint.way is Way.IMPLICIT:
            self.leave_out("stream", _BEHIND)

    def speaks(self, protocol: Protocol) -> bool:
        """Whether it is about the one protocol that the product speaks; declines any other."""
        right = self.wanted.endpoint.protocol is protocol
        if not right:
            self.cannot("protocol", f"it speaks {protocol.upper()} only")
        return right

    def leave_all_out(self, reasons: Mapping[str, str]) -> None:
        """The same for several."""
        for directive, reason in reasons.items():
            self.leave_out(directive, reason)

    def do(self, directive: str, *values: str) -> None:
        """Open it, and claim these values of the directive instead."""
        if self.wanted.values(directive) != values:
            self.instead[directive] = values

    def certificate(self, otherwise: str = "it serves one certificate only") -> tuple[str, str]:
        """The one certificate and its key, for a product that takes one of each."""
        certificates = self.wanted.values("ssl_certificate")
        keys = self.wanted.values("ssl_certificate_key")
        if len(certificates) != 1 or len(keys) != 1:
            self.cannot("ssl_certificate", otherwise)
            return "", ""
        return certificates[0], keys[0]

    def open_key(self, key: str) -> None:
        """The key must not be encrypted, for a product that would ask its terminal."""
        if phrase_of(self.wanted, key) is not None:
            self.cannot("ssl_password_file", "it reads pass-phrases from no file")

    def depth_unlimited(self) -> None:
        """Chains are not limited in length, whatever is claimed."""
        if self.wanted.asks:
            self.do("ssl_verify_depth", ENDLESS_DEPTH)

    def one_ca_file(self) -> str:
        """The file of CAs, for a product that both trusts and names all in it, or nobody."""
        if self.wanted.values("ssl_trusted_certificate"):
            self.cannot("ssl_trusted_certificate", "it names every CA that it trusts")
        found = self.wanted.value("ssl_client_certificate")
        if not found:
            self.cannot("ssl_client_certificate", "it asks for certificates of named CAs only")
        return found

    def range(self) -> tuple[str, str]:
        """The lowest and the highest version, where all in between are listed, too."""
        listed = versions_of(self.wanted)
        low, high = VERSIONS.index(listed[0]), VERSIONS.index(listed[-1])
        if listed != VERSIONS[low : high + 1]:
            self.cannot("ssl_protocols", "it takes a range of versions, without a gap")
        return listed[0], listed[-1]

    def sessions_are_its_own(self, *directives: str) -> None:
        """What it keeps of sessions cannot be set."""
        for name in directives:
            self.leave_out(name, "how it keeps sessions cannot be set")


def versions_of(wanted: Wanted) -> tuple[str, ...]:
    """The listed versions, lowest first."""
    return tuple(v for v in VERSIONS if v in wanted.values("ssl_protocols"))


def ciphers_of(wanted: Wanted) -> str:
    """The cipher list; without DHE where no group is given: a product may have one of its own."""
    listed = wanted.value("ssl_ciphers")
    return listed if wanted.value("ssl_dhparam") else f"{listed}:!kDHE"


def curves_of(wanted: Wanted) -> str:
    """The list of curves, "" for the library's own."""
    curves = wanted.value("ssl_ecdh_curve")
    return "" if curves == "auto" else curves


def lowest_level(wanted: Wanted) -> bool:
    """Whether the ciphers ask for OpenSSL's security level 0."""
    return "@SECLEVEL=0" in wanted.value("ssl_ciphers")


def phrase_of(wanted: Wanted, key: str) -> str | None:
    """The line of `ssl_password_file` that opens the key; None for a key that is not encrypted.

    Raises ValueError where none of them does, OSError for a file that cannot be read.
    """
    pem = Path(key).read_bytes()
    if b"ENCRYPTED" not in pem:
        return None
    file = wanted.value("ssl_password_file")
    for line in Path(file).read_text("utf-8").splitlines() if file else ():
        if _opens(pem, line):
            return line
    raise ValueError(f"no line of {file or 'ssl_password_file'} opens {key}")


def _opens(pem: bytes, phrase: str) -> bool:
    try:
        load_pem_private_key(pem, phrase.encode())
    except ValueError:
        return False
    return True


def joined(*paths: str) -> str:
    """The content of several PEM files as one; an empty name stands for none."""
    texts = [Path(path).read_text("latin-1") for path in dict.fromkeys(paths) if path]
    return "".join(text if text.endswith("\n") else f"{text}\n" for text in texts)
