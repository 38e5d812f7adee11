"""What the suite knows of nginx's mail directives: names, defaults, the form of their values.

Only what is needed to read claims. Whether nginx would *accept* a configuration
is not decided here; a claim is refused when no value can be made of it.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.listener import PROTOCOL_VERSIONS

VERIFY_MODES = ("off", "on", "optional", "optional_no_ca")

# The page's defaults, and those of the mail core that a client can see.
DEFAULTS: dict[str, tuple[str, ...]] = {
    "ssl": ("off",),
    "ssl_ciphers": ("HIGH:!aNULL:!MD5",),
    "ssl_ecdh_curve": ("auto",),
    "ssl_prefer_server_ciphers": ("off",),
    "ssl_protocols": ("TLSv1", "TLSv1.1", "TLSv1.2"),
    "ssl_session_cache": ("none",),
    "ssl_session_tickets": ("on",),
    "ssl_session_timeout": ("5m",),
    "ssl_verify_client": ("off",),
    "ssl_verify_depth": ("1",),
    "starttls": ("off",),
    "auth_http_pass_client_cert": ("off",),
}

# Set to () when nothing sets them: known to be unset, which is not "unknown".
UNSET = (
    "ssl_certificate",
    "ssl_certificate_key",
    "ssl_client_certificate",
    "ssl_trusted_certificate",
    "ssl_crl",
    "ssl_dhparam",
    "ssl_password_file",
    "ssl_session_ticket_key",
    "ssl_conf_command",
    "auth_http",
)

FILES = (
    "ssl_certificate",
    "ssl_certificate_key",
    "ssl_client_certificate",
    "ssl_trusted_certificate",
    "ssl_crl",
    "ssl_dhparam",
    "ssl_password_file",
    "ssl_session_ticket_key",
)

# Each occurrence adds to the list; of all others the last one in a block counts.
REPEATABLE = (
    "ssl_certificate",
    "ssl_certificate_key",
    "ssl_session_ticket_key",
    "ssl_conf_command",
    "ssl_protocols",
    "auth_http_header",
    "imap_auth",
    "pop3_auth",
    "smtp_auth",
)

KNOWN = frozenset(
    {
        *DEFAULTS, *UNSET, *REPEATABLE,
        "listen", "protocol", "server_name", "auth_http_timeout", "timeout", "error_log",
        "imap_capabilities", "imap_client_buffer", "pop3_capabilities", "smtp_capabilities",
        "smtp_client_buffer", "smtp_greeting_delay", "max_errors", "proxy_buffer",
        "proxy_pass_error_message", "proxy_protocol", "proxy_smtp_auth", "proxy_timeout",
        "resolver", "resolver_timeout", "set_real_ip_from", "ssl_certificate_compression", "xclient",
    }
)  # fmt: skip


def _flag(values: tuple[str, ...]) -> tuple[str, ...]:
    (value,) = values
    if value.lower() not in ("on", "off"):
        raise ValueError(f'it must be "on" or "off", not "{value}"')
    return (value.lower(),)


def _one_of(*allowed: str) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    def parse(values: tuple[str, ...]) -> tuple[str, ...]:
        (value,) = values
        if value.lower() not in allowed:
            raise ValueError(f'"{value}" is none of {", ".join(allowed)}')
        return (value.lower(),)

    return parse


def _versions(values: tuple[str, ...]) -> tuple[str, ...]:
    names = {name.lower(): name for name in PROTOCOL_VERSIONS}
    for value in values:
        if value.lower() not in names:
            raise ValueError(f'"{value}" is none of {", ".join(PROTOCOL_VERSIONS)}')
    if not values:
        raise ValueError("it needs at least one version")
    return tuple(dict.fromkeys(names[value.lower()] for value in values))


def _number(values: tuple[str, ...]) -> tuple[str, ...]:
    (value,) = values
    if not (value.isascii() and value.isdigit()):
        raise ValueError(f'"{value}" is not a number')
    return values


def _single(values: tuple[str, ...]) -> tuple[str, ...]:
    (value,) = values
    return (value,)


_PARSERS: dict[str, Callable[[tuple[str, ...]], tuple[str, ...]]] = {
    "ssl": _flag,
    "ssl_prefer_server_ciphers": _flag,
    "ssl_session_tickets": _flag,
    "auth_http_pass_client_cert": _flag,
    "starttls": _one_of("on", "off", "only"),
    "ssl_verify_client": _one_of(*VERIFY_MODES),
    "ssl_verify_depth": _number,
    "ssl_protocols": _versions,
    "ssl_ciphers": _single,
    "ssl_client_certificate": _single,
    "ssl_trusted_certificate": _single,
    "ssl_crl": _single,
    "protocol": _one_of("imap", "pop3", "smtp"),
    "server_name": _single,
    "auth_http": _single,
}


def normalised(directive: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """The values in one spelling. Raises ValueError with a reason when they make no sense."""
    parser = _PARSERS.get(directive)
    if parser is None:
        return values
    try:
        return parser(values)
    except ValueError as error:
        if "unpack" in str(error):
            raise ValueError(f"it takes one value, not {len(values)}") from error
        raise
