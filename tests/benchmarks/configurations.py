"""Configurations that nobody has written: what does the suite say of who keeps them?

Server blocks are drawn from the kit's files and the directives' values, so that these come together
as in no configuration of ours. Those that `nginx -t` takes are judged under nginx and under the
reference, whose claims are just what they run: whatever fails there is a false alarm, or a mistake
of that proxy. Where the verdicts of the two `-t` differ, one of them is wrong. Each such thing is
printed with its server block, and the exit status is 1 if there is any.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.harness.patience import Patience
from conformance.harness.pki.kit import write_kit
from conformance.harness.targets.launch import try_configuration
from conformance.harness.targets.loopback import free_loopback
from conformance.mutants.small import write_small
from tests.benchmarks.drawing import Drawing

_ROOT = Path(__file__).resolve().parents[2]
_PRODUCTS = ("nginx", "reference")
FIRST_PORT = 20000
_RIGHT = ("pass", "not_applicable", "known")
# What nginx itself does not keep, and why.
_BASELINE = _ROOT / "fixtures" / "baselines" / "nginx-1.22.toml"


def main() -> int:
    """Draw, judge and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.configurations")
    parser.add_argument("--servers", type=int, default=12, help="in each (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=5, help="configurations (default: %(default)s)")
    parser.add_argument("--launch", action="append", choices=_PRODUCTS, help="one alone")
    parser.add_argument("--seed", type=int, default=1, help="of the first (default: %(default)s)")
    options = parser.parse_args()
    wrong = 0
    for seed in range(options.seed, options.seed + options.runs):
        with tempfile.TemporaryDirectory() as directory:
            products = options.launch or _PRODUCTS
            wrong += _configuration(seed, options.servers, products, Path(directory))
    print(f"{options.runs} configurations, {wrong} things that should not be")
    return 1 if wrong else 0


def _configuration(seed: int, count: int, products: Sequence[str], directory: Path) -> int:
    """Draw one, have it judged, print what is wrong; returns how many things are."""
    host = free_loopback(range(FIRST_PORT, FIRST_PORT + 100))
    kit = write_kit(directory / "kit", host, FIRST_PORT)
    write_small(kit)
    drawn = draw(seed, count, kit.directory, host)
    wrong = len(drawn.disputed)
    for disputed in drawn.disputed:
        print(f"{seed}: -t differs\n{disputed}", flush=True)
    for product in products:
        bad = list(_deviations(product, drawn.conf, kit.directory))
        wrong += len(bad)
        print(f"{seed}: {product}, {len(drawn.blocks)} servers: {len(bad)} deviations", flush=True)
        _show(bad, drawn.blocks, drawn.shared)
    return wrong


@dataclass(frozen=True)
class Drawn:
    """A configuration that nginx takes; `disputed` are texts that one takes, and what is said."""

    conf: Path
    shared: list[str]
    blocks: list[str]
    disputed: list[str]


def draw(seed: int, count: int, kit: Path, host: str) -> Drawn:
    """Write `drawn.conf` into the kit: up to so many servers on that host, from `FIRST_PORT`."""
    conf = kit / "drawn.conf"
    drawing = Drawing(random.Random(seed))
    shared = drawing.shared()
    drawn = Drawn(conf, shared, [], [])
    for number in range(count):
        block = drawing.server(f"drawn-{number}", f"{host}:{FIRST_PORT + number}")
        conf.write_text(_text(host, shared, [block]))
        taken = {name: try_configuration(name, conf, [], Patience()) for name in _PRODUCTS}
        if taken["nginx"].accepted:
            drawn.blocks.append(block)
        if taken["nginx"].accepted != taken["reference"].accepted:
            said = "\n".join(f"  {name}: {x.words.strip()}" for name, x in taken.items())
            drawn.disputed.append(f"{conf.read_text()}{said}")
    conf.write_text(_text(host, shared, drawn.blocks))
    return drawn


def _show(bad: Sequence[dict[str, str]], blocks: Sequence[str], shared: Sequence[str]) -> None:
    for check in bad:
        print(f"  {check['requirement']} on {check['listener']}: {check['verdict']}")
        print(f"    expected {check['expected']}")
        print(f"    observed {check['observed']} {check['reason']}")
    names = {check["listener"].split(":")[0] for check in bad}
    print(*(line for line in shared if bad), sep="\n", end="")
    print(*(b for b in blocks if any(f"server_name {n};" in b for n in names)), sep="\n", end="")


def _deviations(product: str, conf: Path, kit: Path) -> Iterator[dict[str, str]]:
    """The checks that did not end as they should."""
    report = kit / f"{product}.json"
    words = ["-q", "-p", "no:cacheprovider", "--launch", product, "--fuzz-examples", "0"]
    words += ["--claims", str(conf), "--kit", str(kit), "--report", str(report)]
    words += ["--baseline", str(_BASELINE)] if product == "nginx" else []
    command = [sys.executable, "-m", "pytest", *words]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    if not report.exists():
        raise SystemExit(f"no report: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    yield from (c for c in json.loads(report.read_text())["checks"] if c["verdict"] not in _RIGHT)


def _text(host: str, shared: Sequence[str], blocks: Sequence[str]) -> str:
    lines = [f"auth_http {host}:{FIRST_PORT + 99}/auth;", *shared]
    own = "".join(f"    {line}\n" for line in lines)
    return f"worker_processes 1;\nevents {{}}\nmail {{\n{own}\n" + "\n".join(blocks) + "}\n"


if __name__ == "__main__":
    sys.exit(main())
