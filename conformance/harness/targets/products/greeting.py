"""Whether a listener receives a client: the last thing to wait for after a start."""

from __future__ import annotations

import socket
import ssl

from ...endpoint import Endpoint, Way
from ...origin import visitor_address

SECONDS = 5.0
# Dovecot says so, in a line of its own before its greeting, while its parts find each other.
_NOT_YET = b"Waiting for authentication process"


def greets(endpoint: Endpoint) -> bool:
    """A client gets a greeting there, or an end that TLS gave it: somebody is at work."""
    place = (endpoint.host, endpoint.port)
    source = visitor_address(endpoint.host)
    try:
        with socket.create_connection(place, SECONDS, source) as plain:
            if endpoint.way is not Way.IMPLICIT:
                return _greeted(plain)
            with _anybody().wrap_socket(plain) as sealed:
                return _greeted(sealed)
    except (TimeoutError, ConnectionError, ssl.SSLEOFError):
        # Who hangs up without a word may have come to nothing yet.
        return False
    except ssl.SSLError:
        # It has demands that this client does not meet; it told so.
        return True


def _greeted(connection: socket.socket) -> bool:
    line = connection.recv(512)
    while _NOT_YET in line and b"\n" in line and not line.endswith(b"\n"):
        line += connection.recv(512)
    return bool(line) and _NOT_YET not in line


def _anybody() -> ssl.SSLContext:
    """A client that trusts whoever is there."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context
