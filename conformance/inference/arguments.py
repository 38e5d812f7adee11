"""The options of `waxseal infer`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from conformance.options import LONGEST_PATIENCE

# Of TLS sessions nobody waits for longer.
_LONGEST_WAIT = 3600.0

_INFER = """\
What can be seen of a mail proxy from outside, as an nginx mail {} block: protocols,
ciphers and whose order counts, certificates, curves, the DH group, how client
certificates are treated, sessions, STARTTLS, capabilities. Each line stands behind its
evidence, and what cannot be known is named, with the reason.

  waxseal infer mail.example.org:993
  waxseal infer mail.example.org             at the ports 143 993 110 995 25 465 587
  waxseal infer imaps://mail.example.org pop3s://mail.example.org --save seen
  waxseal certify mail.example.org:993 --claims seen/nginx.conf
  waxseal infer HOST:993 --kit kit           ... what the kit's certificates show, too

An address is host:port, or imap:// imaps:// pop3:// pop3s:// smtp:// smtps:// with
host[:port]. It takes some fifty to three hundred visits to each listener, one at a
time, all of them of a client that does nothing odd; nobody logs in. Progress goes to
standard error.
"""

_STATUS = """\
exit status: 0 written; 4 usage; 7 an address that nobody answers at, or that stopped
answering (what was seen of it and of the others is written all the same).
"""


def add_parser(commands: Any) -> None:
    """Declare the subcommand."""
    text = "what can be seen from outside, as an nginx mail {} block with its evidence"
    raw = argparse.RawDescriptionHelpFormatter
    infer = commands.add_parser(
        "infer", help=text, description=_INFER, epilog=_STATUS, formatter_class=raw
    )
    infer.add_argument("addresses", metavar="ADDRESS", nargs="+", help="where to look")
    infer.add_argument(
        "--kit", type=Path, metavar="DIR",
        help="bring the people of the PKI that `waxseal kit DIR` wrote, and know its files",
    )  # fmt: skip
    infer.add_argument(
        "--client-cert", metavar="ROLE=PEM", type=_role, action="append", default=[],
        help="a client certificate with its key; roles: trusted, revoked, expired, untrusted",
    )  # fmt: skip
    infer.add_argument(
        "--save",
        type=Path,
        metavar="DIR",
        help="write nginx.conf, and the certificates and parameters that were seen, into a new DIR",
    )
    infer.add_argument("--json", action="store_true", help="print JSON instead")
    infer.add_argument(
        "--wait", type=_seconds, default=0.0, metavar="SECONDS",
        help="wait so long to see sessions end, where no ticket tells when they do",
    )  # fmt: skip
    infer.add_argument(
        "--limit", type=_count, metavar="N", help="make at most N visits to each listener"
    )
    infer.add_argument(
        "--patience", type=_patience, default=1.0, metavar="FACTOR", help="stretch every deadline"
    )
    infer.set_defaults(run=_infer)


def _infer(parsed: argparse.Namespace) -> int:
    from conformance.inference.asker import LIMIT
    from conformance.inference.command import Choice, infer

    return infer(
        Choice(
            addresses=parsed.addresses,
            kit=parsed.kit,
            client_certs=dict(parsed.client_cert),
            save=parsed.save,
            json=parsed.json,
            wait=parsed.wait,
            patience=parsed.patience,
            limit=parsed.limit or LIMIT,
        )
    )


def _role(text: str) -> tuple[str, Path]:
    role, separator, path = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text}: give ROLE=PEM")
    return role, Path(path)


def _number(text: str, most: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= most:
        raise argparse.ArgumentTypeError(f"{text}: it must be greater than 0, at most {most:.0f}")
    return number


def _seconds(text: str) -> float:
    return _number(text, _LONGEST_WAIT)


def _patience(text: str) -> float:
    return _number(text, LONGEST_PATIENCE)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text}: it must be a whole number, at least 1")
    return int(text)
