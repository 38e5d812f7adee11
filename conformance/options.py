"""The command-line options, their environment variables, and what they amount to.

Loaded in every pytest run of its environment: no heavy import here.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


LONGEST_PATIENCE = 100


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
    baseline: Path | None = None
    against: str = ""

    @property
    def product(self) -> str:
        """The product that is started where no address is given."""
        return self.launch or "reference"

    @property
    def named(self) -> bool:
        """The run is about a target, and about nothing else."""
        return bool(self.targets or self.launch or self.claims or self.kit)


def options_of(config: pytest.Config) -> Options:
    """The run's options, from the command line or else the environment. Raises `UsageError`."""
    claims, kit = _one(config, "claims"), _one(config, "kit")
    baseline = _one(config, "baseline")
    options = Options(
        targets=_several(config, "target"),
        launch=_one(config, "launch"),
        claims=Path(claims) if claims else None,
        claims_server=_one(config, "claims_server"),
        claim=_several(config, "claim"),
        kit=Path(kit) if kit else None,
        client_certs=dict(_role(text) for text in _several(config, "client_cert")),
        login=_one(config, "login"),
        patience=_patience(_one(config, "patience")),
        faults=tuple(
            n for text in config.getoption("waxseal_faults") or () for n in text.split(",")
        ),
        baseline=Path(baseline) if baseline else None,
        against=_one(config, "against"),
    )
    if options.targets and options.launch:
        raise UsageError(
            "--target and --launch exclude each other: judge an address, or what we start"
        )
    if options.targets and options.faults:
        raise UsageError("--faults is for the reference proxy, which --target does not start")
    if config.getoption("waxseal_baseline_update") and options.baseline is None:
        raise UsageError("--baseline-update: say which with --baseline FILE")
    if options.login and not os.environ.get("WAXSEAL_PASSWORD"):
        raise UsageError("--login: put the password into the environment variable WAXSEAL_PASSWORD")
    return options


def _one(config: pytest.Config, name: str) -> str:
    """An option's value, else that of its environment variable, else ""."""
    given: str | None = config.getoption(f"waxseal_{name}")
    return given or os.environ.get(f"WAXSEAL_{name.upper()}", "")


def _several(config: pytest.Config, name: str) -> tuple[str, ...]:
    """A repeatable option's values, else the words of its environment variable."""
    given: list[str] | None = config.getoption(f"waxseal_{name}")
    return tuple(given or shlex.split(os.environ.get(f"WAXSEAL_{name.upper()}", "")))


def _patience(text: str) -> float:
    try:
        factor = float(text or "1")
    except ValueError as error:
        raise UsageError(f"--patience {text}: it must be a number greater than 0") from error
    if not 0 < factor <= LONGEST_PATIENCE:
        raise UsageError(
            f"--patience {text}: it must be greater than 0, at most {LONGEST_PATIENCE}"
        )
    return factor


def _role(text: str) -> tuple[str, Path]:
    role, separator, path = text.partition("=")
    if not separator:
        raise UsageError(f"--client-cert {text}: give ROLE=PEM")
    return role, Path(path)


def add_options(parser: pytest.Parser) -> None:
    """Declare them all."""
    group = parser.getgroup("waxseal", "waxseal: certify a mail proxy's TLS")
    for name, value, text in _VALUES:
        group.addoption(name, dest=_dest(name), metavar=value, help=text)
    for name, value, text in _REPEATABLE:
        group.addoption(
            name, dest=_dest(name), metavar=value, help=f"{text}; repeatable", action="append"
        )
    for name, value, text, kind, usual in _NUMBERS:
        group.addoption(name, dest=_dest(name), metavar=value, help=text, type=kind, default=usual)
    group.addoption(
        "--pedantic",
        dest=_dest("--pedantic"),
        help="a broken SHOULD fails too",
        action="store_true",
    )
    group.addoption(
        "--baseline-update",
        dest=_dest("--baseline-update"),
        help="remove the entries of the baseline that are not needed any more",
        action="store_true",
    )
    group.addoption(
        "--require-level",
        dest=_dest("--require-level"),
        help="fail unless evidence of that level was gathered",
        choices=("L1", "L2", "L3"),
    )


def _dest(name: str) -> str:
    return "waxseal_" + name.removeprefix("--").replace("-", "_")


# Name, what stands for its value, and what it does.
_VALUES = (
    ("--launch", "NAME", "start this product on the kit: reference (the default), nginx"),
    ("--claims", "FILE", "an nginx configuration with a mail {} block: what the target claims"),
    ("--claims-server", "NAME", "the server {} of the claims to judge by, by its server_name"),
    ("--kit", "DIR", "the PKI that `waxseal kit DIR` wrote and the target was set up with"),
    ("--login", "USER", "log in where a check needs it; the password is in WAXSEAL_PASSWORD"),
    ("--baseline", "FILE", "known deviations, each with its reason and expiry: see README"),
    (
        "--against",
        "ADDRESS",
        "make the same visits there, too (or start that product), and show what differs",
    ),
    ("--patience", "FACTOR", "stretch every deadline by this factor"),
)
_REPEATABLE = (
    (
        "--target",
        "ADDRESS",
        "judge this address: host:port, or imap:// imaps:// pop3:// pop3s:// smtp:// smtps:// "
        "+ host[:port]",
    ),
    ("--claim", '"DIRECTIVE VALUE"', "one more directive, over the file's"),
    ("--client-cert", "ROLE=PEM", "as trusted, revoked, expired or untrusted, with its key"),
    ("--report", "FILE", "write a report; by its suffix: .json .html .md .sarif .svg (badge)"),
    ("--faults", "NAMES", "start the reference with these faults: to see the suite catch them"),
)
_NUMBERS = (
    (
        "--fuzz-examples",
        "N",
        "streams per listener (default: 60 against loopback, else 0)",
        int,
        None,
    ),
    (
        "--fuzz-seconds",
        "S",
        "the fuzzer's time per listener (default: as the streams need)",
        float,
        None,
    ),
    ("--fuzz-seed", "N", "the fuzzer's seed (default: 1)", int, 1),
)
