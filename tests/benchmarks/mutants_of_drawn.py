"""Do the checks bite where nobody has looked? Mutants of configurations that nobody has written.

Each configuration is drawn as in `configurations`, and printed; some of its mutants are tried under
the product. A mutant that survives is a check that is missing, or a rule for what nobody outside
could notice. The exit status is 1 if there is any.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from conformance.claims import read_claims
from conformance.harness.pki.kit import Kit
from conformance.mutants.command import Choice, run
from tests.benchmarks.configurations import draw


def main() -> int:
    """Draw, try and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.mutants_of_drawn")
    parser.add_argument("--servers", type=int, default=12, help="in each (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=5, help="configurations (default: %(default)s)")
    parser.add_argument("--sample", type=int, default=60, help="mutants of each (%(default)s)")
    parser.add_argument("--launch", default="nginx", choices=("nginx", "reference"))
    parser.add_argument("--seed", type=int, default=1, help="of the first (default: %(default)s)")
    options = parser.parse_args()
    worst = 0
    for seed in range(options.seed, options.seed + options.runs):
        print(f"configuration {seed}", flush=True)
        choice = Choice(options.launch, faults=False, sample=options.sample, seed=seed)
        worst = max(worst, run(choice, partial(_drawn, seed, options.servers)))
    return worst


def _drawn(seed: int, count: int, kit: Kit) -> Path:
    host = read_claims(kit.conf)[0].endpoint.host
    conf = draw(seed, count, kit.directory, host).conf
    print(conf.read_text(), flush=True)
    return conf


if __name__ == "__main__":
    sys.exit(main())
