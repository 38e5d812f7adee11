"""haproxy: implicit TLS in front of the back end, a process for each kind of session cache."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from ...endpoint import Way
from ...times import seconds
from ..adapter import Brief, Wanted
from .setup import Argv, Setup, Translator
from .terms import (
    Terms,
    ciphers_of,
    curves_of,
    joined,
)

_GLOBAL = "global\n  maxconn 2000\n  nbthread 1\n"
_DEFAULTS = (
    "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n"
)
# What nginx lets pass as no fault of a certificate under optional_no_ca: OpenSSL's numbers.
_ISSUER_UNKNOWN = "18,19,20,21"
_TICKET_KEY = 80

# Seconds that sessions last, and the name of the cache: "" where there is none.
Cache = tuple[int, str]


def translate(brief: Brief, program: str, run: Path) -> Setup:
    """A configuration for each cache, and the certificates with their keys in one file."""
    processes: dict[Cache, list[str]] = {}
    files: dict[str, str] = {}
    answers = []
    for number, wanted in enumerate(brief.listeners):
        terms = Terms(wanted)
        bind = _bind(terms, run / str(number), files)
        answers.append(terms.answer)
        if terms.obstacles:
            continue
        endpoint = wanted.endpoint
        host, port = brief.back_ends[endpoint.protocol]
        processes.setdefault(_cache(wanted), []).append(
            f"listen l{number}\n  bind {endpoint.host}:{endpoint.port} ssl {' '.join(bind)}\n"
            f"  server b {host}:{port}\n"
        )
    commands: list[Argv] = []
    for number, ((lasts, name), sections) in enumerate(processes.items()):
        size = 20000 if name else 0
        tuned = f"  tune.ssl.cachesize {size}\n  tune.ssl.lifetime {lasts}\n"
        files[f"haproxy-{number}.cfg"] = _GLOBAL + tuned + _DEFAULTS + "".join(sections)
        commands.append((program, "-db", "-f", f"{run}/haproxy-{number}.cfg"))
    return Setup(files, commands, answers)


def _bind(terms: Terms, stem: Path, files: dict[str, str]) -> list[str]:
    """The words of a `bind` line that are about TLS."""
    wanted = terms.wanted
    if wanted.endpoint.way is not Way.IMPLICIT:
        terms.cannot("starttls", "it has implicit TLS only")
        return []
    terms.pass_on()
    low, high = terms.range()
    curves = curves_of(wanted)
    return [
        *_certificate(terms, stem, files),
        f"ciphers {ciphers_of(wanted)}",
        f"ssl-min-ver {_version(low)} ssl-max-ver {_version(high)}",
        *([f"curves {curves}"] if curves else []),
        *([] if wanted.value("ssl_prefer_server_ciphers") == "on" else ["prefer-client-ciphers"]),
        *_clients(terms),
        *_tickets(terms, stem, files),
    ]


def _version(name: str) -> str:
    """nginx says TLSv1 where haproxy says TLSv1.0."""
    return "TLSv1.0" if name == "TLSv1" else name


def _certificate(terms: Terms, stem: Path, files: dict[str, str]) -> list[str]:
    """Key, certificate and group in one file."""
    certificate, key = terms.certificate("of several it serves the first to who names no server")
    if key:
        terms.open_key(key)
        files[f"{stem.name}.pem"] = joined(certificate, key, terms.wanted.value("ssl_dhparam"))
    return [f"crt {stem}.pem"]


def _clients(terms: Terms) -> list[str]:
    wanted = terms.wanted
    if not wanted.asks:
        return []
    terms.depth_unlimited()
    named, trusted = wanted.value("ssl_client_certificate"), wanted.value("ssl_trusted_certificate")
    if not named:
        terms.cannot("ssl_client_certificate", "it asks for certificates of named CAs only")
        return []
    verify = wanted.value("ssl_verify_client")
    crl = wanted.value("ssl_crl")
    if crl and verify == "optional_no_ca":
        terms.cannot("ssl_crl", "where it looks at CRLs it lets in nobody of whose CA it has none")
    anybody = f"ca-ignore-err {_ISSUER_UNKNOWN} crt-ignore-err {_ISSUER_UNKNOWN}"
    return [
        f"verify {'required' if verify == 'on' else 'optional'} ca-file {named}",
        *([f"ca-verify-file {trusted}"] if trusted else []),
        *([f"crl-file {crl}"] if crl else []),
        *([anybody] if verify == "optional_no_ca" else []),
    ]


def _tickets(terms: Terms, stem: Path, files: dict[str, str]) -> list[str]:
    """It encrypts with the last key but one of its file, and wants three."""
    wanted = terms.wanted
    if wanted.values("ssl_session_cache") == ("none",):
        terms.leave_out("ssl_session_cache", "it keeps sessions, or gives them no name")
    if wanted.value("ssl_session_tickets") != "on":
        return ["no-tls-tickets"]
    keys = [Path(name).read_bytes() for name in wanted.values("ssl_session_ticket_key")]
    if not keys:
        return []
    size = len(keys[0])
    if len(keys) > 2 or {len(key) for key in keys} != {size}:
        terms.leave_out("ssl_session_ticket_key", "it takes two keys of one size at most")
        return []
    first, *older = [_reordered(key) for key in keys]
    before = older[0] if older else os.urandom(size)
    lines = [base64.b64encode(key).decode() for key in (before, first, os.urandom(size))]
    files[f"{stem.name}.tickets"] = "".join(f"{line}\n" for line in lines)
    return [f"tls-ticket-keys {stem}.tickets"]


def _reordered(key: bytes) -> bytes:
    """nginx's 80 bytes are a name, a key for HMAC and one for AES; here the last two change."""
    return key[:16] + key[48:] + key[16:48] if len(key) == _TICKET_KEY else key


def _cache(wanted: Wanted) -> Cache:
    """A zone that listeners share is one process's; any other cache is a process of its own."""
    lasts = seconds(wanted.values("ssl_session_timeout"))
    caches = wanted.values("ssl_session_cache")
    shared = next((x for x in caches if x.startswith("shared:")), "")
    if shared:
        return lasts, shared
    return lasts, "" if caches in (("off",), ("none",)) else wanted.name


TRANSLATOR = Translator("haproxy", ("haproxy",), "haproxy", ("-v",), translate)
