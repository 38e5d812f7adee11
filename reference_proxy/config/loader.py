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
from reference_proxy.config.tls import merged_session_cache

# nginx's fixed buffer for POP3.
_POP3_BUFFER = 128

_PID = "nginx.pid"


def load(
    path: str,
    prefix: str,
    globals_text: str = "",
    warn: Callable[[str], None] = lambda text: None,
    on_tls: Callable[[TlsSettings, str], None] = lambda tls, protocol: None,
) -> ProxySettings:
    """Read the configuration file at `path` and resolve it.

    `prefix` is what `path` and the process's own paths are relative to; those of TLS and
    `include` are relative to the file's directory. `globals_text` is read first,
    as nginx does with `-g`. Warnings go to `warn`, each as nginx words it. `on_tls`
    gets the settings of each server with TLS and its protocol, in the order of the
    servers and where nginx would open their files; nothing here does. Raises
    ConfigError with the first error; what nginx checks after all else is in `checks`.
    """
    path = os.path.join(prefix, path)
    directory = os.path.join(os.path.dirname(path), "")
    main = Scope(Context.MAIN, Place(path, 1))
    servers: list[ServerSettings] = []

    def on_mail(mail: Scope) -> None:
        servers.extend(_servers(mail, directory, on_tls))

    reader = Reader(directory, main, warn, on_mail)
    reader.read_globals(globals_text)
    reader.read_file(path, main)
    events = main.values.get("events")
    return ProxySettings(
        servers=tuple(servers),
        daemon=_value(main, "daemon"),
        master_process=_value(main, "master_process"),
        worker_processes=_value(main, "worker_processes"),
        worker_connections=_value(events, "worker_connections") if events else None,
        worker_rlimit_nofile=_value(main, "worker_rlimit_nofile"),
        cpu_masks=_cpu_masks(main),
        pid=os.path.join(prefix, _value(main, "pid") or _PID),
        error_logs=tuple(_log(target, prefix) for target in _value(main, "error_log")),
        inner_logs=tuple(_log(target, prefix) for target in _inner_logs(main)),
        user=_value(main, "user"),
        sources=tuple(reader.sources.items()),
    )


def _cpu_masks(main: Scope) -> int:
    masks = _value(main, "worker_cpu_affinity")
    return 0 if "auto" in masks else len(masks)


def _log(target: LogTarget, prefix: str) -> LogTarget:
    return replace(target, path=os.path.join(prefix, target.path)) if target.path else target


def _value(scope: Scope, name: str) -> Any:
    """Look the directive up from the block outwards; the default where no block has it."""
    here = _nearest(scope, name)
    return here.values[name] if here else DIRECTIVES[name].default


def _place(scope: Scope, name: str) -> Place | None:
    """Where the value comes from; None if it is the default."""
    here = _nearest(scope, name)
    return here.places[name] if here else None


def _nearest(scope: Scope, name: str) -> Scope | None:
    here: Scope | None = scope
    while here is not None and name not in here.values:
        here = here.parent
    return here


def _inner_logs(main: Scope) -> list[LogTarget]:
    mail: Scope | None = main.values.get("mail")
    scopes = [mail, *mail.servers] if mail else []
    return [target for scope in scopes for target in scope.values.get("error_log", ())]


def _servers(
    mail: Scope, directory: str, on_tls: Callable[[TlsSettings, str], None]
) -> tuple[ServerSettings, ...]:
    """Resolve the servers; as in nginx each check is made for all of them before the next one."""
    scopes = mail.servers
    for scope in scopes:
        if "protocol" not in scope.values:
            raise ConfigError("unknown mail protocol for server", scope.place)
    tls = []
    for scope in scopes:
        tls.append(settings := _tls(scope, directory))
        if settings:
            on_tls(settings, _value(scope, "protocol"))
    for scope in scopes:
        if _value(scope, "auth_http") is None:
            raise ConfigError('no "auth_http" is defined for server', scope.place)
    for scope in scopes:
        _check_promises(scope)
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
        proxy_protocol=_value(scope, "proxy_protocol"),
        real_ip_from=_value(scope, "set_real_ip_from"),
        resolver=_value(scope, "resolver"),
        resolver_timeout=_value(scope, "resolver_timeout"),
    )


def _check_promises(scope: Scope) -> None:
    """Refuse what this server would need and the proxy cannot do.

    Without a PROXY header `set_real_ip_from` decides nothing, and only SMTP asks a resolver.
    """
    no = "this release of the reference does not implement the"
    for listen, place in scope.values["listen"]:
        if listen.proxy_protocol:
            raise ConfigError(f'{no} "proxy_protocol" parameter', place)
    if _value(scope, "proxy_protocol"):
        raise ConfigError(f'{no} "proxy_protocol" directive', _place(scope, "proxy_protocol"))
    if _value(scope, "resolver") and _value(scope, "protocol") == "smtp":
        raise ConfigError(f'{no} "resolver" directive', _place(scope, "resolver"))


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
    place = scope.tls or (scope.parent.tls if scope.parent else None)
    _check_pairs(certificates, keys, f'the "{mode}" directive', place)

    def path(name: str) -> str:
        value: str = _value(scope, name)
        return os.path.join(directory, value) if value else ""

    builtin_cache, zone = merged_session_cache(scope)
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
        passwords=_value(scope, "ssl_password_file"),
        dhparam=path("ssl_dhparam"),
        ecdh_curve=_value(scope, "ssl_ecdh_curve"),
        builtin_cache=builtin_cache,
        zone=zone,
        session_timeout=_value(scope, "ssl_session_timeout"),
        session_tickets=_value(scope, "ssl_session_tickets"),
        ticket_keys=tuple(
            os.path.join(directory, value) for value in _value(scope, "ssl_session_ticket_key")
        ),
        conf_commands=_value(scope, "ssl_conf_command"),
        directory=directory,
        merged_at=scope.parent.end if scope.parent else None,
    )
    if settings.verify_client in ("on", "optional") and not settings.client_certificate:
        raise ConfigError("no ssl_client_certificate for ssl_verify_client")
    return settings


def _check_pairs(
    certificates: tuple[str, ...], keys: tuple[str, ...], where: str, place: Place | None
) -> None:
    """Every certificate needs a key."""
    if not certificates:
        raise ConfigError(f'no "ssl_certificate" is defined for {where}', place)
    if not keys:
        raise ConfigError(f'no "ssl_certificate_key" is defined for {where}', place)
    if len(keys) < len(certificates):
        which = f'certificate "{certificates[-1]}" and {where}'
        raise ConfigError(f'no "ssl_certificate_key" is defined for {which}', place)


def _mode(scope: Scope) -> str | None:
    """What leads to TLS, in nginx's words and order of precedence."""
    if any(listen.ssl for listen, _ in scope.values["listen"]):
        return "listen ... ssl"
    if _value(scope, "ssl"):
        return "ssl"
    return "starttls" if _value(scope, "starttls") != "off" else None


def _pem(directory: str, value: str, *schemes: str) -> str:
    return value if value.startswith(schemes) else os.path.join(directory, value)
