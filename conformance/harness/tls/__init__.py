"""The client side of TLS: hellos, complete handshakes, what they reveal."""
