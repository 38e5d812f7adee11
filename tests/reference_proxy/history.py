"""What nginx once did wrong, where the page, 1.22.1 and later ones differ, and what tests it.

`ELSEWHERE` are the clauses of the configuration that show in no text about a configuration.
The rows are names of `tests.reference_proxy.named`.
"""

from __future__ import annotations

from tests.reference_proxy.config.clauses import SOURCE, Clause

HTTP = "HTTP only"
_REPLACED = "config/test_loader.py::test_lists_are_replaced_not_added_to"

ELSEWHERE = (
    Clause(
        "CFG-GEN-12",
        "the order in which TLS is set up",
        ("tls/test_nginx_texts.py::test_the_first_failure_in_nginxs_order_is_reported",),
    ),
    Clause(
        "CFG-SSL-04",
        "ssl makes every listen TLS",
        ("config/test_loader.py::test_ssl_on_makes_every_listen_implicit",),
    ),
    Clause("CFG-ST-04", "SMTP too", ("starttls.smtp-inside", "smtp.verify-certificate")),
    Clause(
        "CFG-CERT-23",
        "the chain is the file's",
        (
            "tls/test_credentials.py::test_chain_is_sent_as_the_file_has_it",
            "tls/test_credentials.py::test_no_chain_is_made_up_from_trusted_certificates",
        ),
    ),
    Clause(
        "CFG-PASS-03",
        "a pipe will do",
        ("handshakes.from-fifo", "config/test_tls.py::test_phrases_come_through_a_pipe_in_pieces"),
    ),
    Clause(
        "CFG-PASS-08",
        "how long for OpenSSL",
        (
            "tls/test_credentials.py::test_a_long_pass_phrase_is_cut_with_a_complaint_and_the_next_is_tried",
            "tls/test_credentials.py::test_a_pass_phrase_that_just_fits",
        ),
    ),
    Clause("CFG-CIPH-04", "not those of TLS 1.3", ("handshakes.two -tls1_3",)),
    Clause("CFG-PROTO-02", "the default", ("handshakes.unset",)),
    Clause("CFG-PROTO-05", "a server's replace its mail block's", (_REPLACED,)),
    Clause(
        "CFG-PROTO-06",
        "OpenSSL's own configuration does not count",
        ("tls/test_context.py::test_openssl_cnf_does_not_interfere",),
    ),
    Clause(
        "CFG-SC-05",
        "inherited by halves",
        ("config/test_tls.py::test_the_parts_are_inherited_each_by_itself",),
    ),
)

HISTORIC = (
    Clause("HIST-01", "renegotiation", ("tls/test_engine.py::test_renegotiation_is_refused",)),
    Clause(
        "HIST-02",
        "commands behind SMTP's STARTTLS",
        ("starttls.smtp-injected", "starttls.smtp-injected-auth"),
    ),
    Clause(
        "HIST-03",
        "sessions of another server",
        tuple(f"resumptions.{k}: shared-ids(-1), other-certificate" for k in ("id", "ticket")),
    ),
    Clause(
        "HIST-04",
        "POP3's AUTH under only, SMTP's STARTTLS",
        ("pop3.only-refuses", "starttls.smtp-inside"),
    ),
    Clause(
        "HIST-05",
        "other protocols at the port",
        ("limits.imap-http", "limits.smtp-http", "hellos.imap-alpn-h2"),
    ),
    Clause(
        "HIST-06",
        "EXTERNAL where it is not enabled",
        tuple(f"departures.not-enabled-{protocol}" for protocol in ("imap", "pop3", "smtp")),
    ),
    Clause(
        "HIST-07",
        "clients' certificates without a cache",
        ("resumptions.unknown ticket: strict-tickets",),
    ),
    Clause("HIST-08", "key files and TLS 1.3", ("resumptions.1.3: key-1(-1), keys-2-1",)),
    Clause("HIST-09", "TLS 1.3's sessions live on", ("resumptions.1.3: lasting",)),
    Clause("HIST-10", "and fill the zone", (), SOURCE),
    Clause(
        "HIST-11",
        "what is pipelined behind a login",
        (
            "starttls.imap-inside-pipelined",
            "test_server.py::test_login_over_starttls_reaches_the_back_end",
        ),
    ),
    Clause("HIST-12", "resumption across names", (), HTTP),
    Clause("HIST-13", "a mail without a login after a refused one", ("departures.stale-login",)),
    Clause("HIST-14", "XCLIENT's xtext, literals", ("departures.xtext", "departures.overflow")),
    Clause(
        "HIST-15",
        "a refused digest and what comes behind it",
        ("departures.stale-password-cram", "auth_answers.imap-cram-again"),
    ),
    Clause("HIST-16", "clear text of a back end with TLS", (), HTTP),
    Clause("HIST-17", "sessions freed too early", (), SOURCE),
    Clause(
        "HIST-18",
        "what is open still",
        (
            *("departures.not-enabled-imap", "departures.injected", "departures.sticky"),
            *("departures.empty-literal", "departures.not-enforced", "limits.idle-after-starttls"),
            *("auth_answers.imap-again", "resumptions.known id: strict(-1), revoking"),
            "tls/test_credentials.py::test_key_of_another_type_loads_and_serves_nobody",
        ),
    ),
)

DIFFERENT = (
    Clause("DIFF-01", "ssl", ("config.server-ssl-on", "config.server-ssl-off")),
    Clause("DIFF-02", "versions", ("handshakes.unset", "config.server-protocols")),
    Clause("DIFF-03", "a trusted file alone", ("config.server-verify-trusted-only",)),
    Clause("DIFF-04", "STARTTLS of SMTP", ("starttls.smtp-inside",)),
    Clause(
        "DIFF-05",
        "where keys come from",
        (
            *("config.tls-key-engine-unknown", "config.tls-key-store-is-a-file"),
            *("config.tls-certificate-data", "config.tls-key-data"),
        ),
    ),
    Clause(
        "DIFF-06",
        "directives of later",
        ("config.tls-command-good", "config.server-certificate-compression"),
    ),
    Clause("DIFF-07", "off does not prohibit tickets", ("resumptions.ticket: off",)),
    Clause(
        "DIFF-08",
        "what optional_no_ca refuses",
        (
            "tls/test_verify.py::test_optional_no_ca_overlooks_five_errors",
            "tls/test_trust.py::test_expired_certificate",
        ),
    ),
    Clause(
        "DIFF-09",
        "texts of CA and CRL",
        (
            *("config.server-verify-ca-missing", "config.server-crl-missing"),
            *("config.tls-client-certificate-as-crl", "config.tls-client-empty-crl"),
            "config.tls-client-trusted-block-as-client-ca",
        ),
    ),
    Clause(
        "DIFF-10",
        "ticket keys in the zone",
        ("resumptions.ticket: shared(-1), shared-too", "resumptions.1.3: lasting"),
    ),
    Clause(
        "DIFF-11",
        "words of listen",
        (
            "config.server-listen-parameter-unknown",
            "config.listen: listen 127.0.77.1:9931 multipath;",
            "proxy_protocol.v2-imap-pp",
        ),
    ),
    Clause(
        "DIFF-12",
        "literals, XCLIENT, stale logins, untagged lines of a back end",
        (
            *("departures.overflow", "departures.xtext", "departures.stale-login"),
            "back_ends.imap-other-tag-imap-on",
        ),
    ),
    Clause("DIFF-13", "levels of what a client causes", (), "no promise: they change with nginx"),
    Clause("DIFF-14", "no time at all in TLS 1.3", ("resumptions.1.3: zero",)),
    Clause("DIFF-15", "the page's ciphers load", ("config.tls-cipher-example",)),
    Clause("DIFF-16", "a server without listen", ("config.mail-no-listen",)),
    Clause("DIFF-17", "what Debian changed", (), "of a package, which shows in clauses of its own"),
    Clause(
        "DIFF-18",
        "auto's groups",
        ("handshakes.default -tls1_2 -cipher ECDHE -curves", "config.tls-dh-curve-auto"),
    ),
)

CLAUSES = ELSEWHERE + HISTORIC + DIFFERENT
