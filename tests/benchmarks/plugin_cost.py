"""What waxseal's pytest plugin costs a project that does not use it, in milliseconds a run.

One test that does nothing is run with the plugin and with it shut out, turn by turn, without other
plugins. Of many runs the fastest counts: what a busy machine adds is none of the plugin's.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.timed import ROOT, Cost, timed

_TURNS: dict[str, tuple[str, ...]] = {"without": (), "with": ("-p", "conformance.plugin")}
# Ours is named, and what else is installed does not make the measure uncertain.
_ALONE = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def main() -> int:
    """Run, and print; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.plugin_cost", description=__doc__
    )
    parser.add_argument("--runs", type=int, default=50, help="of each (default: %(default)s)")
    options = parser.parse_args()
    # What is loaded is compiled once, as in everybody's environment.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    costs: dict[str, list[Cost]] = {name: [] for name in _TURNS}
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory)
        (project / "test_nothing.py").write_text("def test_nothing():\n    pass\n")
        for _ in range(options.runs):
            for name, words in _TURNS.items():
                costs[name].append(_once(project, words))
    least = {name: 1000 * min(x.processor_seconds for x in each) for name, each in costs.items()}
    for name, milliseconds in least.items():
        print(f"{name:<8} {milliseconds:7.1f} ms of processor")
    print(f"the plugin costs {least['with'] - least['without']:.1f} ms")
    return 0


def _once(project: Path, words: tuple[str, ...]) -> Cost:
    cost = timed([sys.executable, "-m", "pytest", "-q", *words], _ALONE, project)
    if cost.status:
        raise SystemExit(cost.said)
    return cost


if __name__ == "__main__":
    sys.exit(main())
