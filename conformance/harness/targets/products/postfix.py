"""Postfix: SMTP, one instance with a service for each listener.

It is no proxy: it takes mail for the back end and hands it on. So who logs in stays with it, and
what is said inside TLS is its own. Whom it lets in it asks an auth service, which is ours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ...endpoint import Protocol, Way
from ..adapter import Brief, Wanted
from .sasl import AuthService
from .setup import Setup, Translator
from .terms import OF_NGINX, Terms, ciphers_of, curves_of, joined, lowest_level, versions_of

_LEVELS = {"on": "may", "only": "encrypt", "off": "none"}
_DEFAULT_WAYS = ("plain", "login")
# Two accounts that every system has: those of the package are there where it is installed alone.
_OWNER, _GROUP = "daemon", "mail"
_LEVEL = ":@SECLEVEL=2"
# What OpenSSL takes by default: Postfix has no word for that.
_CURVES = "X25519:prime256v1:X448:secp521r1:secp384r1"
_QUEUES = (
    *("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop"),
    *("private", "public", "saved", "trace"),
)
_SERVICES = (
    *("cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr"),
    *("rewrite unix - - n - - trivial-rewrite", "proxymap unix - - n - - proxymap"),
    *("bounce unix - - n - 0 bounce", "defer unix - - n - 0 bounce", "trace unix - - n - 0 bounce"),
    *("smtp unix - - n - - smtp", "error unix - - n - - error", "anvil unix - - n - 1 anvil"),
    "postlog unix-dgram n - n - 1 postlogd",
    "tlsmgr unix - - n 1000? 1 tlsmgr",
    "tlsmgr-caching unix - - n 1000? 1 tlsmgr"
    " -o smtpd_tls_session_cache_database=btree:$data_directory/sessions",
)
Settings = list[tuple[str, str]]


def translate(brief: Brief, program: str, run: Path) -> Setup:
    """main.cf with what all services have in common, master.cf with what each has of its own."""
    files: dict[str, str] = {}
    answers = []
    services: list[str] = []
    logins: dict[str, tuple[str, ...]] = {}
    for number, wanted in enumerate(brief.listeners):
        terms = Terms(wanted)
        settings = [*_tls(terms, run / f"{number}.pem", files), *_login(terms, logins)]
        answers.append(terms.answer)
        if not terms.obstacles:
            services.append(_service(wanted, settings))
    files["etc/main.cf"] = _main(brief, program, run)
    files["etc/master.cf"] = "".join(f"{line}\n" for line in (*services, *_SERVICES))
    return Setup(
        files,
        [(str(_daemons(program) / "master"), "-c", f"{run}/etc", "-d")],
        answers,
        directories={
            "spool": "root", "spool/pid": "root", "data": _OWNER,
            **{f"spool/{name}": _OWNER for name in _QUEUES},
        },
        beside=[
            AuthService(run / "spool" / path, offered, brief.password, brief.denied).serving()
            for path, offered in logins.items()
        ],
    )  # fmt: skip


def _service(wanted: Wanted, settings: Sequence[tuple[str, str]]) -> str:
    """The lines of master.cf that are a listener's; a `$` in them would name a parameter."""
    options = "".join(
        f"\n  -o {{ {name} = {value.replace('$', '$$')} }}" for name, value in settings
    )
    return f"{wanted.endpoint.host}:{wanted.endpoint.port} inet n - n - 0 smtpd{options}"


def _tls(terms: Terms, pem: Path, files: dict[str, str]) -> Settings:
    wanted = terms.wanted
    if not terms.speaks(Protocol.SMTP):
        return []
    terms.leave_all_out(OF_NGINX)
    if not terms.tls:
        return [("smtpd_tls_security_level", "none")]
    implicit = wanted.endpoint.way is Way.IMPLICIT
    if wanted.value("ssl_verify_client") == "on" and not implicit:
        # Where TLS is left to the client it demands no certificate.
        terms.do("starttls", "only")
        level = "encrypt"
    else:
        level = "encrypt" if implicit else _LEVELS[wanted.value("starttls")]
    return [
        ("smtpd_tls_wrappermode", "yes" if implicit else "no"),
        ("smtpd_tls_security_level", level),
        *_certificates(terms, pem, files),
        *_handshake(terms),
        *_clients(terms),
        *_sessions(terms),
    ]


def _certificates(terms: Terms, pem: Path, files: dict[str, str]) -> Settings:
    """One file with each key before its certificate; nginx's may have both in any order."""
    blocks: list[str] = []
    keys, certificates = (
        terms.wanted.values(x) for x in ("ssl_certificate_key", "ssl_certificate")
    )
    for key, certificate in zip(keys, certificates, strict=False):
        terms.open_key(key)
        blocks += [x for x in _blocks(key) if _is_key(x)]
        blocks += [x for x in _blocks(certificate) if not _is_key(x)]
    files[pem.name] = "".join(f"{block}\n" for block in blocks)
    return [("smtpd_tls_chain_files", str(pem))]


def _blocks(path: str) -> list[str]:
    return re.findall(r"(?s)-----BEGIN [^-]+-----.+?-----END [^-]+-----", joined(path))


def _is_key(block: str) -> bool:
    return "PRIVATE KEY-----" in block.partition("\n")[0]


def _handshake(terms: Terms) -> Settings:
    wanted = terms.wanted
    versions = ", ".join(versions_of(wanted))
    server_first = wanted.value("ssl_prefer_server_ciphers") == "on"
    group = wanted.value("ssl_dhparam")
    return [
        ("smtpd_tls_protocols", versions),
        ("smtpd_tls_mandatory_protocols", versions),
        # Without a word about it it is at level 0, where nginx is at OpenSSL's own.
        ("tls_high_cipherlist", ciphers_of(wanted) + ("" if lowest_level(wanted) else _LEVEL)),
        ("tls_eecdh_auto_curves", (curves_of(wanted) or _CURVES).replace(":", " ")),
        ("tls_preempt_cipherlist", "yes" if server_first else "no"),
        *([("smtpd_tls_dh1024_param_file", group)] if group else []),
    ]


def _clients(terms: Terms) -> Settings:
    """A certificate is looked at behind the handshake: it is demanded to be valid, or ignored."""
    wanted = terms.wanted
    verify = wanted.value("ssl_verify_client")
    if not wanted.asks:
        return []
    if verify == "optional":
        terms.cannot("ssl_verify_client", "it lets in who brings an invalid certificate")
    if wanted.values("ssl_crl"):
        terms.cannot("ssl_crl", "it looks at no CRL")
    ca = terms.one_ca_file()
    # It adds one to its own before OpenSSL counts intermediates.
    depth = max(int(wanted.value("ssl_verify_depth")) - 1, 0)
    terms.do("ssl_verify_depth", str(depth + 1))
    return [
        ("smtpd_tls_req_ccert" if verify == "on" else "smtpd_tls_ask_ccert", "yes"),
        ("smtpd_tls_CAfile", ca),
        ("smtpd_tls_ccert_verifydepth", str(depth)),
    ]


def _sessions(terms: Terms) -> Settings:
    """Each service has sessions of its own in a cache that all have in common."""
    wanted = terms.wanted
    terms.leave_out("ssl_session_timeout", "its sessions last for two minutes at least")
    if wanted.values("ssl_session_ticket_key"):
        terms.leave_out("ssl_session_ticket_key", "it makes the keys of its tickets itself")
    tickets = (
        [] if wanted.value("ssl_session_tickets") == "on" else [("tls_ssl_options", "NO_TICKET")]
    )
    caches = wanted.values("ssl_session_cache")
    if caches in (("off",), ("none",)):
        if caches == ("none",):
            terms.leave_out("ssl_session_cache", "it keeps sessions, or refuses them")
        return tickets
    terms.do("ssl_session_cache", "builtin")
    return [*tickets, ("tlsmgr_service_name", "tlsmgr-caching")]


def _login(terms: Terms, logins: dict[str, tuple[str, ...]]) -> Settings:
    """Whom it asks who is let in: a socket for each set of mechanisms."""
    ways = [way for way in terms.wanted.values("smtp_auth") or _DEFAULT_WAYS if way != "none"]
    if "external" in ways:
        terms.leave_out("smtp_auth", "its auth service knows nobody by a certificate")
    if not ways:
        return []
    path = f"private/auth-{'-'.join(ways)}"
    logins[path] = tuple(way.upper() for way in ways)
    return [("smtpd_sasl_auth_enable", "yes"), ("smtpd_sasl_path", path)]


def _daemons(program: str) -> Path:
    """Where the package has its daemons, wherever it was unpacked."""
    return Path(program).parents[1] / "lib/postfix/sbin"


def _main(brief: Brief, program: str, run: Path) -> str:
    package = Path(program).parents[2]
    host, port = brief.back_ends[Protocol.SMTP]
    return f"""compatibility_level = 3.6
queue_directory = {run}/spool
data_directory = {run}/data
maillog_file = {run.parent}/error.log
maillog_file_prefixes = {run.parent}
command_directory = {package}/usr/sbin
daemon_directory = {_daemons(program)}
shlib_directory = {package}/usr/lib/postfix
meta_directory = {package}/etc/postfix
import_environment = LD_LIBRARY_PATH MAIL_CONFIG TZ
export_environment = LD_LIBRARY_PATH MAIL_CONFIG TZ
mail_owner = {_OWNER}
setgid_group = {_GROUP}
inet_protocols = ipv4
myhostname = localhost
mydestination =
mynetworks =
relayhost = [{host}]:{port}
alias_maps =
alias_database =
local_recipient_maps =
smtpd_delay_reject = no
smtpd_sender_restrictions = permit_sasl_authenticated, reject
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_sasl_type = dovecot
smtpd_tls_ciphers = high
smtpd_tls_mandatory_ciphers = high
smtpd_peername_lookup = no
smtpd_timeout = 300s
smtpd_error_sleep_time = 0s
smtpd_client_connection_count_limit = 0
smtpd_client_auth_rate_limit = 0
"""


TRANSLATOR = Translator(
    "postfix", ("postconf",), "postfix", ("-d", "mail_version"), translate, needs_root=True
)
