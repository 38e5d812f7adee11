"""A real nginx with every protocol and way, and small servers that misbehave."""

import contextlib
import shutil
import socket
import threading

import pytest
import trustme

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.targets.loopback import free_loopback

SERVER = """
  server {{ listen {host}:{port}; protocol {name}; starttls off; }}
  server {{ listen {host}:{port1}; protocol {name}; starttls on; }}
  server {{ listen {host}:{port2}; protocol {name}; starttls only; }}
  server {{ listen {host}:{port3} ssl; protocol {name}; }}
  server {{ listen {host}:{port4} ssl; protocol {name};
           ssl_verify_client on; ssl_client_certificate pki/ca.pem; }}
"""
WAYS = (Way.NONE, Way.STARTTLS, Way.STARTTLS, Way.IMPLICIT, Way.IMPLICIT)
BASE = 21000


def need_nginx():
    if shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None:
        pytest.skip("nginx is not installed")


@pytest.fixture(scope="session")
def farm(tmp_path_factory):
    """(configuration file, endpoints): every protocol in every way, five times over."""
    need_nginx()
    kit = tmp_path_factory.mktemp("kit")
    (kit / "pki").mkdir()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(kit / "pki/ca.pem")
    server = authority.issue_cert("proxy.test")
    server.private_key_and_cert_chain_pem.write_to_path(kit / "pki/server.pem")
    host = free_loopback(range(BASE, BASE + 75))
    servers, endpoints = "", []
    for number, name in enumerate(list(Protocol) * 5):
        port = BASE + 5 * number
        ports = {"port": port, **{f"port{i}": port + i for i in range(1, 5)}}
        servers += SERVER.format(host=host, name=name, **ports)
        endpoints += [Endpoint(host, port + i, name, way) for i, way in enumerate(WAYS)]
    (kit / "nginx.conf").write_text(
        "events { worker_connections 512; }\n"
        f"mail {{ auth_http {host}:20080/auth; server_name proxy.test;\n"
        "ssl_certificate pki/server.pem; ssl_certificate_key pki/server.pem;\n" + servers + "}\n"
    )
    return kit / "nginx.conf", endpoints


@pytest.fixture
def toy():
    """`toy(behave)`: the port of a server that runs `behave(connection)` on each connection."""
    with contextlib.ExitStack() as stack:

        def start(behave):
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            threading.Thread(target=accepting, args=(listener, behave), daemon=True).start()
            stack.callback(listener.shutdown, socket.SHUT_RDWR)
            return listener.getsockname()[1]

        yield start


def accepting(listener, behave):
    def serve(connection):
        with connection, contextlib.suppress(OSError):
            behave(connection)

    with contextlib.suppress(OSError):
        while True:
            connection = listener.accept()[0]
            threading.Thread(target=serve, args=(connection,), daemon=True).start()
