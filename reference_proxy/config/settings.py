"""What a configuration means: resolved values, after inheritance and defaults.

Everything downstream of the configuration (TLS contexts, sessions, the driver)
reads these values and never the file. All paths are absolute.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Listen:
    """One `listen`: where, and whether TLS starts at once. `host` is "" for every address."""

    host: str
    port: int
    ssl: bool = False
    text: str = ""


@dataclass(frozen=True)
class AuthHttp:
    """Where `auth_http` points: `path` and query for the request line, `host_header` as nginx sends it."""

    host: str
    port: int
    path: str
    host_header: str


@dataclass(frozen=True)
class TlsSettings:
    """The directives of ngx_mail_ssl_module for one server, in nginx's words.

    `protocols` are the page's names. `certificates` and `keys` pair by position.
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


@dataclass(frozen=True)
class ProxySettings:
    """The whole configuration: the `mail {}` servers and what the main context says of the process."""

    servers: tuple[ServerSettings, ...]
    daemon: bool = True
    master_process: bool = True
    worker_processes: int = 1
    pid: str = ""
    error_log: str = ""
    error_log_level: str = "error"
    user: str = ""
