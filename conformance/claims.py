"""Claims: an nginx configuration, read as what a target says of itself.

Inheritance from `mail` to `server`, the page's defaults and the ports' protocols
are resolved here; `configuration` reads the files.
"""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from conformance.conf_commands import overridden
from conformance.configuration import ClaimsError, Directive, load
from conformance.directives import (
    DEFAULTS,
    FILES,
    JOINED,
    KNOWN,
    LAST_COUNTS,
    SERVER_ONLY,
    UNSET,
    normalised,
)
from conformance.harness.endpoint import Endpoint, Protocol
from conformance.listener import NO_FILES, Listener, way_of
from conformance.session_claims import inherited_cache

__all__ = ["ClaimsError", "parse_claims", "read_claims"]

_PROTOCOL_OF_PORT = {
    143: Protocol.IMAP, 993: Protocol.IMAP, 110: Protocol.POP3, 995: Protocol.POP3,
    25: Protocol.SMTP, 465: Protocol.SMTP, 587: Protocol.SMTP,
}  # fmt: skip
_WILDCARDS = ("", "*", "0.0.0.0")
# Where we reach a wildcard.
_LOOPBACK = {"*": "127.0.0.1", "::": "::1"}
_LAST_PORT = 65535
_CACHE = "ssl_session_cache"

Claimed = dict[str, tuple[str, ...]]


def read_claims(path: Path, extra: Sequence[str] = ()) -> list[Listener]:
    """The listeners of the `mail {}` block in an nginx configuration file, uniquely named.

    `extra` are `DIRECTIVE VALUE` texts laid over every listener (`--claim`). A
    `listen` on a UNIX socket is passed over: nobody reaches it from outside.
    Raises `ClaimsError`.
    """
    directives = load(path)
    blocks = [d for d in directives if d.name == "mail"]
    if not blocks:
        raise ClaimsError(
            f"{path}: there is no mail {{}} block in this nginx configuration{_absent(directives)}"
        )
    mail, *more = blocks
    if more:
        raise ClaimsError(f"{more[0].where}: mail: nginx takes one such block: remove one")
    base = path.absolute().parent
    over = parse_claims(extra)
    foreign = any(d.name == "load_module" and _may_extend_mail(d) for d in directives)
    general = _claims((d for d in mail.block if d.name != "server"), base, foreign=foreign)
    for name in SERVER_ONLY:
        if name in general:
            raise ClaimsError(f"{mail.where}: {name}: it belongs into a server {{}}: move it there")
    servers = [d for d in mail.block if d.name == "server"]
    listeners = [
        listener
        for server in servers
        for listener in _server(server, general, over, _claims(server.block, base, foreign=foreign))
    ]
    _refuse_duplicates(servers)
    if not listeners:
        raise ClaimsError(
            f"{path}: the mail {{}} block has no server {{}} with a port: add one"
            f"{_absent(mail.block)}"
        )
    return _uniquely_named(listeners)


def parse_claims(texts: Iterable[str]) -> Claimed:
    """`--claim "DIRECTIVE VALUE …"` texts as claims; files are relative to the current directory.

    Raises `ClaimsError`.
    """
    directives = []
    for text in texts:
        where = f'--claim "{text}"'
        try:
            words = shlex.split(text.strip().rstrip(";"))
        except ValueError as error:
            raise ClaimsError(f"{where}: {error}") from error
        if len(words) < 2:
            raise ClaimsError(f"{where}: give a directive and its value")
        if words[0] == "listen":
            raise ClaimsError(f"{where}: give the address as --target")
        directives.append(Directive(words[0], tuple(words[1:]), where))
    return _claims(directives, Path.cwd())


def _absent(directives: Iterable[Directive]) -> str:
    """The includes among these of which there is nothing here."""
    names = [d.args[0] for d in directives if d.name == "include" and d.args]
    return f" (and nothing here that {', '.join(names)} includes)" if names else ""


def _may_extend_mail(load_module: Directive) -> bool:
    """It is a module that nginx does not bring, and by its name no other part's."""
    name = Path(load_module.args[0]).name if load_module.args else ""
    return name != "ngx_mail_module.so" and not re.search(r"http|stream", name)


def _claims(directives: Iterable[Directive], base: Path, *, foreign: bool = False) -> Claimed:
    """One block's own claims: what may be repeated joined, file names absolute.

    Where a `foreign` module is loaded, what looks like no directive of ours is its own.
    """
    claims: Claimed = {}
    for entry in (d for d in directives if d.name != "include"):
        name = entry.name
        if name not in KNOWN:
            near = difflib.get_close_matches(name, KNOWN, n=1, cutoff=0.8)
            if foreign and not near:
                continue
            meant = f', as "{near[0]}"' if near else ""
            raise ClaimsError(
                f'{entry.where}: unknown directive "{name}" in mail {{}}: '
                f"correct it{meant}, or remove it from the claims"
            )
        if name in claims and name not in JOINED and name not in LAST_COUNTS:
            raise ClaimsError(
                f"{entry.where}: {name}: nginx refuses it twice in a block: remove one"
            )
        try:
            values = normalised(name, entry.args)
        except ValueError as error:
            raise ClaimsError(f"{entry.where}: {name}: {error}") from error
        if name in FILES:
            values = tuple(_resolved(value, base) for value in values)
        joined = claims.get(name, ()) + values if name in JOINED else values
        claims[name] = tuple(dict.fromkeys(joined)) if name == "ssl_protocols" else joined
    return claims


def _resolved(value: str, base: Path) -> str:
    """A file name as nginx resolves it: against the main configuration's directory."""
    return value if value.startswith(NO_FILES) else str(base / value)


def _server(server: Directive, general: Claimed, over: Claimed, own: Claimed) -> Iterator[Listener]:
    claims: Claimed = {**dict.fromkeys(UNSET, ()), **DEFAULTS, **general, **own, **over}
    if _CACHE in own and _CACHE in general and _CACHE not in over:
        claims[_CACHE] = inherited_cache(own[_CACHE], general[_CACHE])
    claims = overridden(claims)
    listens = [d for d in server.block if d.name == "listen"]
    if not listens:
        raise ClaimsError(f"{server.where}: server: it has no listen: add one")
    addresses = [(listen, *address) for listen in listens for address in _addresses(listen)]
    if not addresses:
        return
    protocol = _protocol(claims, [port for _, _, port in addresses], server)
    for listen, bound, port in addresses:
        host = _LOOPBACK.get(bound, bound)
        mine = {**claims, "listen": (f"{host}:{port}", *listen.args[1:])}
        # Names go into `-k`, so the made-up ones keep to its grammar.
        name = next(iter(claims.get("server_name", ())), "") or f"{protocol}-{port}"
        yield Listener(name, Endpoint(host, port, protocol, way_of(mine)), mine, server.where)


def _protocol(claims: Claimed, ports: Sequence[int], server: Directive) -> Protocol:
    """The server's one protocol: the named one, else that of its first well-known port."""
    named = next(iter(claims.get("protocol", ())), "")
    if named:
        return Protocol(named)
    known = [_PROTOCOL_OF_PORT[port] for port in ports if port in _PROTOCOL_OF_PORT]
    if not known:
        raise ClaimsError(
            f"{server.where}: server: port {ports[0]} does not tell the protocol: "
            "add protocol imap, pop3 or smtp"
        )
    return known[0]


def _refuse_duplicates(servers: Iterable[Directive]) -> None:
    """nginx takes an address with its port once, in whatever server."""
    taken: dict[tuple[str, int], str] = {}
    for listen in (d for server in servers for d in server.block if d.name == "listen"):
        for address in _addresses(listen):
            if address in taken:
                raise ClaimsError(
                    f"{listen.where}: listen: {address[0]}:{address[1]} is taken by "
                    f"{taken[address]}: remove one"
                )
            taken[address] = listen.where


def _addresses(listen: Directive) -> Iterator[tuple[str, int]]:
    """The host (`*` for every IPv4 one) and port or ports of a `listen`."""
    text = listen.args[0]
    if text.startswith("unix:"):
        return
    host, _, ports = text.rpartition(":") if not text.endswith("]") else (text, "", "")
    first, dash, last = ports.partition("-")
    ends = [first, last] if dash else [first, first]
    if not all(end.isascii() and end.isdigit() for end in ends):
        raise ClaimsError(f'{listen.where}: listen: "{text}" has no port: write address:port')
    low, high = int(ends[0]), int(ends[1])
    if not 0 < low <= high <= _LAST_PORT:
        raise ClaimsError(f'{listen.where}: listen: "{ports}" is no port, and no range of ports')
    host = host.removeprefix("[").removesuffix("]")
    for port in range(low, high + 1):
        yield "*" if host in _WILDCARDS else host, port


def _uniquely_named(listeners: list[Listener]) -> list[Listener]:
    """Names are how reports tell listeners apart: the second of a name gets its port, and so on."""
    result: dict[str, Listener] = {}
    for listener in listeners:
        name, endpoint = listener.name, listener.endpoint
        better = [name, f"{name}:{endpoint.port}", f"{name}:{endpoint.address}"]
        numbered = (f"{better[-1]}-{n}" for n in count(2))
        name = next(n for names in (better, numbered) for n in names if n not in result)
        result[name] = replace(listener, name=name)
    return list(result.values())
