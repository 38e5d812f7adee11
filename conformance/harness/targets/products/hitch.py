"""hitch: implicit TLS in front of the back end, a process for each listener."""

from __future__ import annotations

from pathlib import Path

from ...endpoint import Way
from ..adapter import Brief, Wanted
from .setup import Argv, Setup, Translator
from .terms import (
    Terms,
    ciphers_of,
    curves_of,
    joined,
    versions_of,
)

_SPELLING = {"TLSv1": "TLSv1.0"}
_VERIFY = {"on": "required", "optional": "optional"}


def translate(brief: Brief, program: str, run: Path) -> Setup:
    """A configuration and a PEM file for each listener: a process has one back end."""
    files: dict[str, str] = {}
    commands: list[Argv] = []
    answers = []
    for number, wanted in enumerate(brief.listeners):
        terms = Terms(wanted)
        settings = _settings(terms)
        answers.append(terms.answer)
        if terms.obstacles:
            continue
        host, port = brief.back_ends[wanted.endpoint.protocol]
        pem, conf = f"{number}.pem", f"{number}.conf"
        files[pem] = joined(
            wanted.value("ssl_certificate_key"),
            wanted.value("ssl_certificate"),
            wanted.value("ssl_dhparam"),
        )
        place = _place(wanted, run / pem)
        lines = [place, f'backend = "[{host}]:{port}"', *settings]
        files[conf] = "".join(f"{line}\n" for line in lines)
        commands.append((program, f"--config={run}/{conf}"))
    return Setup(files, commands, answers)


def _place(wanted: Wanted, pem: Path) -> str:
    endpoint = wanted.endpoint
    return (
        f'frontend = {{ host = "{endpoint.host}" port = "{endpoint.port}" pem-file = "{pem}" }}\n'
        'workers = 1\ndaemon = off\nuser = "root"\nocsp-dir = ""\nlog-level = 1'
    )


def _settings(terms: Terms) -> list[str]:
    """The lines that are about TLS."""
    wanted = terms.wanted
    if wanted.endpoint.way is not Way.IMPLICIT:
        terms.cannot("starttls", "it has implicit TLS only")
        return []
    _, key = terms.certificate()
    if not key:
        return []
    terms.open_key(key)
    terms.pass_on()
    terms.sessions_are_its_own("ssl_session_cache", "ssl_session_timeout")
    if wanted.value("ssl_session_tickets") != "on":
        terms.leave_out("ssl_session_tickets", "it always gives tickets")
    if wanted.values("ssl_session_ticket_key"):
        terms.sessions_are_its_own("ssl_session_ticket_key")
    curves = curves_of(wanted)
    versions = " ".join(_SPELLING.get(v, v) for v in versions_of(wanted))
    server_first = "on" if wanted.value("ssl_prefer_server_ciphers") == "on" else "off"
    return [
        f'ciphers = "{ciphers_of(wanted)}"',
        f"tls-protos = {versions}",
        f"prefer-server-ciphers = {server_first}",
        *([f'ecdh-curve = "{curves}"'] if curves else []),
        *_clients(terms),
    ]


def _clients(terms: Terms) -> list[str]:
    wanted = terms.wanted
    if not wanted.asks:
        return []
    verify = wanted.value("ssl_verify_client")
    if verify not in _VERIFY:
        terms.cannot("ssl_verify_client", "a certificate that it asks for has to be valid")
    if wanted.values("ssl_crl"):
        terms.cannot("ssl_crl", "it looks at no CRL")
    ca = terms.one_ca_file()
    terms.depth_unlimited()
    return [f"client-verify = {_VERIFY.get(verify, '')}", f'client-verify-ca = "{ca}"']


TRANSLATOR = Translator("hitch", ("hitch",), "hitch", ("--version",), translate)
