"""Campaigns on mail servers and proxies as Debian ships them, and the table of what they found.

    python -m tests.benchmarks.fuzz_campaigns dovecot --seconds 1800
    python -m tests.benchmarks.fuzz_campaigns dovecot --replay
    python -m tests.benchmarks.fuzz_campaigns --table

Each product is started on a loopback address (see `fuzz_products`), with every protocol and
both ways into TLS that it has, and its listeners take turns. What is found is kept below
fixtures/campaigns/<product>/; the table is made of that, and of what was said of each find
by a person who looked at its transcript, in fixtures/campaigns/words.toml.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from conformance.harness.patience import Patience
from conformance.harness.targets.product import LaunchError
from fuzz.command import Choice, Place, fuzz
from fuzz.keeping import Kept
from fuzz.notes import finds_in
from fuzz.oracles import ALIVE
from fuzz.replaying import replay
from tests.benchmarks.fuzz_products import PRODUCTS, serving

PLACE = Path(__file__).resolve().parents[2] / "fixtures/campaigns"
# What shows a find again; packets and programs are made anew when it is.
_KEPT = frozenset({"finding.stream", "finding.json", "transcript.txt"})
_HEAD = """\
# What long campaigns found

Made by `python -m tests.benchmarks.fuzz_campaigns --table`; `… PRODUCT --seconds S` says streams
again, `… PRODUCT --replay` only those of the finds. How each product is set up,
tests/benchmarks/fuzz_products.py says.

| product | listener | streams | finds |
|---|---|---|---|
"""
_FINDS = """
| listener | find | severity | clause | shown | stream | confirmed by hand |
|---|---|---|---|---|---|---|
"""


def main() -> int:
    """Do what is asked for; the exit status is a campaign's, or a replay's."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.fuzz_campaigns",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("product", nargs="?", choices=[*PRODUCTS], help="whom to talk to")
    parser.add_argument("--seconds", type=float, default=120.0, help="for all of it (default 120)")
    parser.add_argument("--seed", type=int, default=1, help="of the streams (default 1)")
    parser.add_argument("--keep", type=Path, default=PLACE, metavar="DIR", help="where finds go")
    parser.add_argument("--replay", action="store_true", help="only what was found before")
    parser.add_argument("--table", action="store_true", help="write the table, and say nothing")
    options = parser.parse_args()
    if options.table:
        (options.keep / "README.md").write_text(table(options.keep), "utf-8")
        return 0
    if options.product is None:
        parser.error("name a PRODUCT, or ask for the --table")
    try:
        return campaign(options) if not options.replay else again(options)
    except LaunchError as error:
        print(f"{options.product}: {error}", file=sys.stderr)
        return 7


def campaign(options: argparse.Namespace) -> int:
    """Say streams at all listeners of a product, which is started again where one ended it.

    The listener where that was is left alone from then on.
    """
    keep = options.keep / options.product
    until, ended, status = time.monotonic() + options.seconds, set[str](), 0
    while True:
        left, before = max(until - time.monotonic(), 1.0), len(ended)
        with serving(options.product) as endpoints:
            places = [Place(name, x) for name, x in endpoints.items() if name not in ended]
            choice = Choice(keep, options.seed, seconds=left, resume=bool(ended))
            status = fuzz(places, choice, Patience()) or status
        ended |= {x.listener for x in finds_in(keep) if x.oracle == ALIVE.name}
        if len(ended) == before or len(ended) == len(endpoints) or time.monotonic() >= until:
            break
    for path in keep.glob("*/*"):
        if path.name not in _KEPT:
            path.unlink()
    return status


def again(options: argparse.Namespace) -> int:
    """Say the streams of a product's finds, where they were found."""
    files = sorted(
        (options.keep / options.product).glob("*/finding.stream"),
        # Behind what ends the product nothing else can be said.
        key=lambda path: (ALIVE.name in path.parent.name, path),
    )
    with serving(options.product) as endpoints:

        def where(kept: Kept) -> Place:
            return Place(kept.listener, endpoints[kept.listener])

        return replay(files, where, Patience())


def table(keep: Path) -> str:
    """What was said and found, as Markdown."""
    said = words(keep)
    listeners, finds = "", ""
    for product in (x for x in PRODUCTS if (keep / x / "campaign.json").exists()):
        found = list(_finds(keep / product))
        for name, streams in json.loads((keep / product / "campaign.json").read_text())[
            "said"
        ].items():
            number = sum(x["listener"] == name for x, _ in found)
            listeners += (
                f"| {product} | {name.removeprefix(product + '-')} | {streams} | {number} |\n"
            )
        finds += "".join(_row(find, path, said) for find, path in found)
    return _HEAD + listeners + _FINDS + finds


def words(keep: Path) -> dict[str, dict[str, str]]:
    """What was said by hand of finds: by product, then by oracle and kind or oracle alone."""
    path = keep / "words.toml"
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


def word(find: dict[str, Any], said: dict[str, dict[str, str]]) -> str:
    """What is said of a find: by its listener, oracle and kind; the longest name that fits."""
    product = find["listener"].partition("-")[0]
    name = f"{find['oracle']} {find['listener'].removeprefix(product + '-')} {find['kind']}"
    there = said.get(product, {})
    fit: Iterable[str] = (key for key in there if name.startswith(key) or find["oracle"] == key)
    return there.get(max(fit, key=len, default=""), "")


def _finds(place: Path) -> Iterator[tuple[dict[str, Any], Path]]:
    for path in sorted(place.glob("*/finding.json")):
        yield json.loads(path.read_text("utf-8")), path


def _row(find: dict[str, Any], path: Path, said: dict[str, dict[str, str]]) -> str:
    stream = f"[{find['kind']}]({path.parent.parent.name}/{path.parent.name}/finding.stream)"
    cells = (
        *(find["listener"], find["oracle"], find["severity"], find["clause"]),
        *(f"{find['seen']}/{find['tried']}", stream.replace("|", "\\|"), word(find, said)),
    )
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    sys.exit(main())
