"""The directives: one row each, the page as data.

A row says where a directive may stand, how many arguments it takes, how they
are stored and what holds when it is absent. Merging is the same for all: the
innermost block that has the directive decides, and lists are not added up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reference_proxy.config import process, special, tls
from reference_proxy.config.listen import listen
from reference_proxy.config.logs import error_log
from reference_proxy.config.networks import networks, resolver
from reference_proxy.config.process import ignored, without_effect
from reference_proxy.config.slots import (
    Context,
    Slot,
    append,
    choice,
    extend,
    flag,
    number,
    offset,
    once,
    pair,
    seconds,
    several,
    size,
    text,
)

MAIN, EVENTS, MAIL, SERVER = Context
BOTH = MAIL | SERVER
ANYWHERE = MAIN | EVENTS | MAIL | SERVER

NONE = range(1)
ONE = range(1, 2)
TWO = range(2, 3)
SOME = range(1, 1 << 16)
ONE_OR_TWO = range(1, 3)


@dataclass(frozen=True)
class Directive:
    """One directive. `block`: it opens a block, which the reader knows how to read.

    `store` is called for each use; `default` is the value where no block has one.
    """

    name: str
    contexts: Context
    arguments: range
    store: Slot = special.nothing
    default: Any = None
    block: bool = False


_PROTOCOLS = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")

_TLS = (
    Directive("ssl", BOTH, ONE, special.ssl, False),
    Directive("starttls", BOTH, ONE, special.starttls, "off"),
    Directive("ssl_certificate", BOTH, ONE, append(text), ()),
    Directive("ssl_certificate_key", BOTH, ONE, append(text), ()),
    Directive("ssl_protocols", BOTH, SOME, several(*_PROTOCOLS), ("TLSv1", "TLSv1.1", "TLSv1.2")),
    Directive("ssl_ciphers", BOTH, ONE, once(text), "HIGH:!aNULL:!MD5"),
    Directive("ssl_prefer_server_ciphers", BOTH, ONE, once(flag), False),
    Directive(
        "ssl_verify_client",
        BOTH,
        ONE,
        once(choice("off", "on", "optional", "optional_no_ca")),
        "off",
    ),
    Directive("ssl_verify_depth", BOTH, ONE, once(number), 1),
    Directive("ssl_client_certificate", BOTH, ONE, once(text), ""),
    Directive("ssl_trusted_certificate", BOTH, ONE, once(text), ""),
    Directive("ssl_crl", BOTH, ONE, once(text), ""),
    Directive("ssl_dhparam", BOTH, ONE, once(text), ""),
    Directive("ssl_ecdh_curve", BOTH, ONE, once(text), "auto"),
    Directive("ssl_password_file", BOTH, ONE, tls.password_file),
    Directive("ssl_session_cache", BOTH, ONE_OR_TWO, tls.session_cache),
    Directive("ssl_session_timeout", BOTH, ONE, tls.session_timeout, 300),
    Directive("ssl_session_tickets", BOTH, ONE, once(flag), True),
    Directive("ssl_session_ticket_key", BOTH, ONE, append(text), ()),
    Directive("ssl_conf_command", BOTH, TWO, append(pair), ()),
)

_MAIL = (
    Directive("mail", MAIN, NONE, block=True),
    Directive("server", MAIL, NONE, block=True),
    Directive("listen", SERVER, SOME, listen, ()),
    Directive("protocol", SERVER, ONE, special.protocol),
    Directive("server_name", BOTH, ONE, once(text), ""),
    Directive("timeout", BOTH, ONE, once(seconds), 60.0),
    Directive("max_errors", BOTH, ONE, once(number), 5),
    Directive("resolver", BOTH, SOME, resolver),
    Directive("resolver_timeout", BOTH, ONE, once(seconds), 30.0),
    Directive("auth_http", BOTH, ONE, special.auth_http),
    Directive("auth_http_timeout", BOTH, ONE, once(seconds), 60.0),
    Directive("auth_http_header", BOTH, TWO, append(pair), ()),
    Directive("auth_http_pass_client_cert", BOTH, ONE, once(flag), False),
    Directive("proxy", BOTH, ONE, once(flag)),  # long without meaning in nginx too
    Directive("proxy_buffer", BOTH, ONE, once(size), 4096),
    Directive("proxy_timeout", BOTH, ONE, once(seconds), 86400.0),
    Directive("proxy_pass_error_message", BOTH, ONE, once(flag), False),
    Directive("proxy_smtp_auth", BOTH, ONE, once(flag), False),
    Directive("proxy_protocol", BOTH, ONE, once(flag), False),
    Directive("set_real_ip_from", BOTH, ONE, networks, ()),
    Directive("xclient", BOTH, ONE, once(flag), True),
    Directive(
        "imap_auth", BOTH, SOME, several("plain", "login", "cram-md5", "external"), ("plain",)
    ),
    Directive("imap_capabilities", BOTH, SOME, extend, ("IMAP4", "IMAP4rev1", "UIDPLUS")),
    Directive("imap_client_buffer", BOTH, ONE, once(size), 4096),
    Directive(
        "pop3_auth", BOTH, SOME, several("plain", "apop", "cram-md5", "external"), ("plain",)
    ),
    Directive("pop3_capabilities", BOTH, SOME, extend, ("TOP", "USER", "UIDL")),
    Directive(
        "smtp_auth",
        BOTH,
        SOME,
        several("plain", "login", "cram-md5", "external", "none"),
        ("plain", "login"),
    ),
    Directive("smtp_capabilities", BOTH, SOME, extend, ()),
    Directive("smtp_client_buffer", BOTH, ONE, once(size), 4096),
    Directive("smtp_greeting_delay", BOTH, ONE, once(seconds), 0.0),
)

_PROCESS = (
    Directive("include", ANYWHERE, ONE),
    Directive("events", MAIN, NONE, block=True),
    Directive("http", MAIN, NONE, process.other_module, block=True),
    Directive("stream", MAIN, NONE, process.other_module, block=True),
    Directive("load_module", MAIN, ONE, process.load_module),
    Directive("daemon", MAIN, ONE, once(flag), True),
    Directive("master_process", MAIN, ONE, once(flag), True),
    Directive("pid", MAIN, ONE, once(text), ""),
    Directive("user", MAIN, ONE_OR_TWO, process.user, ""),
    Directive("error_log", MAIN | BOTH, SOME, error_log, ()),
    Directive("lock_file", MAIN, ONE, once(text)),
    Directive("pcre_jit", MAIN, ONE, once(flag)),
    Directive("env", MAIN, ONE, ignored),
    Directive("debug_points", MAIN, ONE, without_effect(once(choice("stop", "abort")))),
    Directive("ssl_engine", MAIN, ONE, tls.engine),
    Directive("thread_pool", MAIN, range(2, 4), without_effect(process.thread_pool)),
    Directive("timer_resolution", MAIN, ONE, without_effect(once(seconds))),
    Directive("working_directory", MAIN, ONE, without_effect(once(text))),
    Directive("worker_processes", MAIN, ONE, once(process.worker_processes), 1),
    Directive(
        "worker_cpu_affinity", MAIN, SOME, without_effect(once(process.worker_cpu_affinity)), ()
    ),
    Directive("worker_priority", MAIN, ONE, without_effect(process.worker_priority)),
    Directive("worker_rlimit_core", MAIN, ONE, without_effect(once(offset))),
    Directive("worker_rlimit_nofile", MAIN, ONE, without_effect(once(number))),
    Directive("worker_shutdown_timeout", MAIN, ONE, without_effect(once(seconds))),
)

_EVENTS = (
    Directive("worker_connections", EVENTS, ONE, once(process.worker_connections), 512),
    Directive("use", EVENTS, ONE, once(process.event_method)),
    Directive("multi_accept", EVENTS, ONE, once(flag)),
    Directive("accept_mutex", EVENTS, ONE, once(flag)),
    Directive("accept_mutex_delay", EVENTS, ONE, once(seconds)),
    Directive("debug_connection", EVENTS, ONE, without_effect(networks)),
    Directive("epoll_events", EVENTS, ONE, without_effect(once(number))),
    Directive("worker_aio_requests", EVENTS, ONE, without_effect(once(number))),
)

DIRECTIVES = {row.name: row for row in (*_TLS, *_MAIL, *_PROCESS, *_EVENTS)}
