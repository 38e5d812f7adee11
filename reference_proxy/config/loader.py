"""A configuration file becomes settings: inheritance, defaults, and nginx's last checks."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from reference_proxy.config.directives import DIRECTIVES
from reference_proxy.config.errors import ConfigError, Place
from reference_proxy.config.reader import Reader
from reference_proxy.config.settings import (
    Listen,
    LogTarget,
    ProxySettings,
    ServerSettings,
    TlsSettings,
)
from reference_proxy.config.slots import Context, Scope

# nginx's fixed buffer for POP3.
_POP3_BUFFER = 128


def load(
    path: str,
    prefix: str,
    globals_text: str = "",
    warn: Callable[[str], None] = lambda text: None,
) -> ProxySettings:
    """Read the configuration file at `path` and resolve it.

    `prefix` is what the process's own paths are relative to; those of TLS and
    `include` are relative to the file's directory. `globals_text` is read first,
    as nginx does with `-g`. Warnings go to `warn`, each as nginx words it. Raises
    ConfigError with the first error; TLS files are named but not opened.
    """
    path = os.path.join(prefix, path)
    directory = os.path.join(os.path.dirname(path), "")
    main = Scope(Context.MAIN, Place(path, 1))
    reader = Reader(directory, main, warn)
    reader.read_globals(globals_text)
    reader.read_file(path, main)
    servers = _servers(main, directory)
    if "events" not in main.values:
        raise ConfigError('no "events" section in configuration')
    return ProxySettings(
        servers=servers,
        daemon=_value(main, "daemon"),
        master_process=_value(main, "master_process"),
        worker_processes=_value(main, "worker_processes"),
        pid=os.path.join(prefix, _value(main, "pid")),
        error_logs=tuple(_log(target, prefix) for target in _value(main, "error_log")),
        user=_value(main, "user"),
        sources=tuple(reader.sources),
    )


def _log(target: LogTarget, prefix: str) -> LogTarget:
    return replace(target, path=os.path.join(prefix, target.path)) if target.path else target


def _value(scope: Scope, name: str) -> Any:
    """Look the directive up from the block outwards; the default where no block has it."""
    here: Scope | None = scope
    while here is not None:
        if name in here.values:
            return here.values[name]
        here = here.parent
    return DIRECTIVES[name].default


def _servers(main: Scope, directory: str) -> tuple[ServerSettings, ...]:
    """Resolve the servers; as in nginx each check is made for all of them before the next one."""
    scopes = main.values["mail"].servers if "mail" in main.values else []
    for scope in scopes:
        if "protocol" not in scope.values:
            raise ConfigError("unknown mail protocol for server", scope.place)
    tls = [_tls(scope, directory) for scope in scopes]
    for scope in scopes:
        if _value(scope, "auth_http") is None:
            raise ConfigError('no "auth_http" is defined for server', scope.place)
    return tuple(_server(scope, settings) for scope, settings in zip(scopes, tls, strict=True))


def _server(scope: Scope, tls: TlsSettings | None) -> ServerSettings:
    protocol = _value(scope, "protocol")
    return ServerSettings(
        server_name=_value(scope, "server_name") or socket.gethostname().lower(),
        protocol=protocol,
        listens=_listens(scope),
        starttls=_value(scope, "starttls"),
        tls=tls,
        auth_http=_value(scope, "auth_http"),
        auth_http_headers=_value(scope, "auth_http_header"),
        auth_http_pass_client_cert=_value(scope, "auth_http_pass_client_cert"),
        auth_http_timeout=_value(scope, "auth_http_timeout"),
        timeout=_value(scope, "timeout"),
        proxy_timeout=_value(scope, "proxy_timeout"),
        proxy_protocol=_value(scope, "proxy_protocol"),
        real_ip_from=_value(scope, "set_real_ip_from"),
        xclient=_value(scope, "xclient"),
        proxy_smtp_auth=_value(scope, "proxy_smtp_auth"),
        max_errors=_value(scope, "max_errors"),
        imap_capabilities=_value(scope, "imap_capabilities"),
        pop3_capabilities=_value(scope, "pop3_capabilities"),
        smtp_capabilities=_value(scope, "smtp_capabilities"),
        auth_methods=_value(scope, f"{protocol}_auth"),
        client_buffer=(
            _POP3_BUFFER if protocol == "pop3" else _value(scope, f"{protocol}_client_buffer")
        ),
        proxy_pass_error_message=_value(scope, "proxy_pass_error_message"),
        proxy_buffer=_value(scope, "proxy_buffer"),
        smtp_greeting_delay=_value(scope, "smtp_greeting_delay"),
    )


def _listens(scope: Scope) -> tuple[Listen, ...]:
    """The server's listens; the old `ssl on` makes every one of them start with TLS."""
    always = _value(scope, "ssl")
    return tuple(replace(listen, ssl=listen.ssl or always) for listen, _ in scope.values["listen"])


def _tls(scope: Scope, directory: str) -> TlsSettings | None:
    """The TLS settings, or None where nothing in the server leads to TLS.

    A server without a way into TLS is not held to its certificates.
    """
    mode = _mode(scope)
    if mode is None:
        return None
    certificates, keys = _value(scope, "ssl_certificate"), _value(scope, "ssl_certificate_key")
    where = f'the "{mode}" directive'
    place = scope.tls or (scope.parent.tls if scope.parent else None)
    if not certificates:
        raise ConfigError(f'no "ssl_certificate" is defined for {where}', place)
    if not keys:
        raise ConfigError(f'no "ssl_certificate_key" is defined for {where}', place)
    if len(keys) < len(certificates):
        which = f'certificate "{certificates[-1]}" and {where}'
        raise ConfigError(f'no "ssl_certificate_key" is defined for {which}', place)

    def path(name: str) -> str:
        value: str = _value(scope, name)
        return os.path.join(directory, value) if value else ""

    settings = TlsSettings(
        certificates=tuple(_pem(directory, value, "data:") for value in certificates),
        keys=tuple(_pem(directory, value, "data:", "engine:") for value in keys),
        protocols=_value(scope, "ssl_protocols"),
        ciphers=_value(scope, "ssl_ciphers"),
        prefer_server_ciphers=_value(scope, "ssl_prefer_server_ciphers"),
        verify_client=_value(scope, "ssl_verify_client"),
        verify_depth=_value(scope, "ssl_verify_depth"),
        client_certificate=path("ssl_client_certificate"),
        trusted_certificate=path("ssl_trusted_certificate"),
        crl=path("ssl_crl"),
    )
    if settings.verify_client in ("on", "optional") and not settings.client_certificate:
        raise ConfigError("no ssl_client_certificate for ssl_verify_client")
    return settings


def _mode(scope: Scope) -> str | None:
    """What leads to TLS, in nginx's words and order of precedence."""
    if any(listen.ssl for listen, _ in scope.values["listen"]):
        return "listen ... ssl"
    if _value(scope, "ssl"):
        return "ssl"
    return "starttls" if _value(scope, "starttls") != "off" else None


def _pem(directory: str, value: str, *schemes: str) -> str:
    return value if value.startswith(schemes) else os.path.join(directory, value)
