"""TLS directives, good and bad, to put before nginx and the reference.

Each row is a fragment for a server with an implicit-TLS and a plain `listen`, its pair above it;
`OUTER` has fragments for `mail`, `OTHER` whole configurations. DIR stands for a directory with
the files of `files`.
"""

from __future__ import annotations

PLAIN = "listen 127.0.77.2:9931; protocol imap; "
TLS = "listen 127.0.77.2:9931 ssl; protocol imap; "

DH_512 = b"""\
-----BEGIN DH PARAMETERS-----
MEYCQQDgpPNZ7gPFZlPHP8rk7/VqTbpu80DH1VYnWzbZO/jeiiFzKdZ36pQ1CeFM
5Fv7a+4MbytuaxYgkSwqAFQGn6/vAgEC
-----END DH PARAMETERS-----
"""
DH_1024 = b"""\
-----BEGIN DH PARAMETERS-----
MIGHAoGBAJmO9GS7CJQkBM4kJN2KenwF7fj7dmK3kvu/1GME4rm56xwRHM4GucbK
QciR7KTuCugo3jJhm+rTHRkeK+rgU68ffcqNsw5KpgC8WhgV9BI56hymPzx4TA1N
rqT9ZqzWyk6or4gGdP7GK7F0bLUQydJaiEZFet0KBoq5zwgTYcXnAgEC
-----END DH PARAMETERS-----
"""
DH_2048 = b"""\
-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
"""  # ffdhe2048 of RFC 7919

SERVER = {
    # dhparam and curves
    "dh": "ssl_dhparam DIR/dh2048.pem;",
    "dh-relative": "ssl_dhparam dh2048.pem;",
    "dh-missing": "ssl_dhparam nosuch;",
    "dh-directory": "ssl_dhparam DIR;",
    "dh-empty-name": 'ssl_dhparam "";',
    "dh-no-parameters": "ssl_dhparam DIR/cert.pem;",
    "dh-empty": "ssl_dhparam DIR/empty;",
    "dh-512": "ssl_dhparam DIR/dh512.pem;",
    "dh-512-level-0": "ssl_dhparam DIR/dh512.pem; ssl_ciphers DEFAULT@SECLEVEL=0;",
    "dh-1024": "ssl_dhparam DIR/dh1024.pem;",
    "dh-1024-level-0": "ssl_dhparam DIR/dh1024.pem; ssl_ciphers DEFAULT@SECLEVEL=0;",
    "dh-twice": "ssl_dhparam x; ssl_dhparam y;",
    "dh-after-crl": "ssl_dhparam nosuch; ssl_verify_client optional_no_ca; ssl_crl nosuch;",
    "curve": "ssl_ecdh_curve secp384r1;",
    "curve-auto": "ssl_ecdh_curve auto;",
    "curve-auto-upper": "ssl_ecdh_curve AUTO;",
    "curve-auto-first": "ssl_ecdh_curve auto:prime256v1;",
    "curve-list": "ssl_ecdh_curve X25519:P-256:prime192v1:ffdhe2048;",
    "curve-unknown": "ssl_ecdh_curve nosuch;",
    "curve-unknown-second": "ssl_ecdh_curve prime256v1:nosuch;",
    "curve-repeated": "ssl_ecdh_curve prime256v1:P-256;",
    "curve-empty": 'ssl_ecdh_curve "";',
    "curve-colon": "ssl_ecdh_curve prime256v1:;",
    "curve-comma": "ssl_ecdh_curve prime256v1,secp384r1;",
    "curve-twice": "ssl_ecdh_curve auto; ssl_ecdh_curve auto;",
    "curve-two": "ssl_ecdh_curve prime256v1 secp384r1;",
    "curve-after-dh": "ssl_ecdh_curve nosuch; ssl_dhparam nosuch;",
    # pass-phrases
    "password": "ssl_certificate_key DIR/locked.key; ssl_password_file DIR/good.pass;",
    "password-second": "ssl_certificate_key DIR/locked.key; ssl_password_file DIR/second.pass;",
    "password-crlf": "ssl_certificate_key DIR/locked.key; ssl_password_file DIR/crlf.pass;",
    "password-no-newline": "ssl_certificate_key DIR/locked.key; ssl_password_file DIR/bare.pass;",
    "password-blank": "ssl_certificate_key DIR/locked.key; ssl_password_file DIR/blank.pass;",
    "password-wrong": "ssl_certificate_key DIR/locked.key; ssl_password_file DIR/bad.pass;",
    "password-two-wrong": "ssl_certificate_key DIR/locked.key; ssl_password_file DIR/bads.pass;",
    "password-none": "ssl_certificate_key DIR/locked.key; ssl_password_file DIR/empty;",
    "password-newlines": "ssl_certificate_key DIR/locked.key; ssl_password_file DIR/newlines;",
    "password-unneeded": "ssl_certificate_key DIR/key.pem; ssl_password_file DIR/bad.pass;",
    "password-missing": "ssl_password_file nosuch;",
    "password-directory": "ssl_password_file DIR;",
    "password-twice": "ssl_password_file good.pass;\nssl_password_file nosuch;",
    "password-4095": "ssl_password_file DIR/4095.pass;",
    "password-4096": "\nssl_password_file DIR/4096.pass;",
    "password-4096-bare": "ssl_password_file DIR/4096-bare.pass;",
    "password-endless": "ssl_password_file /dev/zero;",
    "password-key-missing": "ssl_certificate_key nosuch; ssl_password_file good.pass;",
    "password-data": "ssl_certificate_key 'data:LOCKED'; ssl_password_file second.pass;",
    # the session cache
    "cache-off": "ssl_session_cache off;",
    "cache-none": "ssl_session_cache none;",
    "cache-upper": "ssl_session_cache OFF;",
    "cache-builtin": "ssl_session_cache builtin;",
    "cache-builtin-0": "ssl_session_cache builtin:0;",
    "cache-builtin-1000": "ssl_session_cache builtin:1000;",
    "cache-builtin-bare": "ssl_session_cache builtin:;",
    "cache-builtin-negative": "ssl_session_cache builtin:-1;",
    "cache-builtin-word": "ssl_session_cache builtin:x;",
    "cache-builtin-unit": "ssl_session_cache builtin:1k;",
    "cache-builtin-two": "ssl_session_cache builtin:1:2;",
    "cache-builtin-huge": "ssl_session_cache builtin:9223372036854775808;",
    "cache-shared": "ssl_session_cache shared:A:1m;",
    "cache-shared-upper": "ssl_session_cache shared:A:32K;",
    "cache-shared-bytes": "ssl_session_cache shared:A:32768;",
    "cache-shared-small": "ssl_session_cache shared:A:32767;",
    "cache-shared-31k": "\nssl_session_cache shared:A:31k;",
    "cache-shared-0": "ssl_session_cache shared:A:0;",
    "cache-shared-word": "ssl_session_cache shared:A:x;",
    "cache-shared-negative": "ssl_session_cache shared:A:-1;",
    "cache-shared-g": "ssl_session_cache shared:A:1g;",
    "cache-shared-tail": "ssl_session_cache shared:A:10m:x;",
    "cache-shared-overflow": "ssl_session_cache shared:A:9223372036854775807k;",
    "cache-shared-too-much": "ssl_session_cache shared:A:9000000000000m;",
    "cache-shared-no-size": "ssl_session_cache shared:A:;",
    "cache-shared-no-name": "ssl_session_cache shared::1m;",
    "cache-shared-bare": "ssl_session_cache shared:;",
    "cache-shared-alone": "ssl_session_cache shared;",
    "cache-both": "ssl_session_cache builtin:1000 shared:SSL:10m;",
    "cache-off-none": "ssl_session_cache off none;",
    "cache-none-shared": "ssl_session_cache none shared:A:1m;",
    "cache-two-zones": "ssl_session_cache shared:A:1m shared:B:2m;",
    "cache-good-and-bad": "ssl_session_cache builtin nosuch;",
    "cache-empty": 'ssl_session_cache "";',
    "cache-none-at-all": "ssl_session_cache;",
    "cache-three": "ssl_session_cache off none builtin;",
    "cache-twice": "ssl_session_cache off; ssl_session_cache shared:A:1m;",
    "cache-conflict": "ssl_session_cache shared:A:1m;\nssl_session_cache shared:A:2m;",
    "cache-conflict-in-one": "ssl_session_cache shared:A:1m shared:A:64k;",
    # timeout and tickets
    "timeout": 'ssl_session_timeout "1h 30m";',
    "timeout-0": "ssl_session_timeout 0;",
    "timeout-year": "ssl_session_timeout 1y2M;",
    "timeout-largest": "ssl_session_timeout 9223372036854775807;",
    "timeout-larger": "ssl_session_timeout 9223372036854775808;",
    "timeout-too-many-years": "ssl_session_timeout 300000000000y;",
    "timeout-milliseconds": "ssl_session_timeout 5ms;",
    "timeout-negative": "ssl_session_timeout -1;",
    "timeout-word": "ssl_session_timeout off;",
    "timeout-unit": "ssl_session_timeout 5x;",
    "timeout-order": "ssl_session_timeout 5s1m;",
    "timeout-repeated": "ssl_session_timeout 5y5y;",
    "timeout-empty": 'ssl_session_timeout "";',
    "timeout-twice": "ssl_session_timeout 5; ssl_session_timeout x;",
    "tickets": "ssl_session_tickets off;",
    "tickets-upper": "ssl_session_tickets OFF;",
    "tickets-bad": "ssl_session_tickets no;",
    "tickets-twice": "ssl_session_tickets on; ssl_session_tickets on;",
    "ticket-key-48": "ssl_session_ticket_key DIR/48.key;",
    "ticket-key-80": "ssl_session_ticket_key 80.key;",
    "ticket-key-several": "ssl_session_ticket_key 80.key; ssl_session_ticket_key 48.key;"
    " ssl_session_ticket_key 48.key;",
    "ticket-key-47": "ssl_session_ticket_key 47.key;",
    "ticket-key-81": "ssl_session_ticket_key 80.key;\nssl_session_ticket_key 81.key;\n",
    "ticket-key-empty": "ssl_session_ticket_key empty;",
    "ticket-key-directory": "ssl_session_ticket_key DIR;",
    "ticket-key-missing": "\nssl_session_ticket_key nosuch;",
    "ticket-key-empty-name": 'ssl_session_ticket_key "";',
    "ticket-key-tickets-off": "ssl_session_tickets off; ssl_session_ticket_key 47.key;",
    "ticket-key-after-curve": "ssl_session_ticket_key 47.key; ssl_ecdh_curve nosuch;",
    # OpenSSL's own commands
    "command": "ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;",
    "command-several": "ssl_conf_command Protocol TLSv1.2;"
    " ssl_conf_command Options -SessionTicket;",
    "command-unknown": "ssl_conf_command NoSuch x;",
    "command-bad-value": "ssl_conf_command Ciphersuites nosuch;",
    "command-bad-protocol": "ssl_conf_command MinProtocol TLSv1.9;",
    "command-certificate": "ssl_conf_command Certificate cert.pem;"
    " ssl_conf_command PrivateKey key.pem;",
    "command-certificate-missing": "ssl_conf_command Certificate nosuch;",
    "command-key-missing": "ssl_conf_command PrivateKey nosuch;",
    "command-key-other": "ssl_conf_command PrivateKey other.key;",
    "command-one": "ssl_conf_command Options;",
    "command-three": "ssl_conf_command Options a b;",
    "command-empty": 'ssl_conf_command "" "";',
    "command-after-tickets": "ssl_conf_command NoSuch x; ssl_session_ticket_key 47.key;",
    # engines
    "engine-unknown": "ssl_certificate_key engine:nosuch:id;",
    "engine-no-id": "ssl_certificate_key engine:nosuch;",
    "engine-empty": "ssl_certificate_key engine::;",
    "engine-no-keys": "ssl_certificate_key engine:dynamic:id;",
}

# Where nothing in the server leads to TLS, only what is read with the file itself is wrong.
UNUSED = {
    "dh": "ssl_dhparam nosuch;",
    "curve": "ssl_ecdh_curve nosuch;",
    "ticket-key": "ssl_session_ticket_key nosuch;",
    "command": "ssl_conf_command NoSuch x;",
    "password": "ssl_password_file nosuch;",
    "cache": "ssl_session_cache nosuch;",
    "cache-small": "ssl_session_cache shared:A:1k;",
    "timeout": "ssl_session_timeout x;",
    "key": "ssl_certificate_key nosuch;",
}

# Fragments for `mail`, which has a pair and an auth server already.
OUTER = {
    "zone-of-two": "ssl_session_cache shared:A:1m;"
    f" server {{ {TLS} ssl_session_cache shared:A:1m builtin; }}",
    "zone-of-two-sizes": f"server {{ {TLS} ssl_session_cache shared:A:1m; }}\n"
    "server { listen 127.0.77.2:9932; protocol imap;\nssl_session_cache shared:A:2m; }",
    "cache-inherited": f"ssl_session_cache shared:A:1m; server {{ {TLS} ssl_session_cache none; }}",
    "password-inherited": "ssl_password_file good.pass;"
    f" server {{ {TLS} ssl_certificate_key locked.key; }}",
    "password-replaced": "ssl_password_file good.pass;"
    f" server {{ {TLS} ssl_certificate_key locked.key; ssl_password_file bad.pass; }}",
    "ticket-key-replaced": "ssl_session_ticket_key 47.key;"
    f" server {{ {TLS} ssl_session_ticket_key 48.key; }}",
    "ticket-key-inherited": f"ssl_session_ticket_key 47.key;\nserver {{ {TLS} }}\n# end\n",
    "command-replaced": "ssl_conf_command NoSuch x;"
    f" server {{ {TLS} ssl_conf_command Options x; }}",
    "curve-replaced": f"ssl_ecdh_curve nosuch; server {{ {TLS} ssl_ecdh_curve auto; }}",
    "dh-removed": f'ssl_dhparam nosuch; server {{ {TLS} ssl_dhparam ""; }}',
    "ssl-on": f"ssl on;\nserver {{ {PLAIN} ssl_dhparam nosuch; }}",
    "ssl-on-starttls-off": f"ssl ON; server {{ {PLAIN} starttls off; }}",
    "ssl-off-inside": f"ssl on; server {{ {PLAIN} ssl off; ssl_dhparam nosuch; }}",
    "ssl-twice": "ssl off;\nssl off;",
}

MAIN = {
    "engine-unknown": "ssl_engine nosuch;",
    "engine-twice": "ssl_engine dynamic; ssl_engine dynamic;",
    "engine-none": "ssl_engine;",
    "engine-two": "ssl_engine a b;",
    "engine-in-mail": "mail { ssl_engine dynamic; }",
    "dh-in-main": "ssl_dhparam x;",
    "tickets-in-main": "ssl_session_tickets on;",
    "cache-in-events": "events { ssl_session_cache off; }",
}


def rows() -> dict[str, str]:
    """All of them as whole configurations."""
    head = "events {}\nmail {\nauth_http 127.0.0.1:9;\nssl_certificate cert.pem;"
    pair = head + " ssl_certificate_key key.pem;\n"
    whole = {}
    for name, text in SERVER.items():
        own = head if "ssl_certificate_key" in text else pair
        whole[f"server-{name}"] = f"{own}server {{ {TLS}\n{text} }}\n}}\n"
    for name, text in UNUSED.items():
        whole[f"unused-{name}"] = f"{head}server {{ {PLAIN}\n{text} }}\n}}\n"
    for name, text in OUTER.items():
        whole[f"mail-{name}"] = f"{pair}{text}\n}}\n"
    for name, text in MAIN.items():
        whole[f"main-{name}"] = f"{text}\n" + ("" if "events" in text else "events {}\n")
    return whole


def files(certificate: bytes, key: bytes, locked: bytes, other: bytes) -> dict[str, bytes]:
    """What the rows name. `locked` is the key under the pass-phrase "open sesame"."""
    good = b"open sesame"
    return {
        "cert.pem": certificate,
        "key.pem": key,
        "locked.key": locked,
        "other.key": other,
        "dh512.pem": DH_512,
        "dh1024.pem": DH_1024,
        "dh2048.pem": DH_2048,
        "empty": b"",
        "newlines": b"\n\r\n\n",
        "good.pass": good + b"\n",
        "second.pass": b"wrong\n\n" + good + b"\nwrong\n",
        "crlf.pass": good + b"\r\n",
        "bare.pass": b"wrong\n" + good,
        "blank.pass": b" " + good + b"\n",
        "bad.pass": b"wrong\n",
        "bads.pass": b"wrong\nworse\n",
        "4095.pass": b"x" * 4095 + b"\n",
        "4096.pass": b"x" * 4096 + b"\n",
        "4096-bare.pass": b"y\n" + b"x" * 4096,
        **{f"{size}.key": bytes(range(size)) for size in (47, 48, 80, 81)},
    }
