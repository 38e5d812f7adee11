"""A configuration made ready to run: settings, and the TLS context of each server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reference_proxy.config.checks import check
from reference_proxy.config.errors import ConfigError
from reference_proxy.config.loader import load
from reference_proxy.config.settings import Listen, ProxySettings, ServerSettings, TlsSettings

if TYPE_CHECKING:
    from reference_proxy.tls.context import TlsContext


@dataclass(frozen=True)
class Source:
    """Where the configuration comes from: the command line's `-c`, `-p`, `-g` and `--faults`.

    `path` is relative to `prefix`, which is "" or ends in a slash.
    """

    path: str
    prefix: str
    globals_text: str = ""
    faults: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Setup:
    """What the driver needs, by listener; a listener without TLS has None for a context."""

    settings: ProxySettings
    servers: Mapping[Listen, ServerSettings]
    contexts: Mapping[Listen, TlsContext | None]


def prepare(
    source: Source, warn: Callable[[str], None], is_good: Callable[[], None] = lambda: None
) -> Setup:
    """Read the configuration and load its certificates. ConfigError with the first failure.

    `is_good` is called once each line of it is known to be, before they are held against
    each other.
    """
    built: list[TlsContext] = []

    def on_tls(tls: TlsSettings, protocol: str) -> None:
        built.append(_context(tls, protocol, warn, source.faults))

    settings = load(source.path, source.prefix, source.globals_text, warn, on_tls)
    servers: dict[Listen, ServerSettings] = {}
    contexts: dict[Listen, TlsContext | None] = {}
    remaining = iter(built)
    for server in settings.servers:
        context = next(remaining) if server.tls else None
        for listen in server.listens:
            servers[listen] = server
            contexts[listen] = context
    is_good()
    check(settings, warn)
    return Setup(settings, servers, contexts)


def _context(
    tls: TlsSettings, protocol: str, warn: Callable[[str], None], faults: frozenset[str]
) -> TlsContext:
    # libssl is bound only where a server needs it: a plain proxy starts faster.
    from reference_proxy.tls.context import ContextError, TlsContext

    try:
        return TlsContext.build(tls, protocol, warn, faults)
    except ContextError as error:
        raise ConfigError(error.text, level=error.level) from error
