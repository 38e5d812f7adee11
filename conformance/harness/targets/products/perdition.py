"""perdition: a process for each listener, IMAP and POP3."""

from __future__ import annotations

from pathlib import Path

from ...endpoint import Protocol, Way
from ...fixtures import fixture
from ..adapter import Brief
from .setup import Argv, Setup, Translator
from .terms import OF_NGINX, VERSIONS, Terms, ciphers_of, curves_of, phrase_of

_PROTOCOLS = {Protocol.IMAP: "IMAP4", Protocol.POP3: "POP3"}
_MODES = {"on": "tls_listen", "only": "tls_listen_force"}
# The only curve that it has.
_CURVE = "prime256v1"
_NEWEST = VERSIONS[-1]


def translate(brief: Brief, program: str, run: Path) -> Setup:
    """A command line for each listener; an empty file stands for the configuration it demands."""
    files = {"empty.conf": ""}
    commands: list[Argv] = []
    answers = []
    for number, wanted in enumerate(brief.listeners):
        terms = Terms(wanted)
        options = _options(terms, run / str(number), files)
        answers.append(terms.answer)
        if terms.obstacles:
            continue
        endpoint = wanted.endpoint
        host, port = brief.back_ends[endpoint.protocol]
        commands.append(
            (
                *(program, "-f", f"{run}/empty.conf", "--no_daemon", "-M", "", "-n"),
                *("-P", _PROTOCOLS[endpoint.protocol], "-u", "root", "-g", "root", "-F", "-"),
                *("-b", f"{endpoint.host}:{endpoint.port}", "-l", str(endpoint.port)),
                *("-s", host, "-p", str(port), "--pid_file", f"{run}/{number}.pid"),
                *options,
            )
        )
    return Setup(files, commands, answers)


def _options(terms: Terms, stem: Path, files: dict[str, str]) -> list[str]:
    """The options that are about TLS."""
    wanted = terms.wanted
    endpoint = wanted.endpoint
    if endpoint.protocol not in _PROTOCOLS:
        terms.cannot("protocol", "it speaks IMAP and POP3 only")
        return []
    terms.leave_all_out(OF_NGINX)
    if not terms.tls:
        return ["--ssl_mode", "none"]
    certificate, key = terms.certificate()
    if not key:
        return []
    mode = _MODES.get(wanted.value("starttls"), "")
    return [
        *("--ssl_mode", "ssl_listen" if endpoint.way is Way.IMPLICIT else mode),
        *("--ssl_cert_file", certificate, "--ssl_key_file", key),
        *_pass_phrase(terms, key, stem, files),
        *_key_exchange(terms, stem, files),
        *_versions(terms),
        *_clients(terms),
        *_sessions(terms),
    ]


def _pass_phrase(terms: Terms, key: str, stem: Path, files: dict[str, str]) -> list[str]:
    """It reads the first line of a file: one with the line that opens the key."""
    phrase = phrase_of(terms.wanted, key)
    if phrase is None:
        return []
    files[f"{stem.name}.pass"] = f"{phrase}\n"
    return ["--ssl_passphrase_file", f"{stem}.pass"]


def _key_exchange(terms: Terms, stem: Path, files: dict[str, str]) -> list[str]:
    """It starts only with a DH group: where none is claimed, its ciphers have no use for it."""
    wanted = terms.wanted
    if curves_of(wanted) not in ("", _CURVE):
        terms.cannot("ssl_ecdh_curve", f"it has {_CURVE} only")
    if terms.range()[1] == _NEWEST or "ECDHE" in wanted.value("ssl_ciphers"):
        terms.do("ssl_ecdh_curve", _CURVE)
    else:
        terms.leave_out("ssl_ecdh_curve", "no curve is used with these ciphers")
    group = wanted.value("ssl_dhparam")
    if not group:
        group = f"{stem.parent}/dhparam.pem"
        files["dhparam.pem"] = fixture("dhparam.pem").read_text()
    server_first = wanted.value("ssl_prefer_server_ciphers") == "on"
    return [
        *("--ssl_dh_params_file", group, "--ssl_listen_ciphers", ciphers_of(wanted)),
        *([] if server_first else ["--ssl_no_cipher_server_preference"]),
    ]


def _versions(terms: Terms) -> list[str]:
    low, high = terms.range()
    most = [] if high == _NEWEST else ["--ssl_listen_max_proto_version", high.lower()]
    if low == _NEWEST:
        terms.cannot("ssl_protocols", f"it has no name for {_NEWEST} alone")
    return ["--ssl_listen_min_proto_version", low.lower(), *most]


def _clients(terms: Terms) -> list[str]:
    wanted = terms.wanted
    if not wanted.asks:
        return ["--ssl_no_client_cert_verify"]
    verify = wanted.value("ssl_verify_client")
    if verify != "optional":
        terms.cannot("ssl_verify_client", f"it has no mode like {verify}")
    if wanted.values("ssl_crl"):
        terms.cannot("ssl_crl", "it looks at no CRL")
    if wanted.values("ssl_trusted_certificate"):
        terms.cannot("ssl_trusted_certificate", "it takes one file of CAs")
    ca = wanted.value("ssl_client_certificate")
    if not ca:
        terms.cannot("ssl_client_certificate", "it has a file of CAs, or all of the system's")
        return []
    # It names none of them to clients.
    terms.do("ssl_client_certificate")
    terms.do("ssl_trusted_certificate", ca)
    # Where nginx counts intermediates, it counts the root, too.
    depth = int(wanted.value("ssl_verify_depth")) + 1
    return ["--ssl_ca_file", ca, "--ssl_cert_verify_depth", str(depth)]


def _sessions(terms: Terms) -> list[str]:
    terms.sessions_are_its_own("ssl_session_cache", "ssl_session_timeout")
    if terms.wanted.values("ssl_session_ticket_key"):
        terms.sessions_are_its_own("ssl_session_ticket_key")
    if terms.wanted.value("ssl_session_tickets") != "on":
        terms.leave_out("ssl_session_tickets", "it always gives tickets")
    return []


TRANSLATOR = Translator("perdition", ("perdition",), "perdition", ("--version",), translate)
