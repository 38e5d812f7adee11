"""exim (GnuTLS, as Debian builds it): SMTP, a daemon for each listener.

It is no proxy: it takes mail for the back end and hands it on. So who logs in stays with it, and
what is said inside TLS is its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ...endpoint import Protocol, Way
from ..adapter import Brief
from .setup import Argv, Setup, Translator
from .terms import OF_NGINX, Terms, curves_of, joined, phrase_of, versions_of

_GNUTLS_VERSIONS = {
    "TLSv1": "TLS1.0", "TLSv1.1": "TLS1.1", "TLSv1.2": "TLS1.2", "TLSv1.3": "TLS1.3",
}  # fmt: skip
_CURVES = {
    "prime256v1": "SECP256R1", "secp384r1": "SECP384R1", "secp521r1": "SECP521R1",
    "X25519": "X25519", "X448": "X448", "ffdhe2048": "FFDHE2048",
}  # fmt: skip


def translate(brief: Brief, program: str, run: Path) -> Setup:
    """An exim.conf for each listener, with a spool of its own."""
    files: dict[str, str] = {}
    commands: list[Argv] = []
    answers = []
    for number, wanted in enumerate(brief.listeners):
        terms = Terms(wanted)
        settings = _settings(terms, number, run, files)
        answers.append(terms.answer)
        if terms.obstacles:
            continue
        conf = f"{number}/exim.conf"
        files[conf] = _configuration(brief, terms, run / str(number), settings)
        commands.append((program, "-C", f"{run}/{conf}", "-bdf"))
    return Setup(files, commands, answers, owner="Debian-exim")


def _settings(terms: Terms, number: int, run: Path, files: dict[str, str]) -> list[str]:
    """The main options that are about TLS."""
    wanted = terms.wanted
    if not terms.speaks(Protocol.SMTP):
        return []
    terms.leave_all_out(OF_NGINX)
    if not terms.tls:
        return ["tls_advertise_hosts ="]
    keys = wanted.values("ssl_certificate_key")
    if any(phrase_of(wanted, key) is not None for key in keys):
        terms.cannot("ssl_password_file", "it reads pass-phrases from no file")
        return []
    implicit = wanted.endpoint.way is Way.IMPLICIT

    def copied(name: str, *paths: str) -> str:
        """A file that it reads when it is no longer root."""
        files[f"{number}/{name}"] = joined(*paths)
        return f"{run}/{number}/{name}"

    certificates = [
        copied(f"{n}.pem", path) for n, path in enumerate(wanted.values("ssl_certificate"))
    ]
    secret = [copied(f"{n}.key", key) for n, key in enumerate(keys)]
    group = wanted.value("ssl_dhparam")
    return [
        "tls_advertise_hosts = *",
        *([f"tls_on_connect_ports = {wanted.endpoint.port}"] if implicit else []),
        f"tls_certificate = {' : '.join(certificates)}",
        f"tls_privatekey = {' : '.join(secret)}",
        f"tls_require_ciphers = {_priority(terms)}",
        f"tls_dhparam = {copied('group.pem', group) if group else 'none'}",
        *_clients(terms, copied),
        *_sessions(terms),
    ]


def _priority(terms: Terms) -> str:
    """GnuTLS's words for versions, curves and preference; its words for ciphers are its own."""
    wanted = terms.wanted
    terms.leave_out("ssl_ciphers", "its lists of ciphers are GnuTLS's, ours are OpenSSL's")
    words = ["NORMAL", "-VERS-ALL", *(f"+VERS-{_GNUTLS_VERSIONS[v]}" for v in versions_of(wanted))]
    curves = [name for name in curves_of(wanted).split(":") if name]
    if unknown := [name for name in curves if name not in _CURVES]:
        terms.cannot("ssl_ecdh_curve", f"GnuTLS has no {unknown[0]}")
    elif curves:
        words += ["-GROUP-ALL", *(f"+GROUP-{_CURVES[name]}" for name in curves)]
    if not wanted.value("ssl_dhparam"):
        words.append("-DHE-RSA")
    if wanted.value("ssl_prefer_server_ciphers") == "on":
        words.append("%SERVER_PRECEDENCE")
    return ":".join(words)


def _clients(terms: Terms, copied: Callable[..., str]) -> list[str]:
    wanted = terms.wanted
    if not wanted.asks:
        return []
    if wanted.value("ssl_verify_client") != "on":
        terms.cannot("ssl_verify_client", "it demands a valid certificate, or lets in any")
    ca = terms.one_ca_file()
    if terms.obstacles:
        return []
    terms.depth_unlimited()
    crl = wanted.value("ssl_crl")
    return [
        "tls_verify_hosts = *",
        f"tls_verify_certificates = {copied('ca.pem', ca)}",
        *([f"tls_crl = {copied('crl.pem', crl)}"] if crl else []),
    ]


def _sessions(terms: Terms) -> list[str]:
    terms.sessions_are_its_own("ssl_session_cache", "ssl_session_timeout")
    if terms.wanted.values("ssl_session_ticket_key"):
        terms.sessions_are_its_own("ssl_session_ticket_key")
    tickets = terms.wanted.value("ssl_session_tickets") == "on"
    return ["tls_resumption_hosts = *"] if tickets else []


def _configuration(brief: Brief, terms: Terms, home: Path, settings: Sequence[str]) -> str:
    endpoint, starttls = terms.wanted.endpoint, terms.wanted.value("starttls")
    secured = starttls == "only" and endpoint.way is Way.STARTTLS
    host, port = brief.back_ends[Protocol.SMTP]
    lines = [
        *("exim_user = Debian-exim", "exim_group = Debian-exim", "keep_environment ="),
        f"spool_directory = {home}/spool",
        f"log_file_path = {home}/%slog",
        f"pid_file_path = {home}/exim.pid",
        "primary_hostname = localhost",
        f"daemon_smtp_ports = {endpoint.port}",
        f"local_interfaces = <; {endpoint.host}",
        *("host_lookup =", "rfc1413_query_timeout = 0s", "smtp_accept_max = 0"),
        "auth_advertise_hosts = " + ("${if eq{$tls_in_cipher}{}{}{*}}" if secured else "*"),
        *("acl_smtp_mail = logged_in", "acl_smtp_rcpt = logged_in", "acl_smtp_data = logged_in"),
        *settings,
        *("begin acl", "logged_in:", "deny !authenticated = *", "accept"),
        *("begin authenticators", *_authenticators(brief, terms)),
        *("begin routers", "all:", "driver = manualroute", f"route_list = * {host}::{port}"),
        *("self = send", "transport = relay"),
        *("begin transports", "relay:", "driver = smtp", "hosts_avoid_tls = *"),
        *("begin retry", "* * F,1h,1m"),
    ]
    return "".join(f"{line}\n" for line in lines)


def _authenticators(brief: Brief, terms: Terms) -> list[str]:
    """Anybody with the one password, whose name is not one of those that are always refused."""
    ways = terms.wanted.values("smtp_auth") or ("plain", "login")

    def let_in(user: str, password: str) -> str:
        return (
            f"server_condition = ${{if and{{{{eq{{{password}}}{{{brief.password}}}}}"
            f"{{!match{{{user}}}{{^{brief.denied}}}}}}}}}"
        )

    plain = ("plain:", "driver = plaintext", "public_name = PLAIN", "server_prompts = :")
    login = ("login:", "driver = plaintext", "public_name = LOGIN")
    prompts = "server_prompts = Username:: : Password::"
    cram = ("cram:", "driver = cram_md5", "public_name = CRAM-MD5")
    lines: list[str] = []
    if "plain" in ways:
        lines += [*plain, let_in("$auth2", "$auth3"), "server_set_id = $auth2"]
    if "login" in ways:
        lines += [*login, prompts, let_in("$auth1", "$auth2"), "server_set_id = $auth1"]
    if "cram-md5" in ways:
        lines += [*cram, f"server_secret = {brief.password}", "server_set_id = $auth1"]
    return lines


TRANSLATOR = Translator(
    "exim", ("exim4", "exim"), "exim4-daemon-light", ("-bV",), translate, needs_root=True
)
