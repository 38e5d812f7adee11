"""The `waxseal` command: each subcommand is a function elsewhere."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).resolve().parent
USAGE = 4

_DESCRIPTION = """\
Certify what an IMAP, POP3 or SMTP proxy does with TLS.

  waxseal certify                          the bundled reference proxy, as an example
  waxseal certify mail.example.org:993     an address: what holds for every listener
  waxseal certify HOST:993 --claims nginx.conf --kit DIR
  waxseal certify --launch nginx           start nginx on the certification configuration
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; returns its exit status (INTERFACE.md)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    # These two have command lines of their own, pytest's and nginx's.
    if words[:1] == ["certify"]:
        certify(words[1:])
    if words[:1] == ["proxy"]:
        os.execv(sys.executable, [sys.executable, "-m", "reference_proxy", *words[1:]])
    parsed = _parser().parse_args(words)
    try:
        status: int = parsed.run(parsed)
    except BrokenPipeError:
        # The reader of our output has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


class _Parser(argparse.ArgumentParser):
    """argparse, with INTERFACE's exit status for a usage error."""

    def error(self, message: str) -> NoReturn:
        """One line that names the option, and exit status 4."""
        self.exit(USAGE, f"{self.prog}: {message}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser("waxseal", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    commands.add_parser("certify", help="[ADDRESS] [pytest options]: the suite, from anywhere")
    commands.add_parser("proxy", help="the reference proxy, with nginx's own command line")
    kit = commands.add_parser("kit", help="write the PKI and the certification nginx.conf")
    kit.add_argument("directory", type=Path, metavar="DIR", help="a new directory, or an older kit to replace")
    kit.add_argument("--host", default="127.0.0.1", help="where the listeners are to be (default: %(default)s)")
    kit.add_argument("--base-port", type=int, default=20000, metavar="N", help="the lowest port (default: %(default)s)")
    kit.set_defaults(run=_kit)
    requirements = commands.add_parser("requirements", help="the catalogue")
    requirements.add_argument("--json", action="store_true", help="as JSON")
    requirements.set_defaults(run=_requirements)
    explain = commands.add_parser("explain", help="one requirement of the catalogue")
    explain.add_argument("id", metavar="ID")
    explain.set_defaults(run=_explain)
    return parser


def certify(words: Sequence[str]) -> NoReturn:
    """Become pytest on the suite; a first word that is no option is the address."""
    words = list(words)
    if words and not words[0].startswith("-"):
        words[:1] = ["--target", words[0]]
    places = [str(HERE / "scenarios"), str(HERE.parent / "fuzz")]
    quiet = ["-q", "--no-header", "--import-mode=importlib"]
    # A project that waxseal is installed beside has pytest settings and conftest.py files of its
    # own, which must not choose among our scenarios.
    top = str(HERE.parent)
    apart = ["-c", os.devnull, "--rootdir", top, "--confcutdir", top]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])}
    plugin = ["-p", "conformance.plugin"]
    os.execve(sys.executable, [sys.executable, "-m", "pytest", *plugin, *apart, *quiet, *places, *words], environment)


def _kit(parsed: argparse.Namespace) -> int:
    from conformance.harness.pki.kit import KitError, write_kit  # noqa: PLC0415

    try:
        kit = write_kit(parsed.directory, parsed.host, parsed.base_port)
    except (KitError, ValueError) as error:
        print(f"waxseal kit: {error}", file=sys.stderr)
        return USAGE
    print(f"{kit.directory}: {len(kit.people)} people, {kit.conf.name} and README.txt, which says how to use them")
    return 0


def _requirements(parsed: argparse.Namespace) -> int:
    from conformance.requirements.catalogue import catalogue  # noqa: PLC0415

    if parsed.json:
        print(json.dumps([asdict(requirement) for requirement in catalogue().values()], indent=1))
        return 0
    for requirement in catalogue().values():
        print(f"{requirement.id:<48} {requirement.level:<6} {requirement.reading}")
    return 0


def _explain(parsed: argparse.Namespace) -> int:
    from conformance.requirements.catalogue import catalogue  # noqa: PLC0415

    requirement = catalogue().get(parsed.id)
    if requirement is None:
        print(f"waxseal explain: no requirement {parsed.id}; see waxseal requirements", file=sys.stderr)
        return USAGE
    print(f"{requirement.id}  ({requirement.level}, {requirement.basis}; directive {requirement.directive})")
    print(f"\n  {requirement.reading}\n")
    print(f"  source: {requirement.source}" + (f"\n  “{requirement.quote}”" if requirement.quote else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
