"""The slot of `error_log`: where messages go, and which."""

from __future__ import annotations

from dataclasses import replace

from reference_proxy.config import values
from reference_proxy.config.addresses import Address, AddressError, servers
from reference_proxy.config.errors import COMMAND_LINE
from reference_proxy.config.settings import LogTarget, Syslog
from reference_proxy.config.slots import Use

LEVELS = ("emerg", "alert", "crit", "error", "warn", "notice", "info", "debug")

_MASKS = ("core", "alloc", "mutex", "event", "http", "mail", "stream")
_DEBUG = frozenset(f"debug_{mask}" for mask in _MASKS)

# nginx's own bookkeeping in the buffer, beside the name of the file.
_MEMORY_OVERHEAD = 2099

_FACILITIES = (
    ["kern", "user", "mail", "daemon", "auth", "intern", "lpr", "news", "uucp", "clock"]
    + ["authpriv", "ftp", "ntp", "audit", "alert", "cron"]
    + [f"local{number}" for number in range(8)]
)
_SYSLOG_PORT = 514


def error_log(use: Use) -> None:
    """Store where messages go. Only the main context's logs exist here, and others say so."""
    path, *words = use.arguments
    if path.startswith("memory:"):
        target = LogTarget("", memory=_memory(use, path.removeprefix("memory:")))
    elif path.startswith("syslog:"):
        target = LogTarget("", syslog=_syslog(use, path.removeprefix("syslog:").split(",")))
    else:
        target = LogTarget("" if path == "stderr" else path)
    target = replace(target, level=_level(use, words))
    use.scope.values["error_log"] = (*use.scope.values.get("error_log", ()), target)
    if use.scope.parent:
        use.caution('"error_log" below the main context has no log of its own here, ignored')


def _level(use: Use, words: list[str]) -> str:
    """One level, or masks that together are the level `debug`."""
    level = ""
    for word in words:
        if word in LEVELS:
            if level:
                raise use.refuse(f'duplicate log level "{word}"')
            level = word
        elif word not in _DEBUG or level not in ("", *_DEBUG):
            raise use.refuse(f'invalid log level "{word}"')
        else:
            level = word
    return "debug" if level in _DEBUG else level or "error"


def _memory(use: Use, text: str) -> int:
    file = "" if use.place == COMMAND_LINE else use.place.file
    try:
        size = values.size(text)
    except ValueError:
        size = 0
    if size < _MEMORY_OVERHEAD + len(file.encode(errors="surrogateescape")):
        raise use.refuse(f'invalid buffer size "{text}"')
    return size


def _syslog(use: Use, words: list[str]) -> Syslog:
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if name + equals not in ("server=", "facility=", "severity=", "tag=", "nohostname"):
            raise use.refuse(f'unknown syslog parameter "{word}"')
        if equals and name in found:
            raise use.refuse(f'duplicate syslog "{name}"')
        found[name] = value
        _check_syslog_value(use, name, value)
    if "server" not in found:
        raise use.refuse("no syslog server specified")
    server = _server(use, found["server"])
    return Syslog(
        (server.host or "0.0.0.0", server.port),
        facility=_FACILITIES.index(found.get("facility", "local7")),
        tag=found.get("tag", "nginx"),
        hostname="nohostname" not in found,
    )


def _server(use: Use, value: str) -> Address:
    try:
        return servers(value, _SYSLOG_PORT)[0]
    except AddressError as error:
        raise use.refuse(f'{error} in syslog server "{value}"') from None


def _check_syslog_value(use: Use, name: str, value: str) -> None:
    match name:
        case "server":
            _server(use, value)
        case "facility" if value not in _FACILITIES:
            raise use.refuse(f'unknown syslog facility "{value}"')
        case "severity" if value not in LEVELS:
            raise use.refuse(f'unknown syslog severity "{value}"')
        case "tag" if len(value.encode(errors="surrogateescape")) > 32:
            raise use.refuse("syslog tag length exceeds 32")
        case "tag" if not all(c == "_" or (c.isascii() and c.isalnum()) for c in value):
            raise use.refuse('syslog "tag" only allows alphanumeric characters and underscore')
