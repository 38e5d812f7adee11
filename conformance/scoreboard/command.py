"""`waxseal scoreboard`: judge each product, and write what became of them into one page."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from conformance.offspring import offspring

USAGE, NO_VERDICT = 4, 7
_HELP = "each product that can be launched, by each directive, as a Markdown page"
_DESCRIPTION = """\
Start each product on the certification configuration, judge it, and write a page
with every verdict: by product and directive, with findings, and with the reason
for whatever was not applicable. A product that is not installed here is skipped,
and the page says so.

Each report goes into DIR; a report that is there already is taken as it is.
FAILs that somebody confirmed by hand are in fixtures/confirmed.toml.
"""
_STATUS = """\
exit status: 0 the page is written and each FAIL in it is confirmed by hand;
1 one is not; 4 usage; 7 no product could be judged.
"""


def add_parser(commands: Any) -> None:
    """Declare the command, of which `run` is the function."""
    parser = commands.add_parser(
        "scoreboard",
        help=_HELP,
        description=_DESCRIPTION,
        epilog=_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("directory", type=Path, metavar="DIR", help="where the reports are")
    parser.add_argument(
        "--product",
        action="append",
        metavar="NAME",
        help="this product; repeatable (default: all that there are adapters of)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="the page (default: scoreboard.md in DIR)",
    )
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Judge what is to be judged and write the page; returns the exit status."""
    from conformance.harness.fixtures import fixture
    from conformance.requirements.catalogue import catalogue
    from conformance.scoreboard.board import BoardError, read_confirmed
    from conformance.scoreboard.markdown import markdown

    directory: Path = parsed.directory
    try:
        names = _names(parsed.product)
        directory.mkdir(parents=True, exist_ok=True)
        confirmed = read_confirmed(fixture("confirmed.toml"))
        entries = [_entry(name, directory, _judge) for name in names]
        readings = {r.id: r.reading for r in catalogue().values()}
        page = parsed.output or directory / "scoreboard.md"
        page.write_text(markdown(entries, confirmed, readings), "utf-8")
    except (BoardError, OSError) as error:
        print(f"waxseal scoreboard: {error}", file=sys.stderr)
        return USAGE
    print(page)
    failed = [(e.name, t.requirement) for e in entries for t in e.troubles if t.verdict == "fail"]
    if all(entry.skipped for entry in entries):
        return NO_VERDICT
    return 0 if all(finding in confirmed for finding in failed) else 1


def _names(asked: Sequence[str] | None) -> list[str]:
    from conformance.harness.targets.launch import PRODUCTS
    from conformance.harness.targets.products import TRANSLATORS
    from conformance.scoreboard.board import BoardError

    known = [*PRODUCTS, *sorted(TRANSLATORS)]
    for name in asked or ():
        if name not in known:
            raise BoardError(f"--product {name}: unknown product; known: {', '.join(known)}")
    return list(asked or known)


def _entry(name: str, directory: Path, judge: Callable[[str, Path], None]) -> Any:
    """The product's entry; one that cannot be started here is skipped with the reason."""
    from conformance.harness.targets.adapted import adapted_software, is_adapted
    from conformance.harness.targets.launch import startable
    from conformance.harness.targets.product import LaunchError
    from conformance.scoreboard.board import BoardError, Entry, entry_of

    path = directory / f"{name}.json"
    if not path.exists():
        try:
            adapted_software(name) if is_adapted(name) else startable(name)
        except LaunchError as error:
            return Entry(name, skipped=str(error))
        judge(name, path)
    try:
        return entry_of(name, json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise BoardError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise BoardError(f"{path} is no JSON: {error}; remove it") from error


def _judge(name: str, path: Path) -> None:
    """A run of the whole suite in a process of its own, which shows its progress."""
    print(f"{name}:", file=sys.stderr, flush=True)
    root = str(Path(__file__).resolve().parents[2])
    place = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "conformance.cli", "certify", "--launch", name]
    environment = {**os.environ, "PYTHONPATH": place}
    command += ["--report", str(path.resolve())]
    with offspring(command, cwd=path.parent, env=environment, stdout=sys.stderr):
        pass
