"""Many runs of the suite in random order, some beside other work: does a verdict ever change?

Prints each run's seconds and how many of its verdicts differ from the first run's, and every
verdict that did. Ends with status 1 if there is one. Runs that are shared out over several
commands are held to one first run by `--first`; give each command a `--seed` of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_SPIN = "while True: pass"

Verdicts = dict[tuple[str, str], tuple[str, str]]
"""By requirement and listener, the verdict, and why it is none, or what was observed."""


def main() -> int:
    """Run, compare and print; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.steadiness", description=__doc__
    )
    parser.add_argument("--launch", default="reference", help="the product (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=50, help="in all (default: %(default)s)")
    parser.add_argument("--loaded", type=int, default=5, help="of them under load (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the first run's order")
    kept = "holds the first run's verdicts; written where it is not there yet"
    parser.add_argument("--first", type=Path, metavar="FILE", help=kept)
    options = parser.parse_args()
    first = read(options.first)
    changed = 0
    for number in range(options.runs):
        with load(number >= options.runs - options.loaded) as loaded:
            began = time.monotonic()
            verdicts = run(options.launch, options.seed + number)
            seconds = time.monotonic() - began
        first = first or keep(options.first, verdicts)
        odd = {key for key in first | verdicts if _word(first, key) != _word(verdicts, key)}
        changed += len(odd)
        beside = "  under load" if loaded else ""
        print(f"{number + 1:4} {seconds:7.1f} s  {len(odd)} of {len(verdicts)}{beside}", flush=True)
        for requirement, listener in sorted(odd):
            key = (requirement, listener)
            print(f"     {requirement} on {listener}: {first.get(key)}, now {verdicts.get(key)}")
    print(f"{options.launch}: {options.runs} runs, {changed} verdicts changed")
    return 1 if changed else 0


def run(product: str, seed: int) -> Verdicts:
    """One run in an order of its own, the fuzzer apart."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.json"
        words = ["-q", "-p", "no:cacheprovider", f"--randomly-seed={seed}", "--fuzz-examples", "0"]
        words += ["--launch", product, "--report", str(report)]
        command = [sys.executable, "-m", "pytest", *words]
        subprocess.run(command, cwd=_ROOT, stdout=subprocess.DEVNULL, check=False)
        checks = json.loads(report.read_text())["checks"]
    return {(c["requirement"], c["listener"]): (c["verdict"], _why(c)) for c in checks}


def _why(check: dict[str, str]) -> str:
    """What a change is to be explained by: not of thousands that pass what was seen."""
    return check["reason"] or ("" if check["verdict"] == "pass" else check["observed"])


def read(file: Path | None) -> Verdicts | None:
    """The verdicts that are kept there; None where there are none."""
    if file is None or not file.exists():
        return None
    rows = json.loads(file.read_text("utf-8"))
    return {(requirement, listener): (word, why) for requirement, listener, word, why in rows}


def keep(file: Path | None, verdicts: Verdicts) -> Verdicts:
    """The same verdicts, which are written there, where a file is named."""
    if file is not None:
        rows = [[*key, *said] for key, said in verdicts.items()]
        file.write_text(json.dumps(rows), "utf-8")
    return verdicts


def _word(verdicts: Verdicts, key: tuple[str, str]) -> str:
    return verdicts.get(key, ("", ""))[0]


@contextmanager
def load(on: bool) -> Iterator[bool]:
    """Twice as many busy processes as there are processors, while it lasts."""
    count = 2 * (os.cpu_count() or 1) if on else 0
    busy = [subprocess.Popen([sys.executable, "-c", _SPIN]) for _ in range(count)]
    try:
        yield on
    finally:
        for process in busy:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
