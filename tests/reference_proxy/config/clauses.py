"""What is known of nginx 1.22.1's mail configuration, clause by clause, and the rows that show it.

`python -m tests.reference_proxy.config.clauses` prints the table.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Clause:
    """One thing that nginx does; its rows, or why no configuration can show it."""

    id: str
    says: str
    rows: tuple[str, ...] = ()
    unseen: str = ""


ELSEWHERE = "in no row here: tests.reference_proxy.clauses names what tests it"
NEWER = "of a newer nginx"
SOURCE = "known from nginx's source, without a trace in what it says"

CLAUSES = (
    Clause("GEN-01", "TLS directives stand in mail and server only", ("main-not-here",)),
    Clause("GEN-02", "a name nobody knows", ("main-unknown", "main-unknown-block")),
    Clause("GEN-03", "the number of words comes before their meaning", ("server-protocols-none",)),
    Clause(
        "GEN-04",
        "most directives stand once in a block, and that comes before their meaning",
        (
            *("server-starttls-twice-bad", "server-ssl-twice", "server-ciphers-twice"),
            *("tls-session-tickets-twice", "tls-password-twice", "tls-dh-dhparam-twice"),
            *("tls-dh-curve-twice", "tls-session-timeout-twice", "server: ssl_crl a; ssl_crl b;"),
        ),
    ),
    Clause(
        "GEN-05",
        "some are added up, and auth_http is replaced",
        (
            *("server-auth-twice", "tls-cipher-twice-added-up", "tls-session-ticket-keys"),
            *("tls-session-cache-twice", "tls-command-several", "tls-certificate-two-types"),
        ),
    ),
    Clause(
        "GEN-06",
        "a server's value replaces its mail block's, lists too",
        ("mail-duplicate-across-levels", "mail-certificate-outside-key-inside"),
    ),
    Clause("GEN-07", "flags in any letter case", ("main-daemon-upper", "server-ssl-bad")),
    Clause(
        "GEN-08",
        "words of a set in any letter case",
        ("server-starttls-upper", "server-verify-bad", "server: imap_auth PLAIN;"),
    ),
    Clause("GEN-09", "but not those of the session cache", ("tls-session-cache-OFF",)),
    Clause(
        "GEN-10",
        "files are opened where a server needs TLS",
        (
            *("server-certificate-unused", "server-ciphers-bad-unused", "tls-command-unused"),
            *("tls-dh-dhparam-unused", "tls-session-ticket-key-unused"),
            *("tls-password-missing-unused", "tls-session-cache-zone-unused"),
        ),
    ),
    Clause("GEN-11", "CA and CRL where clients are verified", ("server-verify-off-ca-missing",)),
    Clause("GEN-12", "the order in which TLS is set up", (), ELSEWHERE),
    Clause(
        "GEN-13",
        "what OpenSSL refuses names no line",
        ("server-certificate-missing", "server-certificate-junk", "tls-session-ticket-key-short"),
    ),
    Clause(
        "GEN-14", "paths are relative to the file's directory", ("server-certificate-relative",)
    ),
    Clause("GEN-15", "there are no variables", ("server-certificate-variable",)),
    Clause("GEN-16", "one mail block", ("main-mail-twice",)),
    Clause(
        "GEN-17",
        "what mail does not have",
        ("server-certificate-compression", "server: ssl_alpn x;", "server: ssl_key_log x;"),
    ),
    Clause("GEN-18", "an engine for all", ("main: ssl_engine;",)),
    Clause("LSSL-01", "ssl is a word of listen", ("server-listen-ssl-twice",)),
    Clause("LSSL-02", "its line is named, the last", ("server-ssl-listen-no-certificate",)),
    Clause(
        "LSSL-03",
        "the key has to be named",
        ("server-ssl-listen-no-key", "tls-certificate-key-in-the-same-file-unnamed"),
    ),
    Clause(
        "LSSL-04",
        "fewer keys: the last certificate is named",
        ("server-ssl-listen-fewer-keys", "tls-certificate-fewer-keys-of-three"),
    ),
    Clause("LSSL-05", "more keys: nobody opens them", ("server-ssl-listen-more-keys",)),
    Clause("LSSL-06", "plain and TLS in one server", ("server-ssl-listen-mixed",)),
    Clause("LSSL-07", "listen comes before starttls", ("server-ssl-listen-and-starttls-bare",)),
    Clause("LSSL-08", "and goes with it", ("server-ssl-listen-and-starttls",)),
    Clause(
        "LSSL-09",
        "words that listen does not know",
        ("server-listen-parameter-unknown", "server-listen-parameter-default"),
    ),
    Clause(
        "LSSL-10",
        "an address once",
        ("server-listen-twice", "mail-same-address", "server-listen-range-overlap"),
    ),
    Clause("LSSL-11", "a server listens", ("mail-server-empty", "mail-no-listen")),
    Clause(
        "LSSL-12",
        "the port suggests a protocol",
        ("server-protocol-none", "server-protocol-by-port-993", "server-protocol-by-second-port"),
    ),
    Clause(
        "LSSL-13", "the directive decides", ("server-protocol-over-port", "server-protocol-unknown")
    ),
    Clause("LSSL-14", "ssl on every kind of address", ("tls-certificate-on-every-kind-of-listen",)),
    Clause("LSSL-15", "the PROXY header comes before TLS", (), ELSEWHERE),
    Clause("LSSL-16", "multipath", ("listen: listen 127.0.77.1:9931 multipath;",)),
    Clause("SSL-01", "ssl is gone", (), NEWER),
    Clause("SSL-02", "ssl is deprecated, off too", ("server-ssl-on", "server-ssl-off")),
    Clause("SSL-03", "it is a flag", ("server-ssl-bad", "mail-ssl-on-outside")),
    Clause("SSL-04", "it makes every listen TLS", (), ELSEWHERE),
    Clause(
        "SSL-05",
        "it does not go with starttls",
        (
            *("server-ssl-then-starttls", "server-starttls-then-ssl"),
            *("server-starttls-off-ssl-on", "server-starttls-on-ssl-off"),
        ),
    ),
    Clause("SSL-06", "except across blocks", ("mail-ssl-on-outside",)),
    Clause("SSL-07", "it wants a certificate", ("server-ssl-on-bare", "mail-ssl-on-outside-bare")),
    Clause(
        "ST-01",
        "on, off, only",
        ("server-starttls-bad", "server-starttls-two", "server: starttls;"),
    ),
    Clause(
        "ST-02",
        "its line is named, in mail too",
        ("server-starttls-bare", "server-starttls-no-key", "mail-starttls-inherited-bare"),
    ),
    Clause("ST-03", "a server may be without", ("mail-starttls-removed",)),
    Clause("ST-04", "SMTP too", (), ELSEWHERE),
    Clause("ST-05", "since 0.3.13", (), SOURCE),
    Clause("CERT-01", "pairs by position", ("tls-certificate-two-types",)),
    Clause("CERT-02", "or by type", ("tls-certificate-two-types-crossed",)),
    Clause("CERT-03", "a key of another type loads", ("tls-certificate-other-type-of-key",)),
    Clause("CERT-04", "another key of its type does not", ("tls-certificate-other-key",)),
    Clause("CERT-05", "no file", ("server-certificate-missing",)),
    Clause(
        "CERT-06",
        "no certificate in it",
        (
            *("server-certificate-junk", "server-certificate-empty", "tls-certificate-der"),
            *("tls-certificate-directory", "tls-certificate-no-pem"),
        ),
    ),
    Clause(
        "CERT-07",
        "the rest of the chain",
        (
            *("tls-certificate-broken-chain", "tls-certificate-text-around"),
            "tls-certificate-key-in-the-same-file",
        ),
    ),
    Clause("CERT-08", "a TRUSTED CERTIFICATE first", ("tls-certificate-trusted-block",)),
    Clause("CERT-09", "the leaf comes first", ("tls-certificate-leaf-second",)),
    Clause("CERT-10", "of one type the last", ("tls-certificate-one-type-twice",)),
    Clause("CERT-11", "types", ("tls-certificate-ed25519", "tls-certificate-rsa")),
    Clause(
        "CERT-12",
        "weak keys, and the ciphers' security level",
        ("tls-certificate-rsa-1024", "tls-certificate-rsa-1024-level-0"),
    ),
    Clause("CERT-13", "expired ones load", ("tls-certificate-expired",)),
    Clause("CERT-14", "data:", ("tls-certificate-data", "server-certificate-data")),
    Clause("CERT-15", "keys that do not load", ("server-key-missing", "server-key-junk")),
    Clause("CERT-16", "without a password OpenSSL asks a terminal", (), "tests have no terminal"),
    Clause("CERT-17", "forms of keys", ("tls-key-traditional", "tls-key-encrypted")),
    Clause(
        "CERT-18",
        "engine:",
        ("tls-key-engine-without-id", "tls-key-engine-unknown", "tls-key-engine-more-colons"),
    ),
    Clause("CERT-19", "store: is a file's name", ("tls-key-store-is-a-file",)),
    Clause("CERT-20", "store: and passwords", (), NEWER),
    Clause("CERT-21", "files are kept across reloads", (), NEWER),
    Clause(
        "CERT-22",
        "lists are inherited apart",
        ("mail-certificate-outside-key-inside", "mail-two-certificates-outside"),
    ),
    Clause("CERT-23", "the chain is the file's", (), ELSEWHERE),
    Clause("PASS-01", "once in a block", ("tls-password-twice",)),
    Clause(
        "PASS-02",
        "read where it is named",
        ("tls-password-missing-unused", "tls-password-directory"),
    ),
    Clause("PASS-03", "a pipe will do", (), ELSEWHERE),
    Clause("PASS-04", "one password a line", ("tls-key-encrypted",)),
    Clause("PASS-05", "line ends", ("tls-key-encrypted-crlf",)),
    Clause("PASS-06", "no password is an empty one", ("tls-key-encrypted-empty",)),
    Clause("PASS-07", "how long", ("tls-password-line-4095", "tls-password-line-4096")),
    Clause("PASS-08", "how long for OpenSSL", (), ELSEWHERE),
    Clause(
        "PASS-09",
        "none that fits, and none that is needed",
        ("tls-key-encrypted-wrong", "tls-key-unneeded-password"),
    ),
    Clause("CIPH-01", "one word", ("server-ciphers-twice",)),
    Clause(
        "CIPH-02",
        "a cipher is left",
        (
            *("server-ciphers-bad", "server-ciphers-empty", "tls-cipher-only-1.3"),
            *("tls-cipher-one-unknown", "tls-cipher-all-but-all"),
        ),
    ),
    Clause("CIPH-03", "the page's examples load", ("tls-cipher-example",)),
    Clause("CIPH-04", "not those of TLS 1.3", (), ELSEWHERE),
    Clause("CIPH-05", "preference is a flag", ("server-prefer", "server-prefer-bad")),
    Clause("PROTO-01", "versions in any letter case", ("server-protocols",)),
    Clause("PROTO-02", "the default", (), ELSEWHERE),
    Clause(
        "PROTO-03",
        "unknown, repeated, added up",
        ("server-protocols-bad", "server-protocols-repeated", "tls-cipher-twice-added-up"),
    ),
    Clause("PROTO-04", "old ones load", ("server-protocols-old", "tls-cipher-sslv3-only")),
    Clause("PROTO-05", "a server's replace its mail block's", (), ELSEWHERE),
    Clause("PROTO-06", "OpenSSL's own configuration does not count", (), ELSEWHERE),
    Clause("DH-01", "none is none", ("tls-dh-dhparam-unset",)),
    Clause(
        "DH-02",
        "what does not load",
        (
            *("tls-dh-dhparam-missing", "tls-dh-dhparam-no-parameters", "tls-dh-dhparam-small"),
            "tls-dh-dhparam",
        ),
    ),
    Clause("DH-03", "small ones at level 0", ("tls-dh-dhparam-small-level-0",)),
    Clause(
        "EC-01",
        "auto",
        ("tls-dh-curve-auto", "tls-dh-curve-auto-upper", "tls-dh-curve-auto-and"),
    ),
    Clause(
        "EC-02",
        "what is no list of groups",
        ("tls-dh-curve-unknown", "tls-dh-curve-empty", "tls-dh-curve-last-colon"),
    ),
    Clause("EC-03", "names of groups", ("tls-dh-curve-aliases",)),
    Clause("EC-04", "one word", ("tls-dh-curve-two",)),
    Clause("VER-01", "its four words", ("server-verify-bad", "tls-client-ask")),
    Clause(
        "VER-02",
        "who asks has a CA",
        (
            *("server-verify-bare", "server-verify-optional-bare", "server-verify-empty-ca"),
            "server-verify-trusted-only",
        ),
    ),
    Clause("VER-03", "or needs none", ("server-verify-no-ca-bare",)),
    Clause(
        "VER-04",
        "a CA file that does not load",
        ("server-verify-ca-missing", "server-verify-trusted-missing", "tls-client-empty-ca"),
    ),
    Clause("VER-05", "several in one", ("tls-client-several-cas", "tls-client-broken-cas")),
    Clause(
        "VER-06",
        "TRUSTED CERTIFICATE",
        ("tls-client-trusted-block-as-client-ca", "tls-client-trusted-block-as-trusted"),
    ),
    Clause("VER-07", "any certificate will do", ("server-verify-ca",)),
    Clause(
        "VER-08",
        "depth is a number",
        (
            *("server-depth", "server-depth-negative", "server-depth-suffix"),
            *("server-depth-empty", "server-depth-largest", "server-depth-overflow"),
        ),
    ),
    Clause("CRL-01", "a CRL that does not load", ("server-crl-missing", "tls-client-empty-crl")),
    Clause("CRL-02", "a certificate will do", ("tls-client-certificate-as-crl",)),
    Clause(
        "CRL-03", "an old one too", ("tls-client-old-crl", "tls-client-crl", "tls-client-crl-unset")
    ),
    Clause("SC-01", "one or two words", ("server-session-cache-none", "tls-session-cache-three")),
    Clause(
        "SC-02",
        "words that are none",
        tuple(
            f"tls-session-cache-{value or 'empty'}"
            for value in (
                *("builtin:", "builtin:-1", "builtin:x", "builtin:1k", "shared", "shared:", ""),
                *("shared:A", "shared:A:", "shared::1m", "shared:A:x", "shared:A:-1"),
                *("shared:A:1g", "shared:A:10m:x"),
            )
        ),
    ),
    Clause(
        "SC-03",
        "eight pages at least",
        tuple(f"tls-session-cache-shared:A:{size}" for size in ("32k", "31k", "32767", "0")),
    ),
    Clause("SC-04", "left to right", ("tls-session-cache-two", "tls-session-cache-off-none")),
    Clause("SC-05", "inherited by halves", (), ELSEWHERE),
    Clause("SC-06", "builtin's size", ("tls-session-cache-builtin:0",)),
    Clause("SC-07", "a zone has one size", ("tls-session-cache-two-sizes",)),
    Clause("SC-08", "a zone of http's", (), "the reference has no http"),
    Clause("SC-09", "a zone without a size", ("tls-session-cache-shared:A",)),
    Clause(
        "STO-01",
        "a time in seconds",
        tuple(
            f"tls-session-timeout-{value or 'empty'}"
            for value in ("0", "1y", "1h 30m", "-1", "x", "5x", "5ms", "5s1m", "1m1m", "off", "")
        ),
    ),
    Clause("TK-01", "tickets are a flag", ("tls-session-tickets-bad", "tls-session-tickets-off")),
    Clause(
        "TK-02",
        "48 or 80 bytes",
        (
            *("tls-session-ticket-keys", "tls-session-ticket-key-short"),
            "tls-session-ticket-key-directory",
        ),
    ),
    Clause("TK-03", "no file", ("tls-session-ticket-key-missing",)),
    Clause("TK-04", "without tickets too", ("tls-session-ticket-key-tickets-off",)),
    Clause("CC-01", "two words", ("server-conf-command-one", "tls-command-three-words")),
    Clause("CC-02", "what OpenSSL refuses", ("tls-command-unknown", "tls-command-bad-value")),
    Clause("CC-03", "it overrides", ("tls-command-file", "tls-command-good")),
    Clause("COMP-01", "certificate compression", ("server-certificate-compression",)),
    Clause(
        "OTH-01",
        "auth_http is needed, and no https",
        ("mail-no-auth", "mail-auth-second-missing", "server-auth-https"),
    ),
    Clause("OTH-02", "one server_name", ("server-name-two",)),
    Clause("OTH-03", "max_errors is a number", ("server-errors-bad", "server: max_errors 0;")),
    Clause(
        "OTH-04",
        "times and buffers",
        ("server-timeout-mixed", "server-buffer", "server-proxy-smtp"),
    ),
    Clause(
        "OTH-05",
        "methods of each protocol",
        (
            *("server-imap-auth", "server-imap-auth-bad", "server-pop3-auth"),
            *("server-pop3-auth-login", "server-smtp-auth", "server-smtp-auth-bad"),
        ),
    ),
    Clause("OTH-06", "a flag", ("server-auth-cert-bad",)),
    Clause("OTH-07", "proxy_protocol is a flag", ("server: proxy_protocol x;",)),
)


def table() -> str:
    """All of them, a line each."""
    lines = [f"{c.id:9} {c.says}: {', '.join(c.rows) or c.unseen}" for c in CLAUSES]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
