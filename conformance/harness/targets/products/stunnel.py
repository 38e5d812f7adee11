"""stunnel: a service for each listener, in one process."""

from __future__ import annotations

from pathlib import Path

from ...endpoint import Way
from ...times import seconds
from ..adapter import Brief
from .setup import Setup, Translator
from .terms import (
    VERSIONS,
    Terms,
    ciphers_of,
    curves_of,
    joined,
    lowest_level,
    versions_of,
)

_VERIFY = {
    "off": (),
    "on": ("verifyChain = yes", "requireCert = yes"),
    "optional": ("verifyChain = yes", "requireCert = no"),
}


def translate(brief: Brief, program: str, run: Path) -> Setup:
    """stunnel.conf, and each certificate in a file with its DH group."""
    files = {"stunnel.conf": ""}
    lines = ["foreground = yes", f"pid = {run}/stunnel.pid", "debug = notice", "syslog = no"]
    answers = []
    for wanted in brief.listeners:
        terms = Terms(wanted)
        pem = f"{wanted.name.replace('/', '_')}.pem"
        service = _service(terms, run / pem)
        answers.append(terms.answer)
        if terms.obstacles:
            continue
        endpoint = wanted.endpoint
        host, port = brief.back_ends[endpoint.protocol]
        files[pem] = joined(wanted.value("ssl_certificate"), wanted.value("ssl_dhparam"))
        lines += [
            "",
            f"[{wanted.name}]",
            f"accept = {endpoint.host}:{endpoint.port}",
            f"connect = {host}:{port}",
            *([f"protocol = {endpoint.protocol}"] if endpoint.way is Way.STARTTLS else []),
            *service,
        ]
    files["stunnel.conf"] = "".join(f"{line}\n" for line in lines)
    return Setup(files, [(program, f"{run}/stunnel.conf")], answers)


def _service(terms: Terms, pem: Path) -> list[str]:
    """The lines of a service that are about TLS."""
    wanted = terms.wanted
    if not terms.tls:
        terms.cannot("starttls", "without TLS it is of no use")
        return []
    _, key = terms.certificate()
    if not key:
        return []
    terms.open_key(key)
    terms.pass_on()
    if wanted.endpoint.way is Way.STARTTLS:
        terms.do("starttls", "only")
    server_first = "" if wanted.value("ssl_prefer_server_ciphers") == "on" else "-"
    curves = curves_of(wanted)
    return [
        f"cert = {pem}",
        f"key = {key}",
        f"ciphers = {ciphers_of(wanted)}",
        *_versions(terms),
        *(["securityLevel = 0"] if lowest_level(wanted) else []),
        *([f"curves = {curves}"] if curves else []),
        f"options = {server_first}CIPHER_SERVER_PREFERENCE",
        *_clients(terms),
        *_sessions(terms),
    ]


def _versions(terms: Terms) -> list[str]:
    listed = versions_of(terms.wanted)
    low, high = VERSIONS.index(listed[0]), VERSIONS.index(listed[-1])
    gaps = [v for v in VERSIONS[low:high] if v not in listed]
    return [
        f"sslVersionMin = {listed[0]}",
        f"sslVersionMax = {listed[-1]}",
        *(f"options = NO_{version.replace('.', '_')}" for version in gaps),
    ]


def _clients(terms: Terms) -> list[str]:
    wanted = terms.wanted
    verify = wanted.value("ssl_verify_client") or "off"
    if verify == "optional_no_ca":
        terms.cannot("ssl_verify_client", "a certificate that it asks for has to be valid")
        return []
    if not wanted.asks:
        return []
    terms.depth_unlimited()
    crl = wanted.value("ssl_crl")
    revoking = [f"CRLfile = {crl}"] if crl else []
    return [*_VERIFY[verify], f"CAfile = {terms.one_ca_file()}", *revoking]


def _sessions(terms: Terms) -> list[str]:
    """Each service has a cache of its own in the one process, and keys of its own for tickets."""
    wanted = terms.wanted
    if wanted.values("ssl_session_ticket_key"):
        terms.leave_out("ssl_session_ticket_key", "the name of a ticket's key cannot be set")
    caches = wanted.values("ssl_session_cache")
    tickets = [] if wanted.value("ssl_session_tickets") == "on" else ["options = NO_TICKET"]
    if caches == ("none",):
        terms.leave_out("ssl_session_cache", "it keeps sessions, or refuses them")
    elif caches == ("off",):
        return [*tickets, "sessionResume = no"]
    else:
        terms.do("ssl_session_cache", "builtin")
    return [*tickets, f"sessionCacheTimeout = {seconds(wanted.values('ssl_session_timeout'))}"]


TRANSLATOR = Translator("stunnel", ("stunnel4", "stunnel"), "stunnel4", ("-version",), translate)
