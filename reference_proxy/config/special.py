"""The slots of directives that are like no other."""

from __future__ import annotations

from reference_proxy.config.addresses import AddressError, url
from reference_proxy.config.settings import AuthHttp
from reference_proxy.config.slots import Use, choice, flag, once

PROTOCOLS = ("pop3", "imap", "smtp")


def nothing(use: Use) -> None:
    """Store nothing: the reader acts on these itself."""


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
