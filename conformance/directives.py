"""What the suite knows of nginx's mail directives: names, defaults, the form of their values.

Only what is needed to read claims. Whether nginx would *accept* a configuration
is not decided here; a claim is refused when no value can be made of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from conformance.harness.times import seconds
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

# Set to () when nothing sets them: known to be unset, which is not "unknown".
UNSET = (*FILES, "ssl_conf_command", "auth_http")

# Each occurrence in a block adds to the list; an inherited list is replaced as a whole (of a
# session cache, the part that the server says nothing of stays).
JOINED = (
    "ssl_certificate",
    "ssl_certificate_key",
    "ssl_session_ticket_key",
    "ssl_conf_command",
    "ssl_protocols",
    "ssl_session_cache",
    "auth_http_header",
    "imap_auth",
    "pop3_auth",
    "smtp_auth",
    "imap_capabilities",
    "pop3_capabilities",
    "smtp_capabilities",
    "set_real_ip_from",
    "error_log",
    "listen",
)

# What nginx takes twice in a block without a word; any other it calls a duplicate.
LAST_COUNTS = ("auth_http", "protocol")

SERVER_ONLY = ("listen", "protocol")

KNOWN = frozenset(
    {
        *DEFAULTS, *UNSET, *JOINED, *LAST_COUNTS,
        "server_name", "auth_http_timeout", "timeout", "imap_client_buffer",
        "smtp_client_buffer", "smtp_greeting_delay", "max_errors", "proxy_buffer",
        "proxy_pass_error_message", "proxy_protocol", "proxy_smtp_auth", "proxy_timeout",
        "resolver", "resolver_timeout", "ssl_certificate_compression", "xclient",
    }
)  # fmt: skip


def _one_of(*allowed: str) -> Callable[[str], str]:
    """nginx compares the values of such directives without regard to case."""

    def parse(value: str) -> str:
        if value.lower() not in allowed:
            raise ValueError(f'"{value}" is none of {", ".join(allowed)}')
        return value.lower()

    return parse


def _protocol(value: str) -> str:
    """The one name that nginx takes in lower case only."""
    if value not in ("imap", "pop3", "smtp"):
        raise ValueError(f'"{value}" is none of imap, pop3, smtp')
    return value


def _number(value: str) -> str:
    if not (value.isascii() and value.isdigit()):
        raise ValueError(f'"{value}" is not a number')
    return value


def _text(value: str) -> str:
    return value


_CACHE = re.compile(r"off|none|builtin(:\d+)?|shared:[^:]+:(\d+[kKmM]?)")
_SMALLEST_ZONE = 32_768


def size(value: str) -> int:
    """A size as nginx reads it, in bytes: `32768`, `64k`, `1m`."""
    unit = {"k": 1 << 10, "m": 1 << 20}.get(value[-1:].lower(), 1)
    return int(value.rstrip("kKmM")) * unit


def _time(value: str) -> str:
    seconds((value,))
    return value


def _caches(values: tuple[str, ...]) -> tuple[str, ...]:
    """`off | none | [builtin[:size]] [shared:name:size]`, the zone of 32k at least."""
    if len(values) > 2:
        raise ValueError(f"it takes two values at most, not {len(values)}")
    for value in values:
        found = _CACHE.fullmatch(value)
        if found is None:
            raise ValueError(
                f'"{value}" is none of off, none, builtin, builtin:SIZE, shared:NAME:SIZE'
            )
        if found[2] and size(found[2]) < _SMALLEST_ZONE:
            raise ValueError(f'"{value}" is too small: a zone has 32k at least')
    return values


_flag = _one_of("on", "off")
_version = _one_of(*(name.lower() for name in PROTOCOL_VERSIONS))
_SPELLING = {name.lower(): name for name in PROTOCOL_VERSIONS}

# Directives with exactly one value.
_PARSERS: dict[str, Callable[[str], str]] = {
    "ssl": _flag,
    "ssl_prefer_server_ciphers": _flag,
    "ssl_session_tickets": _flag,
    "auth_http_pass_client_cert": _flag,
    "starttls": _one_of("on", "off", "only"),
    "ssl_verify_client": _one_of(*VERIFY_MODES),
    "ssl_verify_depth": _number,
    "ssl_ciphers": _text,
    "ssl_certificate": _text,
    "ssl_certificate_key": _text,
    "ssl_client_certificate": _text,
    "ssl_trusted_certificate": _text,
    "ssl_crl": _text,
    "ssl_dhparam": _text,
    "ssl_password_file": _text,
    "ssl_session_ticket_key": _text,
    "ssl_session_timeout": _time,
    "ssl_ecdh_curve": _text,
    "protocol": _protocol,
    "server_name": _text,
    "auth_http": _text,
}


def normalised(directive: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """The values in one spelling; () for an empty one, which nginx takes as unset.

    Raises ValueError with a reason when they make no sense.
    """
    if not values:
        raise ValueError("it needs a value")
    if directive == "ssl_protocols":
        return tuple(dict.fromkeys(_SPELLING[_version(value)] for value in values))
    if directive == "ssl_session_cache":
        return _caches(values)
    parser = _PARSERS.get(directive)
    if parser is None:
        return values
    if len(values) > 1:
        raise ValueError(f"it takes one value, not {len(values)}")
    value = parser(values[0])
    return (value,) if value else ()
