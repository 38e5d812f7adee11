"""Mail servers and proxies of a Debian system, started for the fuzzer on a loopback address each.

What each says and does is its own: configurations are as near to its defaults as a proxy
can be that needs nothing but this machine. What only unwraps TLS (stunnel, haproxy, hitch),
and perdition, stand in front of a Dovecot of their own that is in clear.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex

import trustme

from conformance.harness.doubles.doubles import Doubles
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.fixtures import fixture
from conformance.harness.targets.adapter import Brief, Wanted
from conformance.harness.targets.loopback import free_loopback
from conformance.harness.targets.product import LaunchError, Plan
from conformance.harness.targets.running import Running, private_directory

IMAP, POP3, SMTP = Protocol.IMAP, Protocol.POP3, Protocol.SMTP
STARTTLS, IMPLICIT, NONE = Way.STARTTLS, Way.IMPLICIT, Way.NONE
PORTS = {
    (IMAP, STARTTLS): 20143,
    (POP3, STARTTLS): 20110,
    (SMTP, STARTTLS): 20025,
    (IMAP, IMPLICIT): 20993,
    (POP3, IMPLICIT): 20995,
    (SMTP, IMPLICIT): 20465,
    (IMAP, NONE): 21143,
    (POP3, NONE): 21110,
    (SMTP, NONE): 21025,
}
_START_SECONDS = 20.0
_ALL = tuple(Protocol)


@dataclass(frozen=True)
class Room:
    """Where one product runs: its address, its directory, whom it asks, and its certificate.

    `behind` are the servers in clear that it is in front of, by protocol; `auth` is
    the port of the auth server on the same address as those of the doubles.
    """

    host: str
    directory: Path
    certificate: Path
    key: Path
    behind: Mapping[Protocol, tuple[str, int]]
    auth: str = ""

    def write(self, name: str, text: str) -> Path:
        """A file of the product's; its path."""
        path = self.directory / name
        path.write_text(text)
        return path

    def at(self, protocol: Protocol, way: Way) -> str:
        """`host:port` of a listener."""
        return f"{self.host}:{PORTS[protocol, way]}"

    def before(self, protocol: Protocol) -> str:
        """`host:port` of the server behind."""
        return "{}:{}".format(*self.behind[protocol])


Commands = list[tuple[str, ...]]


def _nginx(room: Room) -> Commands:
    servers = "".join(
        f"server {{ listen {room.at(protocol, way)}{' ssl' * (way is IMPLICIT)};"
        f" protocol {protocol}; starttls {'on' if way is STARTTLS else 'off'}; }}\n"
        for protocol, way in PORTS
        if way is not NONE
    )
    conf = f"""load_module /usr/lib/nginx/modules/ngx_mail_module.so;
user root; worker_processes 1; daemon off; pid {room.directory}/pid;
error_log {room.directory}/error.log;
events {{ worker_connections 1024; }}
mail {{
server_name mx.test; auth_http {room.auth}/auth;
imap_auth plain login; pop3_auth plain; smtp_auth plain login;
ssl_certificate {room.certificate}; ssl_certificate_key {room.key};
{servers}}}
"""
    path = room.write("nginx.conf", conf)
    return [("nginx", "-p", str(room.directory), "-e", "error.log", "-c", str(path))]


def _dovecot(room: Room, secure: bool = True) -> Commands:
    """A Dovecot that knows nobody; in clear it is what stands behind others."""
    services = ""
    names = {IMAP: "imap", POP3: "pop3", SMTP: "submission"}
    for protocol, name in names.items():
        ways = (STARTTLS, IMPLICIT) if secure else (NONE,)
        listeners = "".join(
            f"  inet_listener {name}{'s' * (way is IMPLICIT)} {{\n    address = {room.host}\n"
            f"    port = {PORTS[protocol, way]}\n    ssl = {'yes' if way is IMPLICIT else 'no'}\n"
            "  }\n"
            for way in ways
        )
        services += (
            f"service {name}-login {{\n  chroot =\n  service_count = 0\n  process_min_avail = 1\n"
            f"{listeners}}}\n"
        )
        if not secure or name == "submission":
            continue
    tls = f"ssl_cert = <{room.certificate}\nssl_key = <{room.key}\n" if secure else ""
    relay_host, relay_port = room.behind[SMTP]
    conf = f"""base_dir = {room.directory}/run
state_dir = {room.directory}/state
log_path = {room.directory}/log
protocols = imap pop3 submission
listen = {room.host}
ssl = {"yes" if secure else "no"}
disable_plaintext_auth = {"yes" if secure else "no"}
{tls}auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:{room.directory}/mail
hostname = mx.test
submission_relay_host = {relay_host}
submission_relay_port = {relay_port}
passdb {{
  driver = passwd-file
  args = {room.write("users", "")}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={room.directory}/home
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
{services}"""
    return [("dovecot", "-F", "-c", str(room.write("dovecot.conf", conf)))]


def _perdition(room: Room) -> Commands:
    """One process for each listener; it has no SMTP."""
    empty = str(room.write("empty.conf", ""))
    modes = {STARTTLS: "tls_listen", IMPLICIT: "ssl_listen"}
    return [
        (
            *("perdition", "-f", empty, "--no_daemon", "-M", "", "-n", "-u", "root", "-g", "root"),
            *("-P", {IMAP: "IMAP4", POP3: "POP3"}[protocol]),
            *("-b", room.host, "-l", str(PORTS[protocol, way])),
            *("-s", room.behind[protocol][0], "-p", str(room.behind[protocol][1])),
            *("--pid_file", f"{room.directory}/{protocol}-{way}.pid", "-F", "-"),
            *("--ssl_cert_file", str(room.certificate), "--ssl_key_file", str(room.key)),
            *("--ssl_dh_params_file", str(fixture("dhparam.pem")), "--ssl_no_client_cert_verify"),
            *("--ssl_mode", mode),
        )
        for protocol in (IMAP, POP3)
        for way, mode in modes.items()
    ]


def _stunnel(room: Room) -> Commands:
    services = "".join(
        f"[{protocol}-{way}]\naccept = {room.at(protocol, way)}\n"
        f"connect = {room.before(protocol)}\n"
        + (f"protocol = {protocol}\n" if way is STARTTLS else "")
        for protocol in _ALL
        for way in (STARTTLS, IMPLICIT)
    )
    head = f"foreground = yes\npid =\ncert = {room.certificate}\nkey = {room.key}\n"
    return [("stunnel4", str(room.write("stunnel.conf", head + services)))]


def _combined(room: Room) -> Path:
    texts = (room.key, room.certificate, fixture("dhparam.pem"))
    return room.write("combined.pem", "".join(path.read_text() for path in texts))


def _haproxy(room: Room) -> Commands:
    listens = "".join(
        f"listen {protocol}\n  bind {room.at(protocol, IMPLICIT)} ssl crt {_combined(room)}\n"
        f"  server behind {room.before(protocol)}\n"
        for protocol in _ALL
    )
    head = (
        "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n"
    )
    return [("haproxy", "-db", "-f", str(room.write("haproxy.cfg", head + listens)))]


def _hitch(room: Room) -> Commands:
    """One process for each protocol: it has one back end."""
    commands = []
    for protocol in _ALL:
        host, port = room.behind[protocol]
        conf = (
            f'frontend = {{ host = "{room.host}" port = "{PORTS[protocol, IMPLICIT]}"'
            f' pem-file = "{_combined(room)}" }}\nbackend = "[{host}]:{port}"\nworkers = 1\n'
            'daemon = off\nuser = "nobody"\ngroup = "nogroup"\ntls-protos = TLSv1.2 TLSv1.3\n'
        )
        commands.append(("hitch", f"--config={room.write(f'{protocol}.conf', conf)}"))
    return commands


def _exim(room: Room) -> Commands:
    key = room.write("exim.key", room.key.read_text())
    for path, mode in ((key, 0o644), (room.directory, 0o755)):
        path.chmod(mode)
    for name in ("spool", "log"):
        (room.directory / name).mkdir()
        shutil.chown(room.directory / name, "Debian-exim", "Debian-exim")
    host, port = room.behind[SMTP]
    conf = f"""exim_user = Debian-exim
exim_group = Debian-exim
spool_directory = {room.directory}/spool
log_file_path = {room.directory}/log/%slog
pid_file_path = {room.directory}/spool/pid
primary_hostname = mx.test
keep_environment =
daemon_smtp_ports = {PORTS[SMTP, STARTTLS]} : {PORTS[SMTP, IMPLICIT]}
local_interfaces = <; {room.host}
tls_on_connect_ports = {PORTS[SMTP, IMPLICIT]}
tls_advertise_hosts = *
tls_certificate = {room.certificate}
tls_privatekey = {key}
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
host_lookup =
rfc1413_query_timeout = 0s
smtp_accept_max = 0
acl_smtp_rcpt = accept
acl_smtp_data = accept
queue_only = true
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = no
begin routers
all:
  driver = manualroute
  route_list = * {host}::{port}
  self = send
  transport = relay
begin transports
relay:
  driver = smtp
"""
    return [("exim4", "-C", str(room.write("exim.conf", conf)), "-bdf")]


def _postfix(room: Room) -> Commands:
    """Its adapter, which is told of two listeners and of nobody's password."""
    directives = {
        "ssl_certificate": (str(room.certificate),),
        "ssl_certificate_key": (str(room.key),),
        "ssl_protocols": ("TLSv1.2", "TLSv1.3"),
        "ssl_ciphers": ("HIGH",),
        "starttls": ("on",),
    }
    wanted = tuple(
        Wanted(str(way), Endpoint(room.host, PORTS[SMTP, way], SMTP, way), directives)
        for way in (STARTTLS, IMPLICIT)
    )
    room.write("listeners.json", Brief(wanted, ("", 0), room.behind, token_hex(), "denied-").text())
    adapter = "conformance.harness.targets.products"
    return [(sys.executable, "-m", adapter, "postfix", str(room.directory))]


@dataclass(frozen=True)
class Product:
    """What is started, and the listeners that there are then."""

    commands: Callable[[Room], Commands]
    protocols: tuple[Protocol, ...] = _ALL
    ways: tuple[Way, ...] = (STARTTLS, IMPLICIT)


PRODUCTS = {
    "nginx": Product(_nginx),
    "dovecot": Product(_dovecot),
    "perdition": Product(_perdition, (IMAP, POP3)),
    "stunnel": Product(_stunnel),
    "haproxy": Product(_haproxy, ways=(IMPLICIT,)),
    "hitch": Product(_hitch, ways=(IMPLICIT,)),
    "exim": Product(_exim, (SMTP,)),
    "postfix": Product(_postfix, (SMTP,)),
}
_BEHIND = Product(lambda room: _dovecot(room, secure=False), ways=(NONE,))


@contextlib.contextmanager
def serving(name: str) -> Iterator[dict[str, Endpoint]]:
    """The listeners of a product while it runs, by a name like `dovecot-imap-starttls`.

    Raises LaunchError where it is not installed or says nothing.
    """
    with contextlib.ExitStack() as stack:
        directory = private_directory(None)
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        directory.chmod(0o755)
        host = free_loopback(PORTS.values())
        doubles = stack.enter_context(Doubles(host, 0, host))
        room = _room(directory, host, doubles)
        place = replace(room, directory=directory / "behind", host=free_loopback(PORTS.values()))
        behind = _started(_BEHIND, place, stack)
        there = {x.protocol: (x.host, x.port) for x in behind}
        room = replace(room, behind=there, directory=directory / name)
        endpoints = _started(PRODUCTS[name], room, stack)
        yield {f"{name}-{x.protocol}-{x.way}": x for x in endpoints}


def _room(directory: Path, host: str, doubles: Doubles) -> Room:
    leaf = trustme.CA(key_type=trustme.KeyType.RSA).issue_cert(
        "mx.test", key_type=trustme.KeyType.RSA
    )
    certificate, key = directory / "mx.pem", directory / "mx.key"
    leaf.cert_chain_pems[0].write_to_path(certificate)
    leaf.private_key_pem.write_to_path(key)
    auth = f"{host}:{doubles.auth_port}"
    return Room(host, directory, certificate, key, doubles.places, auth)


def _started(product: Product, room: Room, stack: contextlib.ExitStack) -> list[Endpoint]:
    """Its listeners, once each of them has said something or awaits a ClientHello."""
    room.directory.mkdir()
    running = []
    for argv in product.commands(room):
        one = Running(argv[0], _plan(argv, room), private_directory(room.directory))
        running.append(stack.enter_context(one))
        stack.callback(_tell_if_dead, one)
    endpoints = [
        Endpoint(room.host, PORTS[protocol, way], protocol, way)
        for protocol in product.protocols
        for way in product.ways
    ]
    until = time.monotonic() + _START_SECONDS
    for endpoint in endpoints:
        while not _answers(endpoint):
            dead = next((x for x in running if x.died_within(0.1)), None)
            if dead or time.monotonic() > until:
                told = "".join(x.output() for x in running)
                raise LaunchError(f"nobody at {endpoint}: {told[-2000:]}")
    return endpoints


def _tell_if_dead(running: Running) -> None:
    """Before it is ended: whether that was done already."""
    if not running.alive():
        print(f"{running.launched} had ended:\n{running.output()[-2000:]}", file=sys.stderr)


def _plan(argv: tuple[str, ...], room: Room) -> Plan:
    found = shutil.which(argv[0], path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        raise LaunchError(f"{argv[0]} is not installed")
    return Plan(argv[0], (found, *argv[1:]), room.directory / "log")


def _answers(endpoint: Endpoint) -> bool:
    """Whether it can be connected to, and, where it speaks first, speaks."""
    try:
        with socket.create_connection((endpoint.host, endpoint.port), 2.0) as probe:
            return endpoint.way is IMPLICIT or bool(probe.recv(1))
    except OSError:
        return False
