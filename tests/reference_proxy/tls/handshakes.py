"""Servers, what `openssl s_client` is told to offer them, and what must come of it.

A row's outcome is a part of what s_client prints when a handshake succeeds, or the alert. In a
directive DIR is the directory of the test's files.
"""

from __future__ import annotations

_RSA = "ssl_certificate DIR/rsa.pem; ssl_certificate_key DIR/rsa.key; "
_LISTED = _RSA + "ssl_ecdh_curve secp384r1:prime256v1; "
_ORDER = "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384; "
_OLD = "ssl_ciphers ALL:@SECLEVEL=0; ssl_protocols "

SERVERS = {
    "default": _RSA,
    "dh-2048": _RSA + "ssl_dhparam DIR/dh2048.pem;",
    "dh-1024": _RSA + "ssl_dhparam DIR/dh1024.pem; ssl_ciphers ALL:@SECLEVEL=0;",
    "dh-command": _RSA + "ssl_conf_command DHParameters DIR/dh2048.pem;",
    "listed": _LISTED,
    "listed-prefer": _LISTED + "ssl_prefer_server_ciphers on;",
    "ffdhe": "ssl_ecdh_curve ffdhe2048;",
    "alpha": "ssl_ecdh_curve X448;",
    "sslv3": "ssl_protocols SSLv3;",
    "tls10": _OLD + "TLSv1;",
    "tls10-12": _OLD + "TLSv1 TLSv1.2;",
    "tls11-13": _OLD + "TLSv1.1 TLSv1.3;",
    "tls10-level-2": "ssl_protocols TLSv1;",
    "command-minimum": "ssl_conf_command MinProtocol TLSv1.3;",
    "command-maximum": "ssl_conf_command MaxProtocol TLSv1.2;",
    "command-suites": "ssl_conf_command Ciphersuites TLS_CHACHA20_POLY1305_SHA256;",
    "command-preference": "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384; ssl_conf_command Options ServerPreference;",
    "command-certificate": "ssl_conf_command Certificate DIR/rsa.pem;"
    " ssl_conf_command PrivateKey DIR/rsa.key; ssl_ciphers aRSA;",
    "command-curves": "ssl_ecdh_curve prime256v1; ssl_conf_command Groups secp384r1;",
    "locked": "ssl_certificate_key DIR/locked.key; ssl_password_file DIR/second.pass;",
    "from-fifo": "ssl_certificate_key DIR/locked.key; ssl_password_file FIFO;",
    "key-80": "ssl_session_ticket_key DIR/80.key;",
    "key-48": "ssl_session_ticket_key DIR/48.key; ssl_session_ticket_key DIR/80.key;",
    "hint": "ssl_session_timeout 864000;",
    "unset": "",
    "unset-weak": "ssl_ciphers ALL:@SECLEVEL=0;",
    "two": _ORDER,
    "two-prefer": _ORDER + "ssl_prefer_server_ciphers on;",
    "both": "ssl_certificate DIR/cert.pem; ssl_certificate_key DIR/key.pem; " + _RSA,
    "asking": "ssl_client_certificate DIR/rsa.pem; ssl_verify_client optional;",
    "off-off": "ssl_session_cache off; ssl_session_tickets off;",
    "none-off": "ssl_session_tickets off;",
    "builtin-off": "ssl_session_cache builtin; ssl_session_tickets off;",
    "off-on": "ssl_session_cache off;",
}
PROTOCOLS = "TLSv1.2 TLSv1.3"
# Those that are left with the default.
UNSET = {"unset", "unset-weak"}

_DHE = "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256"
_TWO = "-tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256"
_SUITES = "-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384"
_WEAK = " -cipher ALL:@SECLEVEL=0"
_REFUSED = "alert handshake failure"
_VERSION = "alert protocol version"

ROWS = [
    ("default", _DHE, _REFUSED),
    ("default", "-tls1_3 -groups ffdhe2048", "TLS_AES_256_GCM_SHA384"),
    ("dh-2048", _DHE, "Server Temp Key: DH, 2048 bits"),
    ("dh-1024", _DHE + ":@SECLEVEL=0", "Server Temp Key: DH, 1024 bits"),
    ("dh-command", _DHE, "Server Temp Key: DH, 2048 bits"),
    *(
        ("default", f"-tls1_2 -cipher ECDHE -curves {curve}", f"Server Temp Key: {named}")
        for curve, named in [
            ("X25519", "X25519"),
            ("X448", "X448"),
            ("P-256", "ECDH, prime256v1"),
            ("P-521", "ECDH, secp521r1"),
            ("P-521:P-384:P-256", "ECDH, secp521r1"),
        ]
    ),
    ("default", "-tls1_2 -cipher ECDHE -curves secp256k1", _REFUSED),
    *(
        ("listed", f"{version} -curves {offered}", outcome)
        for version in ("-tls1_2 -cipher ECDHE", "-tls1_3")
        for offered, outcome in [
            ("P-256:P-384", "Server Temp Key: ECDH, prime256v1"),
            ("P-384:P-256", "Server Temp Key: ECDH, secp384r1"),
            ("X25519:P-521:P-384", "Server Temp Key: ECDH, secp384r1"),
            ("X25519", _REFUSED),
        ]
    ),
    ("listed-prefer", "-tls1_2 -curves P-256:P-384", "Server Temp Key: ECDH, secp384r1"),
    # In TLS 1.3 the group whose key share is there already wins.
    ("listed-prefer", "-tls1_3 -curves P-256:P-384", "Server Temp Key: ECDH, prime256v1"),
    ("ffdhe", "-tls1_3 -groups ffdhe2048", "Server Temp Key: DH, 2048 bits"),
    ("ffdhe", "-tls1_3 -groups P-256", _REFUSED),
    ("ffdhe", "-tls1_2", _REFUSED),
    ("alpha", "-tls1_3 -groups X448:X25519", "Server Temp Key: X448"),
    ("sslv3", "-tls1_2", _VERSION),
    ("sslv3", "-tls1_3", _VERSION),
    ("tls10", "-tls1" + _WEAK, "Protocol  : TLSv1\n"),
    ("tls10", "-tls1_2" + _WEAK, "unsupported protocol"),
    ("tls10", "-tls1_3" + _WEAK, _VERSION),
    ("tls10-12", "-tls1_1" + _WEAK, "version"),
    ("tls10-12", "-no_tls1_3" + _WEAK, "Protocol  : TLSv1.2"),
    ("tls11-13", "-tls1_2" + _WEAK, "version"),
    ("tls11-13", "-tls1_1" + _WEAK, "Protocol  : TLSv1.1"),
    ("tls10-level-2", "-tls1" + _WEAK, "alert internal error"),
    ("command-minimum", "-tls1_2", _VERSION),
    ("command-minimum", "-tls1_3", "New, TLSv1.3"),
    ("command-maximum", "-tls1_3", _VERSION),
    ("command-maximum", "", "Protocol  : TLSv1.2"),
    ("command-suites", "-tls1_3", "TLS_CHACHA20_POLY1305_SHA256"),
    ("command-suites", "-tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256", _REFUSED),
    ("command-preference", _TWO, "Cipher is ECDHE-ECDSA-AES128-GCM-SHA256"),
    ("command-certificate", "-tls1_2", "CN = rsa"),
    ("command-curves", "-tls1_3 -groups P-256:P-384", "Server Temp Key: ECDH, secp384r1"),
    ("locked", "", "CN = server"),
    ("from-fifo", "", "CN = server"),
    ("key-80", "-tls1_2", "0000 - 38 38 38 38 38 38 38 38-38 38 38 38 38 38 38 38 "),
    ("key-48", "-tls1_2", "0000 - 34 34 34 34 34 34 34 34-34 34 34 34 34 34 34 34 "),
    ("default", "-tls1_2", "TLS session ticket lifetime hint: 300 (seconds)"),
    ("hint", "-tls1_2", "TLS session ticket lifetime hint: 864000 (seconds)"),
    ("hint", "-tls1_3", "TLS session ticket lifetime hint: 604800 (seconds)"),
    ("unset", "", "Protocol  : TLSv1.2"),
    ("unset", "-tls1_3", _VERSION),
    ("unset", "-tls1_1" + _WEAK, "alert internal error"),
    ("unset-weak", "-tls1_1" + _WEAK, "Protocol  : TLSv1.1"),
    ("unset-weak", "-tls1" + _WEAK, "Protocol  : TLSv1\n"),
    ("default", "-tls1_2 -fallback_scsv", "alert inappropriate fallback"),
    ("command-minimum", "-tls1_2 -fallback_scsv", _VERSION),
    ("default", "-tls1_2 -cipher aECDSA", _REFUSED),
    ("two", _TWO, "Cipher is ECDHE-ECDSA-AES256-GCM-SHA384"),
    ("two-prefer", _TWO, "Cipher is ECDHE-ECDSA-AES128-GCM-SHA256"),
    ("two", _SUITES, "Cipher is TLS_CHACHA20_POLY1305_SHA256"),
    ("two-prefer", _SUITES, "Cipher is TLS_AES_256_GCM_SHA384"),
    ("both", "-tls1_2 -cipher ECDHE+aRSA:ECDHE+aECDSA", "CN = rsa"),
    ("both", "-tls1_2 -cipher ECDHE+aECDSA:ECDHE+aRSA", "CN = server"),
    ("both", "-tls1_3 -sigalgs RSA-PSS+SHA256:ECDSA+SHA256", "CN = rsa"),
    ("both", "-tls1_3 -sigalgs ECDSA+SHA256:RSA-PSS+SHA256", "CN = server"),
    ("default", "-tls1_2 -cipher ECDHE -curves P-384", "Server Temp Key: ECDH, secp384r1"),
    ("default", "-tls1_3 -servername other.example", "Max Early Data: 0"),
    ("default", "-tls1_2 -servername other.example -tlsextdebug", "CN = rsa"),
    ("default", "-tls1_2 -status", "OCSP response: no response sent"),
    ("asking", "-tls1_2", "Client Certificate Types: RSA sign, DSA sign, ECDSA sign"),
    ("asking", "-tls1_3", "Acceptable client certificate CA names\nCN = rsa"),
    *(
        (server, "-tls1_3", "Post-Handshake New Session Ticket arrived")
        for server in ("off-off", "none-off", "builtin-off", "off-on")
    ),
]


def names() -> list[str]:
    """The rows' names, in their order."""
    return [f"{server} {options}".rstrip() for server, options, _ in ROWS]
