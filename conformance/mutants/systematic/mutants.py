"""The configuration mutants: every wrong value of every directive that has a say in a block."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.claims import read_claims
from conformance.directives import DEFAULTS
from conformance.harness.pki.person import Person
from conformance.mutants.configuration import Change, mutated
from conformance.mutants.systematic import values_of_mail as mail
from conformance.mutants.systematic import values_of_tls as tls
from conformance.mutants.systematic.block import Block, Maker, blocks_of
from conformance.mutants.systematic.equivalence import why_equivalent
from conformance.mutants.systematic.spares import write_spares

MAKERS: Mapping[str, Maker] = {
    "listen": mail.listen,
    "protocol": mail.protocol,
    "server_name": mail.server_name,
    "starttls": mail.starttls,
    "auth_http": mail.auth_http,
    "auth_http_pass_client_cert": mail.pass_client_cert,
    "imap_capabilities": mail.capabilities("imap_capabilities"),
    "pop3_capabilities": mail.capabilities("pop3_capabilities"),
    "smtp_capabilities": mail.capabilities("smtp_capabilities"),
    "imap_auth": mail.methods("imap_auth"),
    "pop3_auth": mail.methods("pop3_auth"),
    "smtp_auth": mail.methods("smtp_auth"),
    "ssl_certificate": tls.certificates,
    "ssl_certificate_key": tls.certificate_keys,
    "ssl_protocols": tls.protocols,
    "ssl_ciphers": tls.ciphers,
    "ssl_prefer_server_ciphers": tls.preference,
    "ssl_ecdh_curve": tls.curves,
    "ssl_dhparam": tls.dh_parameters,
    "ssl_verify_client": mail.verify_client,
    "ssl_verify_depth": mail.verify_depth,
    "ssl_client_certificate": mail.client_certificate,
    "ssl_trusted_certificate": mail.trusted_certificate,
    "ssl_crl": mail.crl,
    "ssl_session_cache": tls.session_cache,
    "ssl_session_timeout": tls.session_timeout,
    "ssl_session_tickets": tls.session_tickets,
    "ssl_session_ticket_key": tls.ticket_keys,
    "ssl_conf_command": tls.conf_commands,
}
"""From a directive to what makes its wrong values."""

UNMUTATED: Mapping[str, str] = {
    "ssl_password_file": "without the right pass-phrase a configuration does not load",
}
"""Directives without a mutant that loads, each with the reason."""

# What is set where nothing was: a stranger trusted, a list of revocations that matters.
_ADDED = ("ssl_trusted_certificate", "ssl_crl")
_TOGETHER = {"ssl_certificate": "ssl_certificate_key", "ssl_certificate_key": "ssl_certificate"}
# Without them a server block is none; the key goes with its certificate.
_STAYS = ("listen", "protocol", "server_name", "ssl_certificate_key")


@dataclass(frozen=True)
class Mutant:
    """A change of one directive of one server block; `equivalent`: why nobody could notice it."""

    change: Change
    equivalent: str = ""

    def __str__(self) -> str:
        return str(self.change)


class Systematic:
    """The mutants of one configuration, whose files it may add to (`pki/mutants/`)."""

    def __init__(self, conf: Path, people: Sequence[Person]) -> None:
        self._people = people
        self._text = conf.read_text()
        self._blocks = {block.name: block for block in blocks_of(conf)}
        self._conf = conf
        write_spares(self._blocks.values())

    @property
    def directives(self) -> set[str]:
        """Everything that the configuration says."""
        return {n for block in self._blocks.values() for n in block.own | block.inherited}

    def changes(self) -> list[Change]:
        """Every wrong value, in the order of the blocks; each has a name of its own."""
        return distinct(c for block in self._blocks.values() for c in _of_block(block))

    def judged(self, changes: Iterable[Change]) -> list[Mutant]:
        """The changes as mutants, with the reasons of those that nobody could notice."""
        scratch = self._conf.with_name(f".mutant-{os.getpid()}.conf")
        try:
            return [Mutant(c, self._why_equivalent(c, scratch)) for c in changes]
        finally:
            scratch.unlink(missing_ok=True)

    def _why_equivalent(self, change: Change, scratch: Path) -> str:
        before = self._blocks[change.server].listeners
        try:
            scratch.write_text(mutated(self._text, [change], {change.server}))
        except ValueError:
            return "it changes nothing"
        company = [
            x for name, block in self._blocks.items() if name != change.server
            for x in block.listeners
        ]  # fmt: skip
        after = read_claims(scratch)
        return why_equivalent(change.directive, before, after, self._people, company)


def distinct(changes: Iterable[Change]) -> list[Change]:
    """The first of those that do the same, in their order."""
    found: dict[object, Change] = {}
    for change in changes:
        found.setdefault(change.effect, change)
    return list(found.values())


def _of_block(block: Block) -> Iterator[Change]:
    """Wrong values of what it says or inherits, the defaults, and what it says taken away."""
    for directive, make in MAKERS.items():
        said = directive in block.own | block.inherited
        if said or (directive in _ADDED and block.verifies):
            if directive.startswith("ssl_certificate") and not block.sealed:
                continue
            yield from make(block)
        if not said:
            continue
        if (default := DEFAULTS.get(directive)) and not directive.endswith("_certificate"):
            yield block.change(directive, " ".join(default), said="at its default")
        if directive in block.own and directive not in _STAYS:
            beside: dict[str, tuple[str, ...]] = {}
            if directive in _TOGETHER:
                beside = {_TOGETHER[directive]: ()}
            yield block.change(directive, said="removed", **beside)
