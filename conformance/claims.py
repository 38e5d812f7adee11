"""Claims: an nginx configuration, read as what a target says of itself.

crossplane parses (its own checks are off: they are stricter here and laxer
there than nginx); inheritance from `mail` to `server`, the page's defaults and
the ports' protocols are resolved here.
"""

from __future__ import annotations

import glob
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import crossplane

from conformance.directives import DEFAULTS, FILES, KNOWN, REPEATABLE, UNSET, normalised
from conformance.harness.endpoint import Endpoint, Protocol
from conformance.listener import Listener, way_of

_PROTOCOL_OF_PORT = {
    143: Protocol.IMAP, 993: Protocol.IMAP, 110: Protocol.POP3, 995: Protocol.POP3,
    25: Protocol.SMTP, 465: Protocol.SMTP, 587: Protocol.SMTP,
}  # fmt: skip

Claimed = dict[str, tuple[str, ...]]


class ClaimsError(Exception):
    """The claims make no sense. One line that names file, line, directive and remedy."""


def read_claims(path: Path, extra: Sequence[str] = ()) -> list[Listener]:
    """The listeners of the `mail {}` block in an nginx configuration file.

    `extra` are `DIRECTIVE VALUE` texts laid over every listener (`--claim`).
    Raises `ClaimsError`.
    """
    mail = [d for d in _directives(path.absolute(), path.absolute().parent) if d["directive"] == "mail"]
    if not mail:
        raise ClaimsError(f"{path}: there is no mail {{}} block in this nginx configuration")
    over = parse_claims(extra)
    base = path.absolute().parent
    block = _expanded(mail[0]["block"], base)
    inherited = _collect([d for d in block if d["directive"] != "server"], base)
    listeners: list[Listener] = []
    for server in (d for d in block if d["directive"] == "server"):
        listeners += _server(server, inherited, over, base)
    if not listeners:
        raise ClaimsError(f"{path}: the mail {{}} block has no server {{}}")
    return _uniquely_named(listeners)


def parse_claims(texts: Iterable[str]) -> Claimed:
    """`--claim "DIRECTIVE VALUE …"` texts as claims; files are relative to the current directory."""
    directives = []
    for text in texts:
        try:
            words = shlex.split(text.strip().rstrip(";"))
        except ValueError as error:
            raise ClaimsError(f'--claim "{text}": {error}') from error
        if len(words) < 2:
            raise ClaimsError(f'--claim "{text}": give a directive and its value')
        directives.append({"directive": words[0], "args": words[1:], "file": f'--claim "{text}"', "line": 0})
    return _collect(directives, Path.cwd())


def _directives(path: Path, base: Path) -> Iterator[dict[str, Any]]:
    """The directives of a file; includes at this level are followed (missing ones are left out)."""
    payload = crossplane.parse(str(path), single=True, check_ctx=False, check_args=False)
    for error in payload["errors"]:
        raise ClaimsError(_clean(error["error"], path, error.get("line")))
    for directive in _naming(path, payload["config"][0]["parsed"]):
        if directive["directive"] == "include":
            # Outside mail {} a missing file costs us nothing: operators copy nginx.conf alone.
            for included in _included(directive, base):
                yield from _directives(included, base)
        else:
            yield directive


def _naming(path: Path, block: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The block with each directive, at every depth, knowing its file."""
    for directive in block:
        directive["file"] = str(path)
        _naming(path, directive.get("block", []))
    return block


def _expanded(block: list[dict[str, Any]], base: Path) -> list[dict[str, Any]]:
    """A mail or server block with its includes followed; a missing one is an error here."""
    result: list[dict[str, Any]] = []
    for directive in block:
        if directive["directive"] != "include":
            result.append(directive)
            continue
        found = _included(directive, base)
        if not found and not glob.has_magic(directive["args"][0]):
            raise ClaimsError(f'include "{directive["args"][0]}": no such file under {base}')
        for path in found:
            result += list(_directives(path, base))
    return result


def _included(directive: dict[str, Any], base: Path) -> list[Path]:
    return sorted(Path(name) for name in glob.glob(str(base / directive["args"][0])))


def _clean(message: str, path: Path, line: int | None) -> str:
    """crossplane's message with file and line exactly once."""
    message = message.removeprefix("[Errno 2] ").removeprefix("[Errno 13] ").removeprefix("[Errno 21] ")
    message = message.split(f" in {path}")[0].replace(f": '{path}'", "")
    return f"{path}:{line}: {message}" if line else f"{path}: {message}"


def _collect(directives: Iterable[dict[str, Any]], base: Path) -> Claimed:
    """One block's own claims: repeatable directives joined, file names absolute."""
    claims: Claimed = {}
    for entry in directives:
        name, values = entry["directive"], tuple(entry["args"])
        if name not in KNOWN:
            raise ClaimsError(f'{_at(entry)}: unknown directive "{name}" in mail {{}}')
        if name == "listen":
            continue
        try:
            values = normalised(name, values)
        except ValueError as error:
            raise ClaimsError(f"{_at(entry)}: {name}: {error}") from error
        if name in FILES:
            values = tuple(_resolved(value, base) for value in values)
        claims[name] = claims.get(name, ()) + values if name in REPEATABLE else values
    if "ssl_protocols" in claims:
        claims["ssl_protocols"] = normalised("ssl_protocols", claims["ssl_protocols"])
    return claims


def _at(entry: dict[str, Any]) -> str:
    return f"{entry['file']}:{entry['line']}" if entry.get("line") else str(entry["file"])


def _resolved(value: str, base: Path) -> str:
    """A file name as nginx resolves it: against the configuration's own directory."""
    special = not value or value.startswith(("engine:", "data:", "store:"))
    return value if special else str(base / value)


def _server(server: dict[str, Any], inherited: Claimed, over: Claimed, base: Path) -> list[Listener]:
    block = _expanded(server["block"], base)
    own = _collect(block, base)
    claims: Claimed = {**dict.fromkeys(UNSET, ()), **DEFAULTS, **inherited, **own, **over}
    listens = [d for d in block if d["directive"] == "listen"]
    if not listens:
        raise ClaimsError(f"{_at(server)}: no listen in this server {{}}")
    listeners = []
    for listen in listens:
        for host, port in _addresses(listen):
            protocol = _protocol(claims, port, listen)
            mine = {**claims, "listen": (f"{host}:{port}", *listen["args"][1:])}
            name = next(iter(claims.get("server_name", ())), "") or f"{protocol}@{port}"
            endpoint = Endpoint(host, port, protocol, way_of(mine))
            listeners.append(Listener(name, endpoint, mine, _at(server)))
    return listeners


def _protocol(claims: Claimed, port: int, listen: dict[str, Any]) -> Protocol:
    named = next(iter(claims.get("protocol", ())), "") or _PROTOCOL_OF_PORT.get(port)
    if not named:
        raise ClaimsError(f"{_at(listen)}: port {port} does not tell the protocol: add protocol imap|pop3|smtp")
    return Protocol(named)


def _addresses(listen: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """The host and port(s) of a `listen`; wildcards become the loopback address."""
    if not listen["args"]:
        raise ClaimsError(f"{_at(listen)}: listen: it needs an address or a port")
    text = listen["args"][0]
    if text.startswith("unix:"):
        return  # no TCP client reaches it
    host, _, ports = text.rpartition(":") if not text.endswith("]") else (text, "", "")
    first, _, last = ports.partition("-")
    if not (first.isdigit() and (not last or last.isdigit()) and 0 < int(first) < 65536):
        raise ClaimsError(f'{_at(listen)}: listen: "{text}" is no address with a port')
    host = host.strip("[]")
    if host in ("", "*", "0.0.0.0"):
        host = "127.0.0.1"
    for port in range(int(first), int(last or first) + 1):
        yield ("::1" if host == "::" else host), port


def _uniquely_named(listeners: list[Listener]) -> list[Listener]:
    """Names are how reports tell listeners apart: the second of a name gets its port."""
    result: list[Listener] = []
    seen: set[str] = set()
    for listener in listeners:
        name = listener.name if listener.name not in seen else f"{listener.name}:{listener.endpoint.port}"
        seen.add(name)
        result.append(Listener(name, listener.endpoint, listener.claims, listener.where))
    return result
