"""What a configuration means: resolved values, after inheritance and defaults.

Everything downstream of the configuration (TLS contexts, sessions, the driver)
reads these values and never the file. All paths are absolute.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import Literal, TypeAlias

from reference_proxy.config.errors import Place

Network: TypeAlias = IPv4Network | IPv6Network | Literal["unix:"]
"""Whom `set_real_ip_from` believes; the word stands for all local sockets."""

BUILTIN_SESSIONS = 20480
"""How many sessions `builtin` keeps where it names no number (OpenSSL's own default)."""

BuiltinCache: TypeAlias = Literal["off", "none"] | int | None
"""How many sessions one process keeps, 0 for any number; None: only those of the zone count."""


@dataclass(frozen=True)
class SocketOptions:
    """What `listen` asks of its socket. A buffer of 0 and a keepalive of None are the system's.

    `keepalive` is on or off, or idle time, interval (seconds) and count, 0 for the system's.
    """

    backlog: int = 511
    ipv6only: bool = True
    rcvbuf: int = 0
    sndbuf: int = 0
    keepalive: bool | tuple[int, int, int] | None = None


@dataclass(frozen=True)
class Listen:
    """One `listen`: where, and whether TLS starts at once.

    `host` is "" for every IPv4 address, and `unix:PATH` (with port 0) for a local
    socket; `text` is the address as nginx shows it, such as `0.0.0.0:993`. With
    `proxy_protocol` a PROXY header comes before all else.
    """

    host: str
    port: int
    ssl: bool = False
    text: str = ""
    options: SocketOptions = SocketOptions()
    proxy_protocol: bool = False


@dataclass(frozen=True)
class AuthHttp:
    """Where `auth_http` points.

    `path`, with its query, is for the request line, and `host_header` for `Host`.
    """

    host: str
    port: int
    path: str
    host_header: str


@dataclass(frozen=True)
class Resolver:
    """The name servers, host and port; how long answers are valid (seconds; None: as they say)."""

    servers: tuple[tuple[str, int], ...]
    valid: int | None = None
    ipv6: bool = True


@dataclass(frozen=True)
class Zone:
    """Memory shared between the workers, `size` in bytes: `shared:NAME:SIZE`."""

    name: str
    size: int


@dataclass(frozen=True)
class TlsSettings:
    """The directives of ngx_mail_ssl_module for one server, in nginx's words.

    `protocols` are the page's names. `certificates` and `keys` pair by position.
    `passwords` are read already, None without a file. `session_timeout` is in seconds.
    `directory` is what paths among the conf commands are relative to, and `merged_at`
    the line that nginx names where it finds a bad ticket key.
    """

    certificates: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ("TLSv1", "TLSv1.1", "TLSv1.2")
    ciphers: str = "HIGH:!aNULL:!MD5"
    prefer_server_ciphers: bool = False
    verify_client: str = "off"
    verify_depth: int = 1
    client_certificate: str = ""
    trusted_certificate: str = ""
    crl: str = ""
    passwords: tuple[bytes, ...] | None = field(default=None, repr=False)
    dhparam: str = ""
    ecdh_curve: str = "auto"
    builtin_cache: BuiltinCache = "none"
    zone: Zone | None = None
    session_timeout: int = 300
    session_tickets: bool = True
    ticket_keys: tuple[str, ...] = ()
    conf_commands: tuple[tuple[str, str], ...] = ()
    directory: str = ""
    merged_at: Place | None = None


@dataclass(frozen=True)
class ServerSettings:
    """One `server {}`."""

    server_name: str
    protocol: str
    listens: tuple[Listen, ...]
    starttls: str
    tls: TlsSettings | None
    auth_http: AuthHttp
    auth_http_headers: tuple[tuple[str, str], ...] = ()
    auth_http_pass_client_cert: bool = False
    auth_http_timeout: float = 60.0
    timeout: float = 60.0
    proxy_timeout: float = 86400.0
    xclient: bool = True
    proxy_smtp_auth: bool = False
    max_errors: int = 5
    imap_capabilities: tuple[str, ...] = ("IMAP4", "IMAP4rev1", "UIDPLUS")
    pop3_capabilities: tuple[str, ...] = ("TOP", "USER", "UIDL")
    smtp_capabilities: tuple[str, ...] = ()
    auth_methods: tuple[str, ...] = ("plain",)
    client_buffer: int = 4096
    proxy_pass_error_message: bool = False
    proxy_buffer: int = 4096
    smtp_greeting_delay: float = 0.0
    proxy_protocol: bool = False
    real_ip_from: tuple[Network, ...] = ()
    resolver: Resolver | None = None
    resolver_timeout: float = 30.0


@dataclass(frozen=True)
class Syslog:
    """A syslog server, host and port, and what each line says of its sender."""

    server: tuple[str, int]
    facility: int = 23
    tag: str = "nginx"
    hostname: bool = True


@dataclass(frozen=True)
class LogTarget:
    """One `error_log`: a file ("" for standard error) and the least grave level that it takes.

    Or, with no file, a syslog server, or as many bytes of memory.
    """

    path: str
    level: str = "error"
    syslog: Syslog | None = None
    memory: int = 0

    @property
    def is_file(self) -> bool:
        """Whether it is a file, or standard error."""
        return self.syslog is None and not self.memory


@dataclass(frozen=True)
class ProxySettings:
    """The whole configuration: the `mail {}` servers and what the main context says of the process.

    `inner_logs` are the logs named below the main context, which have to open and no more.
    `worker_connections` is None where there is no `events {}`, and `cpu_masks` the number of
    `worker_cpu_affinity`'s. `sources` are the files that were read, each once, path and text,
    in the order of reading.
    """

    servers: tuple[ServerSettings, ...]
    daemon: bool = True
    master_process: bool = True
    worker_processes: int = 1
    worker_connections: int | None = 512
    worker_rlimit_nofile: int | None = None
    cpu_masks: int = 0
    pid: str = ""
    error_logs: tuple[LogTarget, ...] = ()
    inner_logs: tuple[LogTarget, ...] = ()
    user: str = ""
    sources: tuple[tuple[str, str], ...] = field(default=(), repr=False)
