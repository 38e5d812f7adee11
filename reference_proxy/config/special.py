"""The slots of directives that are like no other."""

from __future__ import annotations

import ipaddress
import os
from contextlib import suppress

from reference_proxy.config import values
from reference_proxy.config.addresses import AddressError, resolved, url
from reference_proxy.config.settings import AuthHttp, LogTarget
from reference_proxy.config.slots import Use, choice, flag, once
from reference_proxy.numeric import decimal
from reference_proxy.proxy_protocol import Networks

LEVELS = ("emerg", "alert", "crit", "error", "warn", "notice", "info", "debug")

PROTOCOLS = ("pop3", "imap", "smtp")
_EVENT_METHODS = ("epoll", "poll", "select")


def nothing(use: Use) -> None:
    """Store nothing: the reader acts on these itself."""


def ignored(use: Use) -> None:
    """Accept what means nothing to this proxy, and say so."""
    use.caution(f'the "{use.name}" directive has no effect here, ignored')


def not_yet(use: Use) -> None:
    """Refuse what would otherwise be promised and not kept."""
    raise use.refuse(f'this release of the reference does not implement the "{use.name}" directive')


# --- the ways into TLS ---------------------------------------------------------


def ssl(use: Use) -> None:
    """Store `ssl`, deprecated; beside a `starttls` of the same block it is an error."""
    once(flag)(use)
    use.caution('the "ssl" directive is deprecated, use the "listen ... ssl" directive instead')
    if use.scope.values["ssl"] and use.scope.values.get("starttls", "off") != "off":
        raise use.refuse('"starttls" directive conflicts with "ssl on"')
    _wants_tls(use)


def starttls(use: Use) -> None:
    """Store `starttls`; beside an `ssl on` of the same block it is an error."""
    once(choice("off", "on", "only"))(use)
    if use.scope.values.get("ssl") and use.scope.values["starttls"] != "off":
        raise use.refuse('"ssl" directive conflicts with "starttls"')
    _wants_tls(use)


def _wants_tls(use: Use) -> None:
    if not any(listen.ssl for listen, _ in use.scope.values.get("listen", ())):
        use.scope.tls = use.place


# --- where and what ------------------------------------------------------------


def protocol(use: Use) -> None:
    """Store the protocol, over whatever a port suggested."""
    name = use.arguments[0]
    if name not in PROTOCOLS:
        raise use.refuse(f'unknown protocol "{name}"')
    use.scope.values["protocol"] = name


def auth_http(use: Use) -> None:
    """Store the auth server; of several the last counts."""
    value = use.arguments[0].removeprefix("http://")
    try:
        where = url(value, 80)
    except AddressError as error:
        raise use.refuse(f'{error} in auth_http "{value}"') from None
    use.scope.values["auth_http"] = AuthHttp(
        where.address.host or "0.0.0.0", where.address.port, where.path, where.host
    )


def set_real_ip_from(use: Use) -> None:
    """Collect whom to believe about a client's address: networks, or None for local sockets."""
    text = use.arguments[0]
    try:
        found = _networks(text)
    except AddressError as error:
        raise use.refuse(f'{error} in set_real_ip_from "{text}"') from None
    first = found[0]
    if first and "/" in text and ipaddress.ip_interface(text).ip != first.network_address:
        use.caution(f"low address bits of {text} are meaningless")
    use.scope.values[use.name] = (*use.scope.values.get(use.name, ()), *found)


def _networks(text: str) -> Networks:
    if text == "unix:":
        return (None,)
    _, slash, bits = text.partition("/")
    if not slash or decimal(bits) is not None:  # no netmask in dots
        with suppress(ValueError):
            return (ipaddress.ip_network(text, strict=False),)
    return tuple(ipaddress.ip_network(host) for host in resolved(text))


# --- the process ---------------------------------------------------------------


def error_log(use: Use) -> None:
    """Store where messages go. Only the main context's logs exist here, and others say so."""
    path, *levels = use.arguments
    if path.startswith(("syslog:", "memory:")):
        raise use.refuse(f'this release of the reference does not implement "{path}" as error log')
    chosen = ""
    for level in levels:
        if level not in LEVELS and not level.startswith("debug_"):
            raise use.refuse(f'invalid log level "{level}"')
        if chosen and level in LEVELS:
            raise use.refuse(f'duplicate log level "{level}"')
        chosen = chosen or (level if level in LEVELS else "debug")
    target = LogTarget("" if path == "stderr" else path, chosen or "error")
    use.scope.values["error_log"] = (*use.scope.values.get("error_log", ()), target)
    if use.scope.parent:
        use.caution('"error_log" below the main context has no log of its own here, ignored')


def worker_processes(use: Use) -> None:
    """Store the number of workers; `auto` is one per processor."""

    def count(use: Use) -> int:
        if use.arguments[0] == "auto":
            return os.cpu_count() or 1
        try:
            return values.number(use.arguments[0])
        except ValueError:
            raise use.is_wrong("invalid value") from None

    once(count)(use)


def worker_connections(use: Use) -> None:
    """Check the number; the proxy has no such limit."""

    def count(use: Use) -> int:
        try:
            return values.number(use.arguments[0])
        except ValueError:
            raise use.refuse(f'invalid number "{use.arguments[0]}"') from None

    once(count)(use)


def event_method(use: Use) -> None:
    """Check the name; the proxy waits in the way of its runtime."""

    def method(use: Use) -> str:
        if use.arguments[0] not in _EVENT_METHODS:
            raise use.refuse(f'invalid event type "{use.arguments[0]}"')
        return use.arguments[0]

    once(method)(use)


def user(use: Use) -> None:
    """Check that the user exists. The one process keeps the user that it was started by."""

    def known(use: Use) -> str:
        import grp
        import pwd

        name, group = use.arguments[0], use.arguments[-1]
        if os.geteuid() != 0:
            use.caution(
                'the "user" directive makes sense only if the master process runs with'
                " super-user privileges, ignored"
            )
            return name
        for look_up, call, argument in (
            (pwd.getpwnam, "getpwnam", name),
            (grp.getgrnam, "getgrnam", group),
        ):
            try:
                look_up(argument)
            except KeyError:
                raise use.refuse(f'{call}("{argument}") failed') from None
        if name != "root":
            use.caution('the "user" directive has no effect here, ignored')
        return name

    once(known)(use)
