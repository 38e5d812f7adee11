"""The certification configuration and its other half, under a real nginx."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import crossplane
import pytest

from conformance.harness.pki.kit import Kit

# Linux alone has it; elsewhere the tests are slower.
QUICKACK = getattr(socket, "TCP_QUICKACK", socket.TCP_NODELAY)
UPGRADE = {"imap": b"a STARTTLS\r\n", "pop3": b"STLS\r\n", "smtp": b"STARTTLS\r\n"}
GREETINGS = {"imap": b"* OK", "pop3": b"+OK", "smtp": b"220 "}
GOODBYES = {"imap": b"* BYE", "pop3": b"-ERR", "smtp": b"421 "}
CONFIGURATIONS = ("nginx.conf", "defaults.conf")
LATER = ("ssl", "ssl_conf_command")

Serve = Callable[[Path, int], AbstractContextManager[Path]]
Block = list[dict[str, object]]


@dataclass(frozen=True)
class Listener:
    """A socket of the configuration: `starttls` says whether an upgrade is offered there."""

    name: str
    host: str
    port: int
    protocol: str
    implicit: bool
    starttls: bool


def directives(conf: Path) -> tuple[dict[str, list[list[str]]], list[dict[str, list[list[str]]]]]:
    """The mail block's directives and each server's: name to arguments of every occurrence."""
    payload = crossplane.parse(str(conf), single=True, check_ctx=False, check_args=False)
    mail = next(one for one in payload["config"][0]["parsed"] if one["directive"] == "mail")
    servers = [one["block"] for one in mail["block"] if one["directive"] == "server"]
    return _by_name(mail["block"]), [_by_name(server) for server in servers]


def _by_name(block: Block) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for one in block:
        if not str(one["directive"]).startswith("#"):
            found.setdefault(str(one["directive"]), []).append(list(one["args"]))  # type: ignore[call-overload]
    return found


# Its ciphers do not go with its certificate.
NOBODY_IN = "imap-no-cipher-fits"


def listeners(conf: Path) -> Iterator[Listener]:
    mail, servers = directives(conf)
    inherited = mail.get("starttls", [["off"]])
    for server in servers:
        starttls = server.get("starttls", inherited) != [["off"]]
        for address, *parameters in server["listen"]:
            host, port = address.split(":")
            name, protocol = server["server_name"][0][0], server["protocol"][0][0]
            yield Listener(name, host, int(port), protocol, "ssl" in parameters, starttls)


@pytest.fixture(params=CONFIGURATIONS)
def conf(kit: Kit, request: pytest.FixtureRequest) -> Path:
    return kit.directory / str(request.param)


def test_nginx_accepts_it(conf: Path, serve: Serve) -> None:
    with serve(conf, max(one.port for one in listeners(conf))) as log:
        assert "[warn]" not in log.read_text()


def test_every_listener_serves(kit: Kit, conf: Path, serve: Serve) -> None:
    everyone = list(listeners(conf))
    context = lenient(kit)
    with serve(conf, max(one.port for one in everyone)), ThreadPoolExecutor(4) as pool:
        served = list(pool.map(lambda one: serves(one, context), everyone))
    assert [one.name for one, fine in zip(everyone, served, strict=True) if not fine] == []


def lenient(kit: Kit) -> ssl.SSLContext:
    """A client that speaks every version, but checks certificates strictly."""
    context = ssl.create_default_context(cafile=kit.server_root)
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_STRICT
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def serves(one: Listener, context: ssl.SSLContext) -> bool:
    """Greets in the right layer, and upgrades if and only if that is on offer."""
    with socket.create_connection((one.host, one.port), 5) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)
        if one.implicit:
            if one.name == NOBODY_IN:
                with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
                    context.wrap_socket(plain, server_hostname=one.host)
                return True
            with context.wrap_socket(plain, server_hostname=one.host) as tls:
                return tls.recv(200).startswith((GREETINGS[one.protocol], GOODBYES[one.protocol]))
        if not plain.recv(200).startswith(GREETINGS[one.protocol]):
            return False
        plain.sendall(UPGRADE[one.protocol])
        accepted = plain.recv(200).startswith((b"a OK", b"+OK", b"220 "))
        if accepted:
            context.wrap_socket(plain, server_hostname=one.host).close()
        return accepted is one.starttls


def test_names_tell_protocol_and_way(conf: Path) -> None:
    everyone = list(listeners(conf))
    assert len({one.port for one in everyone}) == len(everyone)
    _, servers = directives(conf)
    assert len({server["server_name"][0][0] for server in servers}) == len(servers)
    for one in everyone:
        assert one.name.startswith(one.protocol)
        assert one.name.endswith("-starttls") <= (one.starttls and not one.implicit)
        assert one.name.endswith("-plain") is not (one.starttls or one.implicit)


def test_the_two_halves_share_no_port(kit: Kit) -> None:
    first, second = ({one.port for one in listeners(kit.directory / c)} for c in CONFIGURATIONS)
    assert not first & second


def test_its_size_is_bearable(kit: Kit) -> None:
    assert 60 <= len(directives(kit.conf)[1]) <= 120


def test_every_file_it_names_is_in_the_kit(kit: Kit, conf: Path) -> None:
    for name in re.findall(r"pki/\S+(?=;)", conf.read_text()):
        assert (kit.directory / name).is_file()


def test_it_leaves_to_the_launcher_what_is_the_launchers(conf: Path) -> None:
    told = "|".join(("load_module", "pid", "user", "daemon", "error_log", *LATER))
    assert not re.search(rf"^\s*({told})\s", conf.read_text(), re.MULTILINE)


@pytest.mark.parametrize(
    ("directive", "values"),
    [
        ("starttls", {"on", "off", "only"}),
        ("ssl_verify_client", {"on", "off", "optional", "optional_no_ca"}),
        ("ssl_verify_depth", {"0", "1", "3", "4"}),
        ("ssl_ecdh_curve", {"auto", "X25519", "prime256v1", "secp384r1", "secp521r1"}),
        ("ssl_prefer_server_ciphers", {"on", "off"}),
        (
            "ssl_protocols",
            {"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3", "TLSv1.1 TLSv1.3", "TLSv1 TLSv1.2"},
        ),
        ("auth_http_pass_client_cert", {"off"}),
    ],
)
def test_every_value_is_claimed_by_some_server(kit: Kit, directive: str, values: set[str]) -> None:
    _, servers = directives(kit.conf)
    claimed = {" ".join(args) for server in servers for args in server.get(directive, [])}
    assert values <= claimed


@pytest.mark.parametrize("mode", ["on", "optional", "optional_no_ca"])
def test_client_certificates_on_every_protocol_and_way(kit: Kit, mode: str) -> None:
    _, servers = directives(kit.conf)
    asking = {s["server_name"][0][0] for s in servers if s.get("ssl_verify_client") == [[mode]]}
    ways = {(one.protocol, one.implicit) for one in listeners(kit.conf) if one.name in asking}
    assert len(ways) == 6


def test_every_directive_is_inherited_and_overridden(kit: Kit) -> None:
    """Each one is set in the mail block of one half or the other, and again in a server there."""
    for directive in (
        *("starttls", "ssl_certificate", "ssl_certificate_key", "ssl_protocols", "ssl_ciphers"),
        *("ssl_prefer_server_ciphers", "ssl_client_certificate", "ssl_trusted_certificate"),
        *("ssl_crl", "ssl_verify_client", "ssl_verify_depth", "auth_http_pass_client_cert"),
        *("ssl_dhparam", "ssl_ecdh_curve", "ssl_password_file"),
    ):
        halves = [directives(kit.directory / name) for name in CONFIGURATIONS]
        served = [servers for mail, servers in halves if directive in mail]
        assert served, directive
        assert 0 < sum(directive in server for server in served[0]) < len(served[0]), directive


def test_what_one_half_sets_for_all_is_a_default_in_the_other(kit: Kit) -> None:
    """But for the authorities and the auth server, which have no default."""
    first, second = (set(directives(kit.directory / name)[0]) for name in CONFIGURATIONS)
    assert first & second == {"server", "auth_http", "ssl_client_certificate"}


@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx here")
def test_nginx_t_says_ok(conf: Path, tmp_path: Path) -> None:
    module = Path("/usr/lib/nginx/modules/ngx_mail_module.so")
    load = f"load_module {module};" if module.exists() else ""
    command = ["nginx", "-t", "-p", tmp_path, "-c", conf, "-e", tmp_path / "log"]
    done = subprocess.run([*command, "-g", f"{load} pid {tmp_path}/pid;"], capture_output=True)
    assert done.returncode == 0, done.stderr
