"""The doubles behind a real proxy, one start of each for the whole directory."""

import shutil
from dataclasses import dataclass

import pytest
import trustme

from conformance.harness.doubles.doubles import Doubles
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.patience import Patience
from conformance.harness.targets.launch import launch
from conformance.harness.targets.loopback import free_loopback

SERVER = """
  server {{ listen {host}:{plain}; protocol {name}; starttls on; }}
  server {{ listen {host}:{tls} ssl; protocol {name}; }}
"""
CONF = """
events {{ worker_connections 256; }}
mail {{
  auth_http {host}:20080/auth;
  server_name proxy.test;
  ssl_certificate pki/server.pem; ssl_certificate_key pki/server.pem;
  ssl_protocols TLSv1.2;
  imap_auth plain login cram-md5; pop3_auth plain cram-md5; smtp_auth plain login cram-md5;
  {servers}
  server {{ listen {host}:20026; protocol smtp; smtp_auth none; }}
  server {{ listen {host}:20027; protocol smtp; xclient off; proxy_smtp_auth on; }}
}}
"""
PORTS = {
    Protocol.IMAP: (20143, 20993),
    Protocol.POP3: (20110, 20995),
    Protocol.SMTP: (20025, 20465),
}


@dataclass
class Stage:
    """A proxy, its doubles, and the authority that its certificate is from."""

    host: str
    doubles: Doubles
    ca: str

    def user(self):
        return self.doubles.new_user()


@pytest.fixture(scope="session", params=["nginx", "reference"])
def stage(request, tmp_path_factory):
    if (
        request.param == "nginx"
        and shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None
    ):
        pytest.skip("nginx is not installed")
    kit = tmp_path_factory.mktemp("kit")
    host = free_loopback([20080, 20026, 20027, *(p for pair in PORTS.values() for p in pair)])
    authority = trustme.CA()
    (kit / "pki").mkdir()
    authority.cert_pem.write_to_path(kit / "pki/ca.pem")
    # fetchmail wants a common name, however many alternative names there are.
    server = authority.issue_cert(host, "proxy.test", common_name="proxy.test")
    server.private_key_and_cert_chain_pem.write_to_path(kit / "pki/server.pem")
    servers = "".join(
        SERVER.format(host=host, plain=plain, tls=tls, name=name)
        for name, (plain, tls) in PORTS.items()
    )
    (kit / "nginx.conf").write_text(CONF.format(host=host, servers=servers))
    endpoints = [Endpoint(host, p, n, Way.STARTTLS) for n, pair in PORTS.items() for p in pair]
    with (
        Doubles(host, 20080) as doubles,
        launch(request.param, kit / "nginx.conf", endpoints, Patience()),
    ):
        yield Stage(host, doubles, str(kit / "pki/ca.pem"))
