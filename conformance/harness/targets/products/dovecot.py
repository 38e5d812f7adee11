"""dovecot as a proxy: an instance for each set of listeners that have the same settings.

What dovecot can set for TLS it sets for a whole instance, so listeners that differ in it are
served by instances of their own. Who is let in is a static passdb, which sends everybody on to
the back end.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...endpoint import Protocol, Way
from ..adapter import Brief, Wanted
from .setup import Argv, Setup, Translator
from .terms import OF_NGINX, Terms, ciphers_of, curves_of, joined, phrase_of, versions_of

_SERVICES = {
    Protocol.IMAP: ("imap", "imap-login"),
    Protocol.POP3: ("pop3", "pop3-login"),
    Protocol.SMTP: ("submission", "submission-login"),
}
_MOST_CERTIFICATES = 2
_ENCRYPTED = {"on": "yes", "only": "required", "off": "no"}
_DEFAULT_WAYS = ("plain",)

Settings = tuple[tuple[str, str], ...]


def translate(brief: Brief, program: str, run: Path) -> Setup:
    """One dovecot.conf for each set of listeners."""
    instances: dict[tuple[Protocol, Settings], list[Wanted]] = {}
    answers = []
    files: dict[str, str] = {}
    for wanted in brief.listeners:
        terms = Terms(wanted)
        settings = tuple(_settings(terms, run, files))
        answers.append(terms.answer)
        if not terms.obstacles:
            instances.setdefault((wanted.endpoint.protocol, settings), []).append(wanted)
    commands: list[Argv] = []
    for number, ((_, settings), listeners) in enumerate(instances.items()):
        home = run / str(number)
        files[f"{number}/dovecot.conf"] = _configuration(brief, home, settings, listeners)
        commands.append((program, "-F", "-c", f"{home}/dovecot.conf"))
    return Setup(files, commands, answers)


def _settings(terms: Terms, run: Path, files: dict[str, str]) -> Settings:
    """What belongs to the whole instance."""
    wanted = terms.wanted
    terms.leave_all_out(OF_NGINX)
    ways = wanted.values(f"{wanted.endpoint.protocol}_auth") or _DEFAULT_WAYS
    mechanisms = dict.fromkeys(way for way in ways if way != "none")
    found: list[tuple[str, str]] = [("auth_mechanisms", " ".join(mechanisms))]
    starttls = _starttls(terms)
    found.append(("ssl", _ENCRYPTED[starttls]))
    found.append(("disable_plaintext_auth", "yes" if starttls == "only" else "no"))
    if not terms.tls:
        return tuple(found)
    return (
        *found,
        *_certificates(terms),
        *_handshake(terms),
        *_clients(terms, run, files),
        *_sessions(terms),
    )


def _starttls(terms: Terms) -> str:
    """The claim; but where certificates are demanded they are so in clear, where there is none."""
    wanted = terms.wanted
    claimed = wanted.value("starttls") or "off"
    if wanted.endpoint.way is Way.IMPLICIT:
        return "on"
    if claimed == "on" and wanted.value("ssl_verify_client") == "on":
        terms.do("starttls", "only")
        return "only"
    return claimed


def _certificates(terms: Terms) -> Settings:
    wanted = terms.wanted
    certificates, keys = wanted.values("ssl_certificate"), wanted.values("ssl_certificate_key")
    if len(certificates) > _MOST_CERTIFICATES:
        terms.cannot("ssl_certificate", "it serves two certificates at most")
        return ()
    found = []
    for prefix, certificate, key in zip(("ssl_", "ssl_alt_"), certificates, keys, strict=False):
        found += [(f"{prefix}cert", f"<{certificate}"), (f"{prefix}key", f"<{key}")]
    phrases = {phrase for key in keys if (phrase := phrase_of(wanted, key)) is not None}
    if len(phrases) > 1:
        terms.cannot("ssl_password_file", "it has one pass-phrase for all keys")
    return (*found, *(("ssl_key_password", phrase) for phrase in phrases))


def _handshake(terms: Terms) -> Settings:
    wanted = terms.wanted
    versions = versions_of(wanted)
    low, high = terms.range()
    if high != "TLSv1.3":
        terms.cannot("ssl_protocols", "it has no highest version")
    curves, group = curves_of(wanted), wanted.value("ssl_dhparam")
    server_first = "yes" if wanted.value("ssl_prefer_server_ciphers") == "on" else "no"
    return (
        ("ssl_min_protocol", low if versions else ""),
        ("ssl_cipher_list", ciphers_of(wanted)),
        ("ssl_prefer_server_ciphers", server_first),
        *([("ssl_curve_list", curves)] if curves else []),
        *([("ssl_dh", f"<{group}")] if group else []),
    )


def _clients(terms: Terms, run: Path, files: dict[str, str]) -> Settings:
    wanted = terms.wanted
    verify = wanted.value("ssl_verify_client")
    if not wanted.asks:
        return ()
    if verify == "optional":
        terms.cannot("ssl_verify_client", "it lets in who brings an invalid certificate")
        return ()
    ca, crl = terms.one_ca_file(), wanted.value("ssl_crl")
    if crl and verify == "optional_no_ca":
        terms.cannot("ssl_crl", "where it demands no certificate it lets in who is revoked, too")
    if terms.obstacles:
        return ()
    terms.depth_unlimited()
    name = f"{wanted.name}.ca".replace("/", "_")
    if crl:
        files[name] = joined(ca, crl)
    return (
        ("ssl_ca", f"<{run / name if crl else ca}"),
        ("ssl_require_crl", "yes" if crl else "no"),
        ("ssl_verify_client_cert", "yes"),
        ("auth_ssl_require_client_cert", "yes" if verify == "on" else "no"),
    )


def _sessions(terms: Terms) -> Settings:
    terms.sessions_are_its_own("ssl_session_cache", "ssl_session_timeout")
    if terms.wanted.values("ssl_session_ticket_key"):
        terms.sessions_are_its_own("ssl_session_ticket_key")
    tickets = terms.wanted.value("ssl_session_tickets") == "on"
    return () if tickets else (("ssl_options", "no_ticket"),)


def _configuration(
    brief: Brief, home: Path, settings: Settings, listeners: Sequence[Wanted]
) -> str:
    """An instance for one protocol."""
    protocol = listeners[0].endpoint.protocol
    name, login = _SERVICES[protocol]
    lines = [
        f"base_dir = {home}/run",
        f"state_dir = {home}/state",
        "log_path = /dev/stderr",
        f"protocols = {name}",
        f"listen = {listeners[0].endpoint.host}",
        "hostname = localhost",
        f"mail_location = maildir:{home}/mail",
        "login_trusted_networks =",
        "auth_failure_delay = 0",
        *(f"{setting} = {value}" for setting, value in settings),
        *_users(brief, protocol),
        # Whoever failed before would be kept waiting, for up to 15 s.
        *("service anvil {", "unix_listener anvil-auth-penalty {", "mode = 0", "}", "}"),
        *_login(name, login, listeners),
    ]
    return "".join(f"{line}\n" for line in lines)


def _users(brief: Brief, protocol: Protocol) -> list[str]:
    """Anybody with the one password, whose name is not one of those that are always refused."""
    host, port = brief.back_ends[protocol]
    password = brief.password
    return [
        *("passdb {", "driver = static", f"username_filter = !{brief.denied}*"),
        f"args = password={{PLAIN}}{password} proxy=y host={host} port={port} pass={password}",
        *("}", "userdb {", "driver = static", "args = uid=root gid=root home=/nonexistent", "}"),
    ]


def _login(name: str, service: str, listeners: Sequence[Wanted]) -> list[str]:
    """The service that faces clients: one process takes all of them, so that its tickets hold."""
    lines = [
        *(f"service {service} {{", "chroot =", "service_count = 0", "process_limit = 1"),
        *("process_min_avail = 1", "client_limit = 1000"),
        *(f"inet_listener {name} {{", "port = 0", "}"),
        *(f"inet_listener {name}s {{", "port = 0", "}"),
    ]
    for number, wanted in enumerate(listeners):
        endpoint = wanted.endpoint
        ssl = "yes" if endpoint.way is Way.IMPLICIT else "no"
        place = (f"address = {endpoint.host}", f"port = {endpoint.port}", f"ssl = {ssl}")
        lines += [f"inet_listener l{number} {{", *place, "}"]
    return [*lines, "}"]


TRANSLATOR = Translator(
    "dovecot",
    ("dovecot",),
    "dovecot-imapd dovecot-pop3d dovecot-submissiond",
    ("--version",),
    translate,
    needs_root=True,
)
