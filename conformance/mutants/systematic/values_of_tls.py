"""Wrong values of what a handshake is made of: certificates, versions, ciphers, sessions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.claimed import legacy, negotiable_ciphers
from conformance.harness.tls.names import expand
from conformance.harness.tls.suites import cipher_facts
from conformance.listener import PROTOCOL_VERSIONS
from conformance.mutants.configuration import Change
from conformance.mutants.systematic.block import Block
from conformance.mutants.systematic.files import SPARES, Pair

_OLD = ("TLSv1", "TLSv1.1")
_SECLEVEL = "@SECLEVEL="
_LEVEL_0 = f"{_SECLEVEL}0"
# Without these ciphers and this level an old version is listed to no effect.
_OLD_TOO = f"ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:{_LEVEL_0}"
_CANDIDATES = (
    "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA", "ECDHE-ECDSA-CAMELLIA128-SHA256",
    "AES256-SHA",
)  # fmt: skip
_GROUPS = ("prime256v1", "secp384r1", "X25519")


def certificates(block: Block) -> Iterator[Change]:
    """Another of the type, or of another; one less; a chain cut or too long; expired."""
    pairs = block.pairs()
    for at, pair in enumerate(pairs):
        for said, other in _instead(block, pair):
            yield _served(block, [*pairs[:at], other, *pairs[at + 1 :]], f"{pair.stem} {said}")
        if len(pairs) > 1:
            yield _served(block, [*pairs[:at], *pairs[at + 1 :]], f"{pair.stem} dropped")
    strangers = [p for p in block.files.pairs if p.kind not in {pair.kind for pair in pairs}]
    for other in {p.kind: p for p in reversed(strangers)}.values():
        yield _served(block, [other], f"{other.stem} instead of all")
        yield _served(block, [*pairs, other], f"{other.stem} added")


def _instead(block: Block, pair: Pair) -> Iterator[tuple[str, Pair]]:
    """What could stand in the place of a pair, and how that is said."""
    alike = [p for p in block.files.pairs if p.kind == pair.kind]
    stranger = next((p for p in alike if p.public != pair.public), None)
    sibling = next(
        (p for p in alike if p.public == pair.public and p.certificate != pair.certificate), None
    )
    if stranger:
        yield f"became {stranger.stem}", stranger
    if sibling:
        yield f"became {sibling.stem}", sibling
    if pair.length > 1:
        yield "lost its chain", _spare(block, f"cut-{pair.stem}", pair.key)
    yield "got the root into its chain", _spare(block, f"long-{pair.stem}", pair.key)
    yield "expired", _spare(block, f"expired-{pair.kind}")
    if pair.kind == "RSA" and _LEVEL_0 in block.value("ssl_ciphers"):
        yield "became short", _spare(block, "short-RSA")


def certificate_keys(block: Block) -> Iterator[Change]:
    """Each key, and the certificate's public half with it, exchanged for a new one of its type."""
    pairs = block.pairs()
    for at, pair in enumerate(pairs):
        new = _spare(block, f"rekeyed-{pair.stem}")
        served = _served(block, [*pairs[:at], new, *pairs[at + 1 :]], f"{pair.stem} renewed")
        (_, keys), *_ = served.beside
        yield block.change(
            "ssl_certificate_key", *keys, said=served.said, ssl_certificate=served.values
        )


def _spare(block: Block, stem: str, key: str = "") -> Pair:
    name = f"pki/{SPARES}/{stem}"
    return block.files.pair(f"{name}.pem", key or f"{name}.key")


def _served(block: Block, pairs: Sequence[Pair], said: str) -> Change:
    return block.change(
        "ssl_certificate",
        *(pair.certificate for pair in pairs),
        said=said,
        ssl_certificate_key=tuple(pair.key for pair in pairs),
    )


def protocols(block: Block) -> Iterator[Change]:
    """Each version added or taken away; an old one with the security level that it needs."""
    listed, ciphers = block.first.versions, block.value("ssl_ciphers")
    for version in PROTOCOL_VERSIONS:
        if version in listed and len(listed) > 1:
            left = " ".join(v for v in listed if v != version)
            yield block.change("ssl_protocols", left, said=f"without {version}")
        elif version not in listed:
            enabling = version in _OLD and _LEVEL_0 not in ciphers
            beside = {"ssl_ciphers": (f"{ciphers}:{_OLD_TOO}",)} if enabling else {}
            wider = " ".join([*listed, version])
            yield block.change("ssl_protocols", wider, said=f"with {version}", **beside)


def ciphers(block: Block) -> Iterator[Change]:
    """One dropped at either end, one added at either end, the order turned, and what none wants."""
    said = block.value("ssl_ciphers")
    listed = expand(said)
    usable = negotiable_ciphers(block.first) if legacy(block.first) else listed
    for name in dict.fromkeys([*usable[:1], *usable[-1:]]):
        if set(listed) != {name}:
            yield block.change("ssl_ciphers", f"{said}:!{name}", said=f"without {name}")
    if new := _unlisted(block):
        yield block.change("ssl_ciphers", f"{new}:{said}", said=f"led by {new}")
        yield block.change("ssl_ciphers", f"{said}:{new}", said=f"with {new}")
    level = [word for word in said.split(":") if word.startswith(_SECLEVEL)]
    turned = ":".join([*reversed(listed), *level])
    yield block.change("ssl_ciphers", turned, said="in the opposite order")
    for keyword in ("aNULL", "eNULL") if legacy(block.first) else ():
        yield block.change("ssl_ciphers", f"ALL:{keyword}:{_LEVEL_0}", said=f"of all and {keyword}")


def _unlisted(block: Block) -> str:
    """A cipher that the block does not list and its certificates could do; "" where none is."""
    types = {pair.kind.replace("EdDSA", "ECDSA") for pair in block.pairs()}
    said = block.value("ssl_ciphers")
    for name in _CANDIDATES:
        fits = cipher_facts(name).authentication in types
        if fits and name in expand(f"{said}:{name}") and name not in expand(said):
            return name
    return ""


def preference(block: Block) -> Iterator[Change]:
    """The other one."""
    return _others(block, "ssl_prefer_server_ciphers", "on", "off")


def curves(block: Block) -> Iterator[Change]:
    """One dropped at either end, the order turned, each usual one alone."""
    listed = block.value("ssl_ecdh_curve").split(":")
    lists = [listed[1:], listed[:-1], listed[::-1], *([name] for name in _GROUPS), ["auto"]]
    return _others(block, "ssl_ecdh_curve", *(":".join(names) for names in lists if names))


def dh_parameters(block: Block) -> Iterator[Change]:
    """Each other file that is long enough for the level of security."""
    low = _LEVEL_0 in block.value("ssl_ciphers")
    files = (name for name in block.files.dh_parameters if low or "1024" not in name)
    return _others(block, "ssl_dhparam", *files)


def session_cache(block: Block) -> Iterator[Change]:
    """Each other kind."""
    kind = block.value("ssl_session_cache").partition(":")[0]
    for other in ("off", "none", "builtin", "shared:mutant:64k"):
        if other.partition(":")[0] != kind:
            yield block.change("ssl_session_cache", other)


def session_timeout(block: Block) -> Iterator[Change]:
    """Far shorter and far longer."""
    return _others(block, "ssl_session_timeout", "1s", "1h")


def session_tickets(block: Block) -> Iterator[Change]:
    """The other one."""
    return _others(block, "ssl_session_tickets", "on", "off")


def ticket_keys(block: Block) -> Iterator[Change]:
    """One dropped at either end, the order turned, a stranger's."""
    listed = block.values("ssl_session_ticket_key")
    others = [name for name in block.files.ticket_keys if name not in listed]
    lists = [listed[1:], listed[:-1], listed[::-1], *((name,) for name in others[:1])]
    for keys in dict.fromkeys(keys for keys in lists if keys and keys != listed):
        yield block.change("ssl_session_ticket_key", *keys)


def conf_commands(block: Block) -> Iterator[Change]:
    """Each command dropped, where there are several."""
    said = block.values("ssl_conf_command")
    commands = [" ".join(said[at : at + 2]) for at in range(0, len(said), 2)]
    for at in range(len(commands) if len(commands) > 1 else 0):
        left = [*commands[:at], *commands[at + 1 :]]
        yield block.change("ssl_conf_command", *left, said=f"without {commands[at]}")


def _others(block: Block, directive: str, *values: str) -> Iterator[Change]:
    for value in dict.fromkeys(values):
        if value != block.value(directive):
            yield block.change(directive, value)
