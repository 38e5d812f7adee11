"""The command-line options, declared.

Loaded in every pytest run of its environment: no import here but for types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

PREFIX = "waxseal_"
# Where else their values may come from: variables that begin so, and a file.
VARIABLE = "WAXSEAL_"
FILE = "waxseal.toml"
LEVELS = ("L1", "L2", "L3")
# Name, what stands for its value, and what it does.
VALUES = (
    ("--launch", "NAME", "start this product: reference (the default), nginx, dovecot, …, PATH"),
    ("--targets", "FILE", "judge each address in this file, several at once"),
    ("--claims", "FILE", "an nginx configuration with a mail {} block: what the target claims"),
    ("--claims-server", "NAME", "the server {} of the claims to judge by, by its server_name"),
    ("--kit", "DIR", "the PKI that `waxseal kit DIR` wrote and the target was set up with"),
    ("--doubles", "HOST:PORT", "where the target finds the auth server that we are to be"),
    ("--login", "USER", "log in where a check needs it; the password is in WAXSEAL_PASSWORD"),
    ("--baseline", "FILE", "known deviations, each with its reason and expiry"),
    (
        "--against",
        "ADDRESS",
        "make the same visits there, too (or start that product), and show what differs",
    ),
    ("--patience", "FACTOR", "stretch every deadline by this factor"),
)
REPEATABLE = (
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
NUMBERS = (
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


def add_options(parser: pytest.Parser) -> None:
    """Declare them all; what they say is kept under names that begin with `PREFIX`."""
    group = parser.getgroup("waxseal", "waxseal: certify a mail proxy's TLS")
    for name, value, text in VALUES:
        group.addoption(name, dest=dest(name), metavar=value, help=text)
    for name, value, text in REPEATABLE:
        group.addoption(
            name, dest=dest(name), metavar=value, help=f"{text}; repeatable", action="append"
        )
    for name, value, text, kind, _ in NUMBERS:
        group.addoption(name, dest=dest(name), metavar=value, help=text, type=kind)
    group.addoption(
        "--pedantic",
        dest=dest("--pedantic"),
        help="a broken SHOULD fails too",
        action="store_true",
    )
    group.addoption(
        "--baseline-update",
        dest=dest("--baseline-update"),
        help="remove the entries of the baseline that are not needed any more",
        action="store_true",
    )
    group.addoption(
        "--require-level",
        dest=dest("--require-level"),
        help="fail unless evidence of that level was gathered",
        choices=LEVELS,
    )


def given(values: Mapping[str, object]) -> bool:
    """Whether the command line has any of them; `values` are all that pytest has parsed."""
    return any(is_said(value) for name, value in values.items() if name.startswith(PREFIX))


def is_said(value: object) -> bool:
    """Whether the command line gave an option this value: not what pytest has where it is silent.

    0 is a value.
    """
    return value is not None and value is not False


def dest(name: str) -> str:
    """Under which name the value of an option (`--claims`) is kept."""
    return PREFIX + name.removeprefix("--").replace("-", "_")
