"""Server blocks at random: each directive of TLS there or not, with one of its values."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

_KEYS = (
    "rsa", "ecdsa", "ed25519", "rsa-chain", "ecdsa-chain", "ed25519-chain", "rsa ecdsa",
    "ecdsa rsa", "ed25519 rsa-chain", "rsa-2 ecdsa-chain ed25519", "rsa-locked",
    "ecdsa-locked rsa", "rsa rsa-2",
)  # fmt: skip
_VERSIONS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_MODERN = ("TLSv1.2", "TLSv1.3", "TLSv1.3 TLSv1.2")
_SUITES = (
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    "DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-SHA", "ECDHE-RSA-AES128-SHA", "AES256-SHA",
    "ECDHE-ECDSA-AES256-SHA", "AES128-GCM-SHA256", "CAMELLIA128-SHA",
)  # fmt: skip
_CLASSES = (
    "HIGH:!aNULL:!MD5", "HIGH:!aNULL:!kRSA", "ECDHE+AESGCM:DHE+AESGCM", "ALL:!aNULL:!eNULL",
    "DEFAULT:!SHA1", "ECDHE:!AES256", "kRSA+AES", "EECDH+CHACHA20:EECDH+AES128:RSA+AES128",
)  # fmt: skip
_CURVES = (
    "auto", "prime256v1", "secp384r1", "X25519", "X25519:prime256v1", "secp521r1:X25519:secp384r1",
    "P-256:X448", "prime256v1:ffdhe2048", "secp256k1:prime256v1",
)  # fmt: skip
_COMMANDS = (
    "MinProtocol TLSv1.2", "MaxProtocol TLSv1.2", "Protocol -TLSv1.3", "CipherString ECDHE+AESGCM",
    "Groups prime256v1", "Curves X25519:secp384r1", "Options -SessionTicket",
    "Options ServerPreference,PrioritizeChaCha", "Ciphersuites TLS_AES_128_GCM_SHA256",
)  # fmt: skip
_CACHES = (
    "off", "none", "builtin", "builtin:50", "shared:one:1m", "shared:two:64k",
    "builtin:100 shared:one:1m",
)  # fmt: skip
_CRLS = ("all", "both", "clients", "empty", "expired", "foreign", "intermediate")
_METHODS = {
    "imap": ("plain", "login", "cram-md5", "external"),
    "pop3": ("plain", "apop", "cram-md5", "external"),
    "smtp": ("plain", "login", "cram-md5", "external"),
}  # fmt: skip
_CAPABILITIES = {
    "imap": ("IMAP4rev1", "IMAP4rev1 UIDPLUS IDLE"),
    "pop3": ("TOP USER UIDL", "TOP"),
    "smtp": ("PIPELINING 8BITMIME", '"SIZE 1000" DSN'),
}  # fmt: skip


class Drawing:
    """Draws from one generator, so that a seed says the same configuration every time."""

    def __init__(self, generator: random.Random) -> None:
        self._random = generator
        self._often = 0.0

    def shared(self) -> list[str]:
        """Lines for the mail block: few, since every server inherits them."""
        self._often = 0.15
        return self._lines()

    def server(self, name: str, address: str) -> str:
        """A server block of that name, with the kit's files."""
        self._often = 0.6
        protocol, way = self._one(["imap", "pop3", "smtp"]), self._one((" ssl", ""))
        lines = [f"server_name {name};", f"listen {address}{way};", f"protocol {protocol};"]
        if not way or self._some():
            lines.append(f"starttls {self._one(('on', 'on', 'only', 'off'))};")
        lines += [*self._certificates(), *self._lines()]
        if self._some():
            lines.append(f"{protocol}_auth {' '.join(self._several(_METHODS[protocol]))};")
        if self._some():
            lines.append(f"{protocol}_capabilities {self._one(_CAPABILITIES[protocol])};")
        return "".join(["    server {\n", *(f"        {line}\n" for line in lines), "    }\n"])

    def _lines(self) -> list[str]:
        clients = self._clients() if self._some() else ()
        return [*self._handshake(), *clients, *self._sessions()]

    def _certificates(self) -> Iterator[str]:
        stems = self._one(_KEYS).split()
        for stem in stems:
            yield f"ssl_certificate pki/{stem}.pem;"
            yield f"ssl_certificate_key pki/{stem}.key;"
        if any("locked" in stem for stem in stems):
            yield "ssl_password_file pki/several.pass;"

    def _handshake(self) -> Iterator[str]:
        low = self._random.random() < 0.4
        if self._some():
            versions = " ".join(self._several(_VERSIONS)) if low else self._one(_MODERN)
            yield f"ssl_protocols {versions};"
        if self._some():
            named = ":".join(self._several(_SUITES[: self._random.randint(6, len(_SUITES))]))
            said = self._one((self._one(_CLASSES), named))
            yield f"ssl_ciphers {said}{':@SECLEVEL=0' if low else ''};"
        if self._some():
            yield f"ssl_prefer_server_ciphers {self._one(('on', 'off'))};"
        if self._some():
            yield f"ssl_ecdh_curve {self._one(_CURVES)};"
        if self._random.random() < 0.2:
            yield f"ssl_conf_command {self._one(_COMMANDS)};"
        if self._some():
            yield f"ssl_dhparam pki/{self._one(('dhparam', 'dhparam-other'))}.pem;"

    def _clients(self) -> Iterator[str]:
        yield f"ssl_verify_client {self._one(('on', 'optional', 'optional_no_ca', 'off'))};"
        yield f"ssl_client_certificate pki/{self._one(('clients', 'both', 'strangers'))}.pem;"
        if self._some():
            name = self._one(("clients", "both", "intermediates", "strangers"))
            yield f"ssl_trusted_certificate pki/{name}.pem;"
        if self._some():
            yield f"ssl_verify_depth {self._random.randint(0, 4)};"
        if self._some():
            yield f"ssl_crl pki/crl-{self._one(_CRLS)}.pem;"
        if self._some():
            yield f"auth_http_pass_client_cert {self._one(('on', 'off'))};"

    def _sessions(self) -> Iterator[str]:
        if self._some():
            yield f"ssl_session_cache {self._one(_CACHES)};"
        if self._some():
            yield f"ssl_session_timeout {self._one(('1s', '2s', '5m', '1h', '1d'))};"
        if self._some():
            yield f"ssl_session_tickets {self._one(('on', 'off'))};"
        if self._some():
            for name in self._several(("ticket-48", "ticket-current", "ticket-previous")):
                yield f"ssl_session_ticket_key pki/{name}.key;"

    def _some(self) -> bool:
        return self._random.random() < self._often

    def _one(self, values: Sequence[str]) -> str:
        return self._random.choice(values)

    def _several(self, values: Sequence[str]) -> list[str]:
        return self._random.sample(values, self._random.randint(1, min(6, len(values))))
