"""The end of TCP behind close_notify, where the reference departs from nginx (W-CLOSE-01).

nginx keeps the connection until the client has said close_notify too, three seconds at most. The
reference ends its own direction at once, and hears the client out.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import Any

import pytest

PORT = 9930


@pytest.mark.parametrize(("product", "waits"), [("nginx", True), ("reference", False)])
def test_who_waits_for_the_clients_close_notify(
    launch: Callable[..., Any], settings: Any, client_context: Any, product: str, waits: bool
) -> None:
    def write(world: Any) -> str:
        return f"""
        events {{ }}
        mail {{
            auth_http {world.host}:{world.ports["auth"]}; server_name mx;
            ssl_certificate {settings.certificates[0]}; ssl_certificate_key {settings.keys[0]};
            server {{ listen {world.host}:{PORT} ssl; protocol imap; }}
        }}"""

    plain = socket.create_connection((launch(product, write).world.host, PORT), 5)
    tls: ssl.SSLSocket = client_context().wrap_socket(plain, suppress_ragged_eofs=False)
    tls.sendall(b"a LOGOUT\r\n")
    while tls.recv(1000):  # up to close_notify, or it raises
        pass
    with socket.socket(fileno=tls.detach()) as left:
        left.settimeout(1)
        if waits:
            with pytest.raises(TimeoutError):
                left.recv(1)
            left.settimeout(8)
        assert left.recv(1) == b""
