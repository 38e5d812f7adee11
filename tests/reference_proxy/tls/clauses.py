"""What is known of nginx 1.22.1's TLS on a wire, clause by clause, and what tests it.

The rows are names of `tests.reference_proxy.named`. `python -m tests.reference_proxy.clauses`
prints them among all others.
"""

from __future__ import annotations

from tests.reference_proxy.config.clauses import NEWER, SOURCE, Clause


def _again(*visits: str) -> tuple[str, ...]:
    """These visits by every kind of client."""
    return tuple(f"resumptions.{kind}: {visit}" for visit in visits for kind in _KINDS)


def _shaken(*rows: str) -> tuple[str, ...]:
    return tuple(f"handshakes.{row}" for row in rows)


def _greeted(*rows: str) -> tuple[str, ...]:
    return tuple(f"hellos.{row}" for row in rows)


def _trust(*tests: str) -> tuple[str, ...]:
    return tuple(f"tls/test_trust.py::test_{test}" for test in tests)


_KINDS = ("id", "ticket", "1.3")
_ENGINE, _CONTEXT = "tls/test_engine.py::test_", "tls/test_context.py::test_"
_MODES = (
    "tls/test_verify.py::test_modes",
    "tls/test_verify.py::test_optional_no_ca_overlooks_five_errors",
)
_JUDGED = "session/test_upgrade.py::test_a_certificate_is_judged_by_mode"
_IN_WORDS = "session/test_upgrade.py::test_a_missing_certificate_is_refused_in_words"

CLAUSES = (
    Clause("W-PROTO-01", "the default's best is TLS 1.2", _shaken("unset", "unset -tls1_3")),
    Clause("W-PROTO-02", "its old ones need a lower level", _shaken("unset -tls1_1", "unset-weak")),
    Clause(
        "W-PROTO-03",
        "one version alone",
        (*_shaken("tls10", "sslv3"), _CONTEXT + "each_protocol_alone"),
    ),
    Clause("W-PROTO-04", "gaps", (*_shaken("tls10-12", "tls11-13"), _CONTEXT + "gaps_are_kept")),
    Clause(
        "W-PROTO-05",
        "dead versions",
        (
            *_shaken("sslv3"),
            _CONTEXT + "dead_protocols_load_and_refuse_everyone",
            _CONTEXT + "refusal_of_a_version_is_reported",
        ),
    ),
    Clause(
        "W-PROTO-06",
        "a client that has fallen back",
        _shaken("default -tls1_2 -fallback_scsv", "command-minimum -tls1_2 -fallback_scsv"),
    ),
    Clause(
        "W-CIPH-01",
        "nothing in common",
        (*_shaken("default -tls1_2 -cipher aECDSA"), _CONTEXT + "no_common_cipher"),
    ),
    Clause("W-CIPH-02", "whose order counts", _shaken("two -tls1_2", "two-prefer -tls1_2")),
    Clause("W-CIPH-03", "in TLS 1.3 too", _shaken("two -tls1_3", "two-prefer -tls1_3")),
    Clause("W-COMP-01", "no compression", _greeted("imap-deflate")),
    Clause(
        "W-EMS-01",
        "what is echoed, and what need not be offered",
        _greeted("imap-master-secret", "imap-renegotiation", "imap-plain"),
    ),
    Clause("W-CERT-01", "the cipher chooses", _shaken("both -tls1_2")),
    Clause("W-CERT-02", "the signature algorithms choose", _shaken("both -tls1_3")),
    Clause(
        "W-CERT-03",
        "the file's chain",
        ("tls/test_credentials.py::test_chain_is_sent_as_the_file_has_it",),
    ),
    Clause(
        "W-DH-01", "no parameters", _shaken("default -tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256")
    ),
    Clause("W-DH-02", "the file's size", _shaken("dh-2048", "dh-1024")),
    Clause("W-DH-03", "named ones", _shaken("default -tls1_3 -groups ffdhe2048")),
    Clause("W-EC-01", "auto", _shaken("default -tls1_2 -cipher ECDHE -curves")),
    Clause(
        "W-EC-02", "whose order counts", _shaken("listed -tls1_2", "listed-prefer -tls1_2 -curves")
    ),
    Clause("W-EC-03", "a list is for both versions", _shaken("listed -tls1_2", "listed -tls1_3")),
    Clause("W-EC-04", "named ones alone", _shaken("ffdhe")),
    Clause("W-EC-05", "a hello without groups", _greeted("imap-no-groups")),
    Clause("W-ALPN-01", "nothing offered", _greeted("imap-plain")),
    Clause(
        "W-ALPN-02",
        "one name for each protocol",
        _greeted("imap-alpn-h2-imap", "pop3-alpn-h2-pop3", "smtp-alpn-h2-smtp"),
    ),
    Clause(
        "W-ALPN-03",
        "and no other",
        _greeted(
            *("imap-alpn-h2", "imap-alpn-IMAP", "imap-alpn-imaps", "imap-alpn-pop3"),
            *("pop3-alpn-imap", "smtp-alpn-pop3", "starttls-alpn-pop3", "starttls-alpn-IMAP"),
        ),
    ),
    Clause("W-ALPN-04", "an empty name", _greeted("imap-alpn-empty", "starttls-alpn-empty")),
    Clause("W-SNI-01", "a name is no matter", _greeted("imap-name")),
    Clause("W-SNI-02", "names that are none", _greeted("imap-name-long", "imap-name-nul")),
    Clause("W-RENEG-01", "no renegotiation", (_ENGINE + "renegotiation_is_refused",)),
    Clause("W-0RTT-01", "no early data", _shaken("default -tls1_3 -servername")),
    Clause("W-OCSP-01", "no stapling", (*_shaken("default -tls1_2 -status"), "hellos.imap-status")),
    Clause(
        "W-CLOSE-01",
        "close_notify at an orderly end",
        (
            "test_server.py::test_an_orderly_end_says_close_notify",
            "tls/test_closing.py::test_who_waits_for_the_clients_close_notify",
        ),
    ),
    Clause("W-CLOSE-02", "but not at a timeout", ("limits.idle-inside",)),
    Clause(
        "W-CLOSE-03",
        "what is no TLS",
        _greeted("imap-http", "imap-imap", "imap-garbage", "imap-ssl2", "starttls-imap"),
    ),
    Clause("W-HS-01", "no time of its own", ("limits.idle-before-tls", "limits.idle-in-hello")),
    Clause(
        "W-HS-02",
        "the greeting comes last",
        ("imap.verify-ssl-certificate", "imap.verify-ssl-none"),
    ),
    Clause("W-SES-01", "none, with tickets", _again("none")),
    Clause(
        "W-SES-02",
        "none, without",
        (*_again("none-ids", "none-said"), *_shaken("none-off -tls1_3")),
    ),
    Clause("W-SES-03", "off, without", (*_again("off-ids"), *_shaken("off-off -tls1_3"))),
    Clause("W-SES-04", "off, with tickets", (*_again("off"), *_shaken("off-on -tls1_3"))),
    Clause(
        "W-SES-05",
        "a cache, without tickets",
        (*_again("builtin-ids", "shared-ids"), *_shaken("builtin-off -tls1_3")),
    ),
    Clause("W-SES-06", "a cache, with tickets", _again("builtin", "shared")),
    Clause("W-SES-07", "several words", _again("off-shared", "none-shared", "both")),
    Clause(
        "W-SES-08",
        "builtin's size",
        ("resumptions.id: builtin-one", *_again("builtin-all")),
    ),
    Clause(
        "W-SES-09",
        "a full zone",
        (
            "tls/test_resumption.py::test_a_full_zone_forgets_the_oldest",
            "tls/test_zone.py::test_the_oldest_go_when_it_is_full",
        ),
    ),
    Clause("W-SES-10", "a session that is too big", (), SOURCE),
    Clause("W-SES-11", "TLS 1.3's tickets fill the zone too", (), SOURCE),
    Clause(
        "W-SES-12",
        "what workers share",
        ("tls/test_zone.py::test_forked_processes_share_it",),
    ),
    Clause("W-TK-01", "a ticket begins with its key's name", _shaken("key-80", "key-48")),
    Clause(
        "W-TK-02",
        "the parts of a key",
        (
            "tls/test_tickets.py::test_the_parts_of_a_key_file",
            "tls/test_resumption.py::test_nginx_and_the_reference_know_each_others_tickets",
        ),
    ),
    Clause(
        "W-TK-03",
        "the first key encrypts, every key decrypts",
        (
            "resumptions.ticket: key-1(-1), keys-2-1",
            "resumptions.ticket: key-1(-1), keys-1-2",
            "resumptions.ticket: keys-1-2(-1), key-1",
        ),
    ),
    Clause("W-TK-04", "an unknown key", _again("key-1(-1), key-2")[1:]),
    Clause("W-TK-05", "when a ticket is renewed", _again("key-1(-1), key-1-again")[1:]),
    Clause("W-TK-06", "keys nobody named", _again("none(-1), off")[1:]),
    Clause("W-TK-07", "nor are they in the zone", _again("shared(-1), shared-too")[1:]),
    Clause("W-TK-08", "keys that change by themselves", (), NEWER),
    Clause("W-TK-09", "the lifetime that is hinted", _shaken("hint", "default -tls1_2")),
    Clause("W-TK-10", "no time at all", _again("zero")),
    Clause("W-TK-11", "no tickets in spite of a key", _again("key-but-off")),
    Clause("W-STO-01", "a ticket's last second", ("resumptions.ticket: brief",)),
    Clause(
        "W-STO-02",
        "the zone's",
        (
            "resumptions.id: brief-shared",
            "tls/test_zone.py::test_a_session_ends_with_its_last_second",
        ),
    ),
    Clause("W-STO-03", "no longer life in TLS 1.2", ("resumptions.ticket: lasting",)),
    Clause("W-STO-04", "but in TLS 1.3", ("resumptions.1.3: lasting",)),
    Clause(
        "W-CTX-01",
        "certificates and names make the context",
        (_CONTEXT + "session_id_context_is_made_of_certificates_and_names",),
    ),
    Clause(
        "W-CTX-02",
        "the same across ports, protocols, ways into TLS",
        _again("shared-ids(-1), sibling", "shared-ids(-1), pop3", "shared-ids(-1), starttls"),
    ),
    Clause(
        "W-CTX-03",
        "another certificate, other names",
        _again("shared-ids(-1), other-certificate", "asking(-1), asking-other"),
    ),
    Clause(
        "W-CTX-04",
        "what it is not made of",
        (
            *_again("asking(-1), trusting", "asking(-1), strict"),
            *(f"resumptions.known {kind}: strict(-1), revoking" for kind in ("id", "1.3")),
        ),
    ),
    Clause(
        "W-CTX-05",
        "the verdict comes along",
        ("resumptions.unknown id: lenient(-1), strict", *_again("asking(-1), strict")),
    ),
    Clause(
        "W-CTX-06",
        "who was refused is forgotten, but for tickets",
        (
            "resumptions.unknown id: strict(-1), strict",
            "resumptions.unknown ticket: strict-tickets",
        ),
    ),
    Clause("W-CTX-07", "and the certificate", (_ENGINE + "a_resumed_session_keeps_the_peer",)),
    Clause("W-CTX-08", "resumption across names", (), "HTTP only: mail selects nothing by name"),
    Clause(
        "W-VER-01",
        "who is asked, and that the handshake succeeds",
        _trust("off_asks_for_no_certificate", "other_modes_ask_and_never_fail_the_handshake"),
    ),
    Clause(
        "W-VER-02",
        "whose names are shown",
        (
            *_shaken("asking"),
            *_trust("only_the_client_file_is_named_in_its_order"),
            *_trust("no_client_file_makes_an_empty_list"),
        ),
    ),
    Clause("W-VER-03", "types of certificates", _shaken("asking -tls1_2")),
    Clause(
        "W-VER-04",
        "words in place of the greeting",
        ("imap.verify-ssl-none", "resumptions.unknown id: strict(-1), strict", _IN_WORDS),
    ),
    Clause(
        "W-VER-05",
        "and after STARTTLS",
        (
            *("imap.verify-none", "pop3.verify-none", "smtp.verify-none", _IN_WORDS),
            *("imap.verify-certificate", "pop3.verify-certificate", "smtp.verify-certificate"),
        ),
    ),
    Clause(
        "W-VER-06",
        "after the handshake in TLS 1.3 too",
        (
            "resumptions.1.3: asking(-1), strict",
            *_trust("other_modes_ask_and_never_fail_the_handshake"),
        ),
    ),
    Clause("W-VER-07", "the modes", (*_MODES, _JUDGED)),
    Clause(
        "W-VER-08",
        "what optional_no_ca refuses",
        (
            *_MODES,
            *_trust("expired_certificate", "certificate_of_tomorrow", "revocation"),
            *_trust("certificate_that_is_not_for_clients", "an_intermediate_alone_is_no_anchor"),
        ),
    ),
    Clause(
        "W-VER-09",
        "the last error counts",
        _trust("the_last_error_of_the_walk_is_reported", "certificate_that_is_not_for_clients"),
    ),
    Clause("W-VER-10", "not for clients", _trust("certificate_that_is_not_for_clients")),
    Clause(
        "W-VER-11",
        "anchors",
        _trust("both_files_are_trusted", "an_intermediate_alone_is_no_anchor"),
    ),
    Clause(
        "W-VER-12",
        "one that vouches for itself",
        _trust("who_stands_in_the_file_vouches_for_itself"),
    ),
    Clause("W-VER-13", "AUX settings", _trust("an_authority_that_is_not_trusted_with_clients")),
    Clause("W-VER-14", "the log", (_JUDGED,)),
    Clause(
        "W-VER-15", "nobody is asked about a login", ("imap.verify-none", "imap.verify-ssl-none")
    ),
    Clause(
        "W-DEP-01",
        "depth counts intermediates",
        _trust("depth_counts_intermediates", "a_longer_chain_needs_more_depth"),
    ),
    Clause("W-DEP-02", "the root does not count", _trust("a_longer_chain_needs_more_depth")),
    Clause(
        "W-DEP-03",
        "too long is unknown",
        (*_trust("depth_counts_intermediates"), *_MODES),
    ),
    Clause("W-DEP-04", "self-signed", _trust("who_stands_in_the_file_vouches_for_itself")),
    Clause("W-CRL-01", "every issuer", _trust("every_issuer_needs_its_crl")),
    Clause("W-CRL-02", "revoked", _trust("revocation", "every_issuer_needs_its_crl")),
    Clause("W-CRL-03", "a list has its time", _trust("a_list_has_its_time")),
    Clause("W-CRL-04", "of an unrelated one", _trust("every_issuer_needs_its_crl")),
    Clause("W-CRL-05", "no certificate", _trust("revocation")),
    Clause("W-CRL-06", "read at a reload", (), SOURCE),
)
