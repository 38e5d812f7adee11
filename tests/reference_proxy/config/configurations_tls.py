"""What TLS needs, good and bad: each is the inside of a `server {}` with a plain listen."""

from __future__ import annotations

TLS = "starttls on; ssl_certificate CERT; ssl_certificate_key KEY; "
CA = "ssl_verify_client on; ssl_client_certificate CERT; "


def pair(certificate: str, key: str = "KEY", more: str = "") -> str:
    return f"starttls on; ssl_certificate {certificate}; ssl_certificate_key {key}; {more}"


CERTIFICATES = {
    "two-types": pair("rsa-cert.pem", "rsa-key.pem", "ssl_certificate CERT;")
    + "ssl_certificate_key KEY;",
    "two-types-crossed": pair("rsa-cert.pem", "KEY", "ssl_certificate CERT;")
    + "ssl_certificate_key rsa-key.pem;",
    "other-type-of-key": pair("rsa-cert.pem"),
    "other-key": pair("other-cert.pem"),
    "one-type-twice": pair("other-cert.pem", "other-key.pem", "ssl_certificate CERT;")
    + "ssl_certificate_key KEY;",
    "der": pair("leaf.der"),
    "directory": pair("DIR"),
    "no-pem": pair("log"),
    "chain": pair("chain.pem"),
    "broken-chain": pair("broken-chain.pem"),
    "text-around": pair("text-around.pem"),
    "key-in-the-same-file": pair("both.pem", "both.pem"),
    "key-in-the-same-file-unnamed": "starttls on; ssl_certificate both.pem;",
    "trusted-block": pair("trusted.pem"),
    "leaf-second": pair("wrong-order.pem"),
    "ed25519": pair("ed-cert.pem", "ed-key.pem"),
    "rsa": pair("rsa-cert.pem", "rsa-key.pem"),
    "rsa-1024": pair("small-cert.pem", "small-key.pem"),
    "rsa-1024-level-0": pair("small-cert.pem", "small-key.pem", "ssl_ciphers DEFAULT@SECLEVEL=0;"),
    "expired": pair("old-cert.pem", "old-key.pem"),
    "data": pair("data:abc"),
    "fewer-keys-of-three": "listen 127.0.77.1:9932 ssl; ssl_certificate a; ssl_certificate b;"
    " ssl_certificate c; ssl_certificate_key KEY;",
    "on-every-kind-of-listen": "listen [::1]:9932 ssl; listen unix:DIR/ssl-sock ssl;"
    " listen 127.0.77.1:9940-9941 ssl; ssl_certificate CERT; ssl_certificate_key KEY;",
    "listen-ssl-bare": "listen 127.0.77.1:9932 ssl; ssl_certificate CERT;",
}

KEYS = {
    "missing": pair("CERT", "nosuch"),
    "no-pem": pair("CERT", "log"),
    "directory": pair("CERT", "DIR"),
    "traditional": pair("CERT", "traditional-key.pem"),
    "encrypted": pair("CERT", "secret-key.pem", "ssl_password_file passwords;"),
    "encrypted-crlf": pair("CERT", "secret-key.pem", "ssl_password_file passwords.crlf;"),
    "encrypted-wrong": pair("CERT", "secret-key.pem", "ssl_password_file passwords.wrong;"),
    "encrypted-empty": pair("CERT", "secret-key.pem", "ssl_password_file passwords.none;"),
    "unneeded-password": pair("CERT", "KEY", "ssl_password_file passwords;"),
    "engine-without-id": pair("CERT", "engine:foo"),
    "engine-without-name": pair("CERT", "engine:"),
    "engine-unknown": pair("CERT", "engine:nosuch:id"),
    "engine-more-colons": pair("CERT", "engine:a:b:c"),
    "store-is-a-file": pair("CERT", "store:x"),
    "data": pair("CERT", "data:x"),
}

PASSWORDS = {
    "twice": "ssl_password_file passwords; ssl_password_file passwords;",
    "missing-unused": "ssl_password_file nosuch;",
    "directory": "ssl_password_file DIR;",
    "line-4095": "ssl_password_file passwords.4095;",
    "line-4096": "ssl_password_file passwords.4096;",
}

CLIENTS = {
    "ask": TLS + "ssl_verify_client ask;",
    "trusted-block-as-client-ca": TLS + "ssl_verify_client on; ssl_client_certificate trusted.pem;",
    "trusted-block-as-trusted": TLS + CA + "ssl_trusted_certificate trusted.pem;",
    "several-cas": TLS + "ssl_verify_client on; ssl_client_certificate chain.pem;",
    "broken-cas": TLS + "ssl_verify_client on; ssl_client_certificate broken-chain.pem;",
    "empty-ca": TLS + "ssl_verify_client on; ssl_client_certificate log;",
    "directory-as-ca": TLS + "ssl_verify_client on; ssl_client_certificate DIR;",
    "key-as-ca": TLS + "ssl_verify_client on; ssl_client_certificate KEY;",
    "empty-trusted": TLS + CA + "ssl_trusted_certificate log;",
    "crl": TLS + CA + "ssl_crl crl.pem;",
    "old-crl": TLS + CA + "ssl_crl old-crl.pem;",
    "certificate-as-crl": TLS + CA + "ssl_crl CERT;",
    "empty-crl": TLS + CA + "ssl_crl log;",
    "directory-as-crl": TLS + CA + "ssl_crl DIR;",
    "key-as-crl": TLS + CA + "ssl_crl KEY;",
    "crl-unset": TLS + CA + 'ssl_crl "";',
}

CIPHERS = {
    "only-1.3": TLS + "ssl_ciphers TLS_AES_128_GCM_SHA256;",
    "one-unknown": TLS + "ssl_ciphers HIGH:NOSUCH;",
    "all-but-all": TLS + "ssl_ciphers ALL:!ALL;",
    "example": TLS + "ssl_ciphers AES128-SHA:AES256-SHA:RC4-SHA:DES-CBC3-SHA:RC4-MD5;",
    "sslv3-only": TLS + "ssl_protocols SSLv3;",
    "twice-added-up": TLS + "ssl_protocols TLSv1.2; ssl_protocols TLSv1.3;",
}

DIFFIE_HELLMAN = {
    "dhparam": TLS + "ssl_dhparam dh.pem;",
    "dhparam-missing": TLS + "ssl_dhparam nosuch;",
    "dhparam-no-parameters": TLS + "ssl_dhparam CERT;",
    "dhparam-small": TLS + "ssl_dhparam small-dh.pem;",
    "dhparam-small-level-0": TLS + "ssl_dhparam small-dh.pem; ssl_ciphers DEFAULT@SECLEVEL=0;",
    "dhparam-unset": TLS + 'ssl_dhparam "";',
    "dhparam-unused": "ssl_dhparam nosuch;",
    "dhparam-twice": "ssl_dhparam a; ssl_dhparam b;",
    "curve-auto": TLS + "ssl_ecdh_curve auto;",
    "curve-auto-upper": TLS + "ssl_ecdh_curve AUTO;",
    "curve-auto-and": TLS + "ssl_ecdh_curve auto:X25519;",
    "curve-aliases": TLS + "ssl_ecdh_curve P-256:x25519:prime192v1:ffdhe2048;",
    "curve-unknown": TLS + "ssl_ecdh_curve prime256v1:nosuch;",
    "curve-empty": TLS + 'ssl_ecdh_curve "";',
    "curve-last-colon": TLS + "ssl_ecdh_curve prime256v1:;",
    "curve-two": TLS + "ssl_ecdh_curve prime256v1 secp384r1;",
    "curve-twice": "ssl_ecdh_curve a; ssl_ecdh_curve b;",
}

SESSIONS = {
    **{
        f"cache-{value or 'empty'}": f'{TLS}ssl_session_cache "{value}";'
        for value in (
            *("off", "none", "builtin", "builtin:", "builtin:5", "builtin:0", "builtin:-1"),
            *("builtin:x", "builtin:1k", "shared", "shared:", "shared:A", "shared:A:", "OFF", ""),
            *("shared::1m", "shared:A:x", "shared:A:-1", "shared:A:1g", "shared:A:10m:x"),
            *("shared:A:1m", "shared:A:32k", "shared:A:31k", "shared:A:32767", "shared:A:0"),
        )
    },
    "cache-two": TLS + "ssl_session_cache builtin shared:A:1m;",
    "cache-off-none": TLS + "ssl_session_cache off none;",
    "cache-three": TLS + "ssl_session_cache off none builtin;",
    "cache-twice": TLS + "ssl_session_cache builtin; ssl_session_cache shared:A:1m;",
    "cache-two-sizes": TLS + "ssl_session_cache shared:A:1m; ssl_session_cache shared:A:2m;",
    "cache-zone-unused": "ssl_session_cache shared:A:31k;",
    **{
        f"timeout-{value or 'empty'}": f'{TLS}ssl_session_timeout "{value}";'
        for value in ("0", "5m", "1y", "1h 30m", "-1", "x", "5x", "5ms", "5s1m", "1m1m", "off", "")
    },
    "timeout-twice": "ssl_session_timeout 5; ssl_session_timeout 5;",
    "tickets-bad": TLS + "ssl_session_tickets yes;",
    "tickets-twice": TLS + "ssl_session_tickets on; ssl_session_tickets x;",
    "tickets-off": TLS + "ssl_session_tickets off;",
    "ticket-keys": TLS + "ssl_session_ticket_key ticket.48; ssl_session_ticket_key ticket.80;",
    "ticket-key-short": TLS + "ssl_session_ticket_key ticket.47;",
    "ticket-key-missing": TLS + "ssl_session_ticket_key nosuch;",
    "ticket-key-directory": TLS + "ssl_session_ticket_key DIR;",
    "ticket-key-tickets-off": TLS + "ssl_session_tickets off; ssl_session_ticket_key ticket.47;",
    "ticket-key-unused": "ssl_session_ticket_key nosuch;",
}

COMMANDS = {
    "good": TLS + "ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;",
    "several": TLS + "ssl_conf_command Options -SessionTicket;"
    " ssl_conf_command MinProtocol TLSv1.2;",
    "unknown": TLS + "ssl_conf_command NoSuch x;",
    "bad-value": TLS + "ssl_conf_command Ciphersuites x;",
    "unused": "ssl_conf_command NoSuch x;",
    "three-words": "ssl_conf_command a b c;",
    "file": TLS + "ssl_conf_command Certificate cert.pem; ssl_conf_command PrivateKey key.pem;",
}

GROUPS = {
    "certificate": CERTIFICATES,
    "key": KEYS,
    "password": PASSWORDS,
    "client": CLIENTS,
    "cipher": CIPHERS,
    "dh": DIFFIE_HELLMAN,
    "session": SESSIONS,
    "command": COMMANDS,
}

SERVER = {
    f"{group}-{name}": text for group, texts in GROUPS.items() for name, text in texts.items()
}
