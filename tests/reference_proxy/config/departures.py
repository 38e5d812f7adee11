"""Where nginx and the reference are known to judge otherwise: each row with its reason.

The tests fail if they come to agree here, too.
"""

from __future__ import annotations

HTTP = "only nginx's http module knows the directive, and the reference has none of its names"
OTHERS = "what a block of another module holds is nothing to the reference"
PROMISE = "what nothing does yet is refused"
STRICT = "a mistake of nginx's that nobody can rely on"

_SMTP = "mail { auth_http 127.0.0.1:9; server { protocol smtp; listen 127.0.77.1:9931; "
_IMAP = "mail { auth_http 127.0.0.1:9; server { protocol imap; listen 127.0.77.1:9931"

DEPARTURES = {
    **{
        f"events {{}} {_IMAP}; {directive} }} }}": HTTP
        for directive in (
            *("ssl_stapling on;", "ssl_early_data on;", "ssl_buffer_size 4k;", "ssl_ocsp on;"),
            *("ssl_reject_handshake on;", "proxy_pass x;", "return 200;", "location / {}"),
        )
    },
    "events {} if ($x) {}": HTTP,
    "events {} set $a b;": HTTP,
    "events {} http { nosuch; }": OTHERS,
    "events {} http { server { listen x:y:z; } }": OTHERS,
    "events {} stream {}": OTHERS,
    "load_module nosuch.so; events {}": "what a module would bring is here already, or not at all",
    f"events {{}} {_IMAP} proxy_protocol; }} }}": PROMISE,
    f"events {{}} {_IMAP}; proxy_protocol on; }} }}": PROMISE,
    f"events {{}} {_SMTP} resolver 127.0.0.1; }} }}": PROMISE,
    "events { use event_core; }": STRICT,
    f"events {{}} {_IMAP.replace('127.0.77.1', '[::ffff]')}; }} }}": "nginx shows the last four"
    " bytes of such an address as IPv4",
    f"events {{}} {_IMAP}; starttls on; ssl_certificate nosuch; ssl_certificate_key nosuch;"
    " ssl_verify_client on; } }": "of two errors the reference finds first what needs no file",
    f"events {{}} {_IMAP} so_keepalive=1y; }} }}": "an option that the system refuses is refused at"
    " once; nginx goes on without it",
    'events {} user "a\0b";': "a NUL ends a word in nginx, and no system call would take it whole",
}
