from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

import pytest

from reference_proxy.config.directives import DIRECTIVES
from reference_proxy.config.errors import ConfigError
from reference_proxy.config.loader import load
from reference_proxy.config.settings import LogTarget, ProxySettings, Resolver, ServerSettings

Server = Callable[..., ServerSettings]


@pytest.fixture
def proxy(tmp_path: Path) -> Callable[[str], ProxySettings]:
    def loaded(text: str) -> ProxySettings:
        (tmp_path / "nginx.conf").write_text("events {} " + text)
        return load("nginx.conf", str(tmp_path))

    return loaded


@pytest.fixture
def server(proxy: Callable[[str], ProxySettings]) -> Server:
    def loaded(inner: str = "", outer: str = "", protocol: str = "imap") -> ServerSettings:
        head = f"auth_http 127.0.0.1:9; {outer} server {{ protocol {protocol};"
        return proxy(f"mail {{ {head} listen 127.0.0.1:1; {inner} }} }}").servers[0]

    return loaded


TLS = "starttls on; ssl_certificate a; ssl_certificate_key b;"


def test_defaults_are_nginxs(server: Server) -> None:
    found = server()
    assert (found.timeout, found.proxy_timeout, found.max_errors) == (60, 86400, 5)
    assert (found.auth_methods, found.client_buffer, found.starttls) == (("plain",), 4096, "off")
    assert server(protocol="smtp").auth_methods == ("plain", "login")
    assert server(protocol="pop3").client_buffer == 128


def test_the_port_suggests_a_protocol_and_the_directive_decides(server: Server) -> None:
    assert server("listen 127.0.0.1:995;", protocol="imap").protocol == "imap"
    assert server("listen 127.0.0.1:995; protocol smtp;", protocol="imap").protocol == "smtp"


def test_the_inner_block_decides(server: Server) -> None:
    assert server("timeout 5;", "timeout 7;").timeout == 5
    assert server("", "timeout 7;").timeout == 7


def test_lists_are_replaced_not_added_to(server: Server) -> None:
    tls = server(TLS + "ssl_protocols TLSv1.3;", "ssl_protocols TLSv1.2; ssl_certificate x;").tls
    assert tls is not None
    assert tls.protocols == ("TLSv1.3",)
    assert len(tls.certificates) == 1
    assert server("imap_capabilities A;", "imap_capabilities B;").imap_capabilities == ("A",)


def test_lists_of_one_block_are_added_to(server: Server) -> None:
    assert server("imap_capabilities A; imap_capabilities B;").imap_capabilities == ("A", "B")
    assert server("imap_auth external; imap_auth login;").auth_methods == ("login", "external")


def test_without_a_way_into_tls_there_are_no_tls_settings(server: Server) -> None:
    assert server("ssl_certificate a;").tls is None


def test_tls_paths_are_relative_to_the_file(server: Server, tmp_path: Path) -> None:
    tls = server(TLS + "ssl_crl /c; ssl_certificate data:x; ssl_certificate_key engine:y:z;").tls
    assert tls is not None
    assert tls.certificates == (f"{tmp_path}/a", "data:x")
    assert tls.keys == (f"{tmp_path}/b", "engine:y:z")
    assert (tls.crl, tls.client_certificate) == ("/c", "")


def test_ssl_on_makes_every_listen_implicit(server: Server) -> None:
    found = server("ssl on; listen 127.0.0.1:2; ssl_certificate a; ssl_certificate_key b;")
    assert [listen.ssl for listen in found.listens] == [True, True]


def test_process_paths_are_relative_to_the_prefix(proxy: Callable[[str], ProxySettings]) -> None:
    found = proxy("pid a; error_log b info; error_log stderr;")
    assert found.pid.endswith("/a")
    assert found.error_logs == (LogTarget(found.pid[:-1] + "b", "info"), LogTarget("", "error"))


def test_an_empty_pid_is_the_default(proxy: Callable[[str], ProxySettings]) -> None:
    assert proxy('pid "";').pid.endswith("/nginx.pid")


def test_an_include_stands_where_it_is_named(server: Server, tmp_path: Path) -> None:
    (tmp_path / "part").write_text("timeout 3; include deeper*;")
    (tmp_path / "deeper1").write_text("max_errors 1;")
    found = server("include part;")
    assert (found.timeout, found.max_errors) == (3, 1)


def test_a_file_that_includes_itself_ends_in_an_error(server: Server, tmp_path: Path) -> None:
    (tmp_path / "loop").write_text("\ninclude loop;")
    with pytest.raises(ConfigError, match=r"\(24: Too many open files\) in .*/loop:2$"):
        server("include loop;")


def test_the_command_lines_directives_come_first(tmp_path: Path) -> None:
    (tmp_path / "nginx.conf").write_text("events {}\ndaemon on;")
    with pytest.raises(ConfigError, match=r'"daemon" directive is duplicate in .*/nginx.conf:2'):
        load("nginx.conf", str(tmp_path), "daemon off;")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("events {}", "block directives are not supported in -g option in command line"),
        ("daemon on; daemon on;", '"daemon" directive is duplicate in command line'),
        ("}", 'unexpected "}" in command line'),
    ],
)
def test_the_command_line_is_named_as_the_place(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load("nginx.conf", str(tmp_path), text)
    assert str(caught.value) == complaint


def test_warnings_go_to_the_caller(tmp_path: Path) -> None:
    (tmp_path / "nginx.conf").write_text("load_module x;\nhttp { server { } }\nevents {}")
    warnings: list[str] = []
    load("nginx.conf", str(tmp_path), warn=warnings.append)
    assert [text.partition(" has no effect")[0] for text in warnings] == [
        'the "load_module" directive',
        'the "http" directive',
    ]


@pytest.mark.parametrize(
    "line",
    [
        "listen 127.0.0.1:2 proxy_protocol;",
        "proxy_protocol on;",
        "protocol smtp; resolver 127.0.0.1;",
    ],
)
def test_what_is_not_implemented_is_refused_with_its_line(server: Server, line: str) -> None:
    with pytest.raises(ConfigError, match=r"does not implement .*/nginx.conf:2$"):
        server(f"\n{line}")


def test_what_decides_nothing_is_no_promise(server: Server) -> None:
    found = server("resolver 127.0.0.1:5353 [::1] valid=1m ipv6=off; proxy_protocol off;")
    assert found.resolver == Resolver((("127.0.0.1", 5353), ("::1", 53)), 60, ipv6=False)
    assert server("resolver off;", "resolver 127.0.0.1;", "smtp").resolver is None


def test_networks_are_believed_whole(server: Server) -> None:
    found = server("set_real_ip_from 10.1.2.3/8; set_real_ip_from ::1; set_real_ip_from unix:;")
    assert found.real_ip_from == (ip_network("10.0.0.0/8"), ip_network("::1"), "unix:")
    assert server("", "set_real_ip_from 127.0.0.1;").real_ip_from == (ip_network("127.0.0.1"),)


def test_tls_is_built_where_the_mail_block_ends(tmp_path: Path) -> None:
    inner = f"auth_http 127.0.0.1:9; server {{ protocol imap; listen 127.0.0.1:1; {TLS} }}"
    (tmp_path / "nginx.conf").write_text(f"mail {{ {inner} }} nosuch;")
    seen: list[str] = []
    with pytest.raises(ConfigError, match="nosuch"):
        load("nginx.conf", str(tmp_path), on_tls=lambda tls, protocol: seen.append(protocol))
    assert seen == ["imap"]


def test_the_page_has_a_row_for_each_directive() -> None:
    page = Path(__file__).parents[3] / "fixtures/spec/ngx_mail_ssl_module.txt"
    listed = page.read_text().partition("Directives\n")[2].partition("The ngx_mail")[0].split()
    assert len(listed) == 19
    assert set(listed) <= set(DIRECTIVES)


def test_only_the_super_user_has_a_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nginx.conf").write_text("user nosuch; user nosuch;")
    warnings: list[str] = []
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert load("nginx.conf", str(tmp_path), warn=warnings.append).user == ""
    assert len(warnings) == 2
