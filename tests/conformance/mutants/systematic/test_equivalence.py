"""The rules on servers that are made up: what they hide, and what they must not hide."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.claims import read_claims
from conformance.harness.pki.kit import Kit, write_kit
from conformance.mutants.systematic.equivalence import why_equivalent

TRUSTS = "ssl_client_certificate pki/clients.pem;"
V12 = "ssl_protocols TLSv1.2;"
V13 = "ssl_protocols TLSv1.3;"
OLD = "ssl_protocols TLSv1.1; ssl_ciphers HIGH:@SECLEVEL=0;"
BOTH = "ssl_protocols TLSv1.2 TLSv1.3;"
DEAD = f"{V12} ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256;"
NO_TICKETS = "ssl_session_tickets off;"
NOBODY = f"ssl_verify_client on; {TRUSTS} ssl_crl pki/crl-foreign.pem;"
TWO_RSA = "ssl_certificate pki/{}.pem; ssl_certificate_key pki/{}.key;".format
DHE = f"{V12} ssl_dhparam pki/dhparam.pem; ssl_ciphers"
KRSA, DHE_RSA = "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256"

# What the server says besides, the line before, and after.
UNSEEN = [
    (DEAD, "ssl_session_tickets on;", NO_TICKETS, "no handshake can succeed"),
    (DEAD, "ssl_session_cache builtin;", "ssl_session_cache off;", "no handshake can succeed"),
    (DEAD, "imap_capabilities A;", "imap_capabilities B;", "nobody gets in"),
    (DEAD, "protocol imap;", "protocol pop3;", "nobody gets in"),
    (NOBODY, "imap_auth plain;", "imap_auth login;", "nobody gets in"),
    (f"{V12} {TWO_RSA('rsa-2', 'rsa-2')}", TWO_RSA("rsa-chain", "rsa-chain"),
     TWO_RSA("rsa", "rsa"), "takes its place"),
    (f"{V12} ssl_ciphers {KRSA};", "ssl_dhparam pki/dhparam.pem;", "", "keys by DHE"),
    (f"{DHE} {DHE_RSA};", "ssl_ecdh_curve X25519;", "ssl_ecdh_curve prime256v1;", "on a curve"),
    (V13, "ssl_ciphers HIGH;", "ssl_ciphers ALL:@SECLEVEL=0;", "none of them is spoken"),
    (V13, "ssl_conf_command MinProtocol TLSv1.2;", "", "the same value"),
    (f"{V12} {NO_TICKETS}", "ssl_session_timeout 5m;", "ssl_session_timeout 1s;", "however soon"),
    (V12, "ssl_session_cache shared:A:1m;", "ssl_session_cache builtin shared:B:1m;",
     "as many sessions are remembered"),
    (V13, "ssl_session_cache shared:A:1m;", "ssl_session_cache none;", "hold their sessions"),
    (f"{V13} {NO_TICKETS}", "ssl_session_cache off;", "ssl_session_cache none;", "off from none"),
    (f"ssl_verify_client optional_no_ca; {TRUSTS}", "ssl_crl pki/crl-foreign.pem;",
     "ssl_crl pki/crl-expired.pem;", "is judged as before"),
]  # fmt: skip
SEEN = [
    (NOBODY, "protocol imap;", "protocol pop3;"),
    (DEAD, "ssl_protocols TLSv1.2;", "ssl_protocols TLSv1.3;"),
    (V12, "imap_capabilities A;", "imap_capabilities B;"),
    (V12, TWO_RSA("rsa", "rsa"), TWO_RSA("rsa-2", "rsa-2")),
    (f"{V12} ssl_ciphers {DHE_RSA};", "ssl_dhparam pki/dhparam.pem;", ""),
    (f"{DHE} {DHE_RSA}; {BOTH}", "ssl_ecdh_curve X25519;", "ssl_ecdh_curve prime256v1;"),
    (BOTH, "ssl_ciphers HIGH;", "ssl_ciphers ALL:@SECLEVEL=0;"),
    ("", "ssl_conf_command MinProtocol TLSv1.3;", ""),
    ("", "ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;", ""),
    (f"{V13} {NO_TICKETS}", "ssl_session_timeout 5m;", "ssl_session_timeout 1s;"),
    (V12, "ssl_session_timeout 5m;", "ssl_session_timeout 1h;"),
    (f"{V12} {NO_TICKETS} ssl_session_cache builtin;", "ssl_session_timeout 5m;",
     "ssl_session_timeout 1s;"),
    (f"{V12} {NO_TICKETS} ssl_session_cache builtin;", "ssl_session_timeout 5m;",
     "ssl_session_timeout 1h;"),
    (f"{OLD} {NO_TICKETS} ssl_session_cache builtin;", "ssl_session_timeout 5m;",
     "ssl_session_timeout 1s;"),
    (V12, "ssl_session_cache shared:A:1m;", "ssl_session_cache builtin shared:A:64k;"),
    (V12, "ssl_session_cache builtin:50;", "ssl_session_cache builtin:5000;"),
    (NOBODY, "ssl_session_cache off;", "ssl_session_cache none;"),
    (NOBODY, "ssl_session_tickets on;", NO_TICKETS),
    (V12, "ssl_session_cache shared:A:1m;", "ssl_session_cache builtin;"),
    (V12, "ssl_session_cache shared:A:1m;", "ssl_session_cache shared:COMPANY:1m;"),
    (V12, "ssl_session_cache off;", "ssl_session_cache none;"),
    (f"{V13} {NO_TICKETS}", "ssl_session_cache builtin;", "ssl_session_cache none;"),
    (f"ssl_verify_client optional_no_ca; {TRUSTS}", "ssl_crl pki/crl-foreign.pem;", ""),
]  # fmt: skip


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return write_kit(tmp_path_factory.mktemp("equivalence") / "kit")


@pytest.fixture
def why(kit: Kit) -> Callable[[str, str, str], str]:
    """Why nobody could notice that a server which says `beside` says one line for another."""

    def listeners(*lines: str) -> list:
        conf = kit.directory / "made-up.conf"
        said = {}
        for line in " ".join(lines).split(";")[:-1]:
            name = line.split()[0]
            repeated = name.startswith("ssl_certificate")
            said.setdefault(name, []).append(line) if repeated else said.update({name: [line]})
        keys = "" if "ssl_certificate" in said else TWO_RSA("rsa", "rsa")
        said.setdefault("protocol", ["protocol imap"])
        own = keys + "".join(f"{line};" for many in said.values() for line in many)
        conf.write_text(
            f"mail {{ auth_http 127.0.0.1:1; server {{ listen 993 ssl; {own} }}"
            f"server {{ listen 995 ssl; protocol pop3; {TWO_RSA('rsa', 'rsa')}"
            " ssl_session_cache shared:COMPANY:1m; } }"
        )
        return read_claims(conf)

    def why(beside: str, old: str, new: str) -> str:
        (before, company), (after, _) = listeners(old, beside), listeners(new, beside)
        name = (old or new).split()[0]
        if name in beside and not name.startswith("ssl_certificate"):
            (before, _), (after, _) = listeners(beside, old), listeners(beside, new)
        return why_equivalent(name, [before], [after], kit.people, [company])

    return why


@pytest.mark.parametrize(("beside", "old", "new", "reason"), UNSEEN)
def test_nobody_could_notice(why, beside, old, new, reason):
    assert reason in why(beside, old, new)


@pytest.mark.parametrize(("beside", "old", "new"), SEEN)
def test_somebody_could(why, beside, old, new):
    assert why(beside, old, new) == ""
