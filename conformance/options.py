"""The command-line options, their environment variables, and what they amount to.

Loaded in every pytest run of its environment: no heavy import here.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest


class UsageError(Exception):
    """An option that makes no sense (exit status 4). One line that names it."""


@dataclass(frozen=True)
class Options:
    """The options of INTERFACE.md that decide what is judged."""

    targets: tuple[str, ...] = ()
    launch: str = ""
    claims: Path | None = None
    claims_server: str = ""
    claim: tuple[str, ...] = ()
    kit: Path | None = None
    client_certs: Mapping[str, Path] = field(default_factory=dict)
    login: str = ""
    patience: float = 1.0
    faults: tuple[str, ...] = ()


def options_of(config: pytest.Config) -> Options:
    """The run's options, from the command line or else the environment. Raises `UsageError`."""
    get = config.getoption
    targets = tuple(get("waxseal_target") or _environment("TARGET"))
    launch = get("waxseal_launch") or os.environ.get("WAXSEAL_LAUNCH", "")
    if targets and launch:
        raise UsageError("--target and --launch exclude each other: judge an address, or what we start")
    claims = get("waxseal_claims") or os.environ.get("WAXSEAL_CLAIMS")
    kit = get("waxseal_kit") or os.environ.get("WAXSEAL_KIT")
    patience = get("waxseal_patience")
    if patience <= 0:
        raise UsageError(f"--patience {patience}: it must be greater than 0")
    login = get("waxseal_login") or ""
    if login and "WAXSEAL_PASSWORD" not in os.environ:
        raise UsageError("--login: put the password into the environment variable WAXSEAL_PASSWORD")
    return Options(
        targets=targets,
        launch=launch,
        claims=Path(claims) if claims else None,
        claims_server=get("waxseal_claims_server") or "",
        claim=tuple(get("waxseal_claim") or _environment("CLAIM")),
        kit=Path(kit) if kit else None,
        client_certs=dict(_role(text) for text in get("waxseal_client_cert") or ()),
        login=login,
        patience=patience,
        faults=tuple(name for text in get("waxseal_faults") or () for name in text.split(",")),
    )


def _environment(name: str) -> list[str]:
    return shlex.split(os.environ.get(f"WAXSEAL_{name}", ""))


def _role(text: str) -> tuple[str, Path]:
    role, separator, path = text.partition("=")
    if not separator:
        raise UsageError(f"--client-cert {text}: give ROLE=PEM")
    return role, Path(path)


def add_options(parser: pytest.Parser) -> None:
    """Declare them all. Each names its value and where it applies."""
    group = parser.getgroup("waxseal", "waxseal: certify a mail proxy's TLS")

    def add(name: str, help_text: str, **more: Any) -> None:
        dest = "waxseal_" + name.removeprefix("--").replace("-", "_")
        group.addoption(name, dest=dest, help=help_text, **more)

    add("--target", "judge this address: host:port, or imap:// imaps:// pop3:// pop3s:// smtp:// smtps:// "
        "+ host[:port]; repeatable", metavar="ADDRESS", action="append")  # fmt: skip
    add("--launch", "start this product on the kit and judge it: reference (the default), nginx", metavar="NAME")
    add("--claims", "an nginx configuration with a mail {} block: what the target claims", metavar="FILE")
    add("--claims-server", "the server {} of the claims to judge by, by its server_name", metavar="NAME")
    add("--claim", "one more directive, over the file's; repeatable", metavar='"DIRECTIVE VALUE"', action="append")
    add("--kit", "the PKI that `waxseal kit DIR` wrote and the target was set up with", metavar="DIR")
    add("--client-cert", "a client certificate with its key; roles: trusted, revoked, expired, untrusted; "
        "repeatable", metavar="ROLE=PEM", action="append")  # fmt: skip
    add("--login", "log in with this name where a check needs it; the password comes from WAXSEAL_PASSWORD",
        metavar="USER")  # fmt: skip
    add("--report", "write a report; by its suffix: .json; repeatable", metavar="FILE", action="append")
    add("--pedantic", "a broken SHOULD fails too", action="store_true")
    add("--require-level", "fail unless evidence of that level was gathered", choices=("L1", "L2", "L3"))
    add("--fuzz-examples", "streams per listener (default: 60 against loopback, none elsewhere)",
        metavar="N", type=int)  # fmt: skip
    add("--fuzz-seconds", "the fuzzer's time per listener (default: 4)", metavar="S", type=float)
    add("--fuzz-seed", "the fuzzer's seed (default: 1)", metavar="N", type=int, default=1)
    add("--patience", "stretch every deadline by this factor", metavar="FACTOR", type=float, default=1.0)
    add("--faults", "start the reference proxy with these faults: to see the suite catch them",
        metavar="NAMES", action="append")  # fmt: skip
