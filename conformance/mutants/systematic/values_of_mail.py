"""Wrong values of what is said, and of how the client and the auth server are dealt with."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.directives import VERIFY_MODES
from conformance.mutants.configuration import Change
from conformance.mutants.systematic.block import Block, Maker

# What nginx takes as `*_auth`, and what it lists where nothing is set.
_METHODS = {
    "imap": ("plain", "login", "cram-md5", "external"),
    "pop3": ("plain", "apop", "cram-md5", "external"),
    "smtp": ("plain", "login", "cram-md5", "external"),
}


def listen(block: Block) -> Iterator[Change]:
    """TLS from the first byte on each port where it is not, and the other way round."""
    ways = ["ssl" if "ssl" in x.values("listen") else "" for x in block.listeners]
    for at, way in enumerate(ways):
        new = [*ways[:at], "" if way else "ssl", *ways[at + 1 :]]
        port = block.listeners[at].endpoint.port
        where = f" on {port}" if len(ways) > 1 else ""
        said = f"{'without' if way else 'with'} ssl{where}"
        yield block.change("listen", *new, said=said)


def protocol(block: Block) -> Iterator[Change]:
    """Another of the three."""
    other = {"imap": "pop3", "pop3": "smtp", "smtp": "imap"}
    yield block.change("protocol", other[block.value("protocol")])


def starttls(block: Block) -> Iterator[Change]:
    """Each other mode."""
    return _others(block, "starttls", "off", "on", "only")


def auth_http(block: Block) -> Iterator[Change]:
    """Where nobody answers."""
    yield block.change("auth_http", "127.0.0.1:1/auth")


def pass_client_cert(block: Block) -> Iterator[Change]:
    """The other one."""
    return _others(block, "auth_http_pass_client_cert", "on", "off")


def server_name(block: Block) -> Iterator[Change]:
    """Another name."""
    yield block.change("server_name", "mutant.example")


def capabilities(directive: str) -> Maker:
    """One dropped, one added."""

    def make(block: Block) -> Iterator[Change]:
        listed = [_quoted(word) for word in block.values(directive)]
        for at, name in enumerate(listed):
            if left := [*listed[:at], *listed[at + 1 :]]:
                yield block.change(directive, " ".join(left), said=f"without {name}")
        yield block.change(directive, " ".join([*listed, "XMUTANT"]), said="with XMUTANT")

    return make


def methods(directive: str) -> Maker:
    """One dropped, one added."""

    def make(block: Block) -> Iterator[Change]:
        listed = block.values(directive)
        for name in _METHODS[directive.removesuffix("_auth")]:
            if name not in listed:
                yield block.change(directive, " ".join([*listed, name]), said=f"with {name}")
            elif left := " ".join(n for n in listed if n != name):
                yield block.change(directive, left, said=f"without {name}")

    return make


def verify_client(block: Block) -> Iterator[Change]:
    """Each other mode; nginx refuses two of them where nobody is trusted."""
    alone = () if block.values("ssl_client_certificate") else ("on", "optional")
    return _others(block, "ssl_verify_client", *(m for m in VERIFY_MODES if m not in alone))


def verify_depth(block: Block) -> Iterator[Change]:
    """One less, one more."""
    depth = int(block.value("ssl_verify_depth"))
    return _others(block, "ssl_verify_depth", *(str(d) for d in (depth - 1, depth + 1) if d >= 0))


def client_certificate(block: Block) -> Iterator[Change]:
    """Each other file of authorities; none, where nginx takes that."""
    optional = block.value("ssl_verify_client") == "optional_no_ca"
    none = ('""',) if optional and block.value("ssl_client_certificate") else ()
    return _others(block, "ssl_client_certificate", *block.files.authorities, *none)


def trusted_certificate(block: Block) -> Iterator[Change]:
    """Each other file of roots."""
    return _others(block, "ssl_trusted_certificate", *block.files.roots)


def crl(block: Block) -> Iterator[Change]:
    """Each other file of CRLs."""
    return _others(block, "ssl_crl", *block.files.crls)


def _others(block: Block, directive: str, *values: str) -> Iterator[Change]:
    for value in values:
        if value != block.value(directive):
            yield block.change(directive, value)


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word
