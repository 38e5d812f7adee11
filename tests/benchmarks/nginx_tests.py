"""waxseal's rate of assertions on nginx beside that of nginx's own tests of its mail modules.

    git clone https://github.com/nginx/nginx-tests
    python -m tests.benchmarks.nginx_tests nginx-tests

They take Perl with IO::Socket::SSL (Debian: libio-socket-ssl-perl). An assertion is a line of TAP,
or a verdict other than "does not apply". Both start an nginx and what stands behind it; one follows
the other, and only the ratio means something.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.timed import Cost, certified, timed

MODULES = "/usr/lib/nginx/modules"
# They load whatever this nginx was built to load, and Debian packs modules one by one.
_NGINX = """#!/bin/sh
case " $* " in
*' -V '*) {nginx} -V 2>&1 | sed -E 's/--with-(http|stream)[a-z_]*=dynamic//g' >&2 ;;
*) exec {nginx} "$@" ;;
esac
"""


@dataclass(frozen=True)
class Rate:
    """So many assertions, and what they cost."""

    assertions: int
    cost: Cost

    @property
    def by_clock(self) -> float:
        """Of them in a second."""
        return self.assertions / self.cost.seconds

    @property
    def by_processor(self) -> float:
        """Of them in a second of processor time."""
        return self.assertions / self.cost.processor_seconds


def theirs(place: Path) -> Rate:
    """Their mail tests, one file after the other as they come."""
    files = sorted(path.name for path in place.glob("mail*.t"))
    with tempfile.TemporaryDirectory() as directory:
        nginx = Path(directory) / "nginx"
        nginx.write_text(_NGINX.format(nginx=shutil.which("nginx", path="/usr/sbin:/usr/bin")))
        nginx.chmod(0o755)
        environment = {
            "TEST_NGINX_BINARY": str(nginx),
            "TEST_NGINX_MODULES": MODULES,
            "TEST_NGINX_GLOBALS": "user root;",
        }
        cost = timed(["prove", "-v", *files], environment, place)
    return Rate(asserted(cost.said), cost)


def asserted(tap: str) -> int:
    """The assertions that were made: lines that say how one ended, but for what was skipped."""
    return len(re.findall(r"^(?:not )?ok \d+(?!.*# skip)", tap, re.M | re.I))


def ours() -> Rate:
    """The whole suite on nginx, the fuzzer apart."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.json"
        cost = certified("--launch", "nginx", "--fuzz-examples", "0", "--report", str(report))
        summary = json.loads(report.read_text())["summary"]
    return Rate(summary["checks"] - summary["not_applicable"], cost)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.nginx_tests",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("place", type=Path, help="where a clone of nginx-tests is")
    place = parser.parse_args().place
    if not (place / "mail_ssl.t").exists():
        parser.error(f"{place}: there is no mail_ssl.t in it: clone nginx-tests")
    rates = {"nginx-tests": theirs(place), "waxseal": ours()}
    print(f"{'':<13}{'assertions':>11}{'seconds':>9}{'processor':>11}{'a second':>10}")
    for name, rate in rates.items():
        cost = f"{rate.cost.seconds:>9.1f}{rate.cost.processor_seconds:>11.1f}"
        print(f"{name:<13}{rate.assertions:>11}{cost}{rate.by_clock:>10.1f}")
    one, other = rates["waxseal"], rates["nginx-tests"]
    if not other.assertions:
        raise SystemExit(f"nginx-tests asserted nothing:\n{other.cost.said[-2000:]}")
    by_clock, by_processor = (
        one.by_clock / other.by_clock,
        one.by_processor / other.by_processor,
    )
    print(
        f"waxseal's rate is {by_clock:.1f} times theirs by the clock, {by_processor:.1f} times by"
    )
    print("processor time")


if __name__ == "__main__":
    main()
