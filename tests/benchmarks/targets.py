"""What a target costs among many: one run over N targets beside N times a run over one.

The targets are servers of a real nginx, each on a loopback address of its own, judged
by their claims. Printed are the rate of each target in the one run as a part of the
rate of a run over one, by the clock and by processor time, and the most memory that
all its processes had resident at the same time, in MiB.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from conformance.claims import read_claims
from conformance.harness.patience import Patience
from conformance.harness.pki.kit import write_kit
from conformance.harness.targets.launch import launch
from conformance.harness.targets.running import Running

ROOT = Path(__file__).resolve().parents[2]
PORTS = {"imap": 24143, "pop3": 24110, "smtp": 24025}
LOOK_SECONDS = 0.25
PAGE_MIB = resource.getpagesize() / (1 << 20)


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock and of processor time, and the most MiB resident at once."""

    seconds: float
    processor_seconds: float
    mebibytes: float


@contextmanager
def farm(directory: Path, count: int) -> Iterator[Path]:
    """That many targets; the file that lists them."""
    write_kit(directory / "kit")
    conf, file = directory / "nginx.conf", directory / "targets.txt"
    places = [(f"127.{os.getpid() % 200 + 20}.{n // 250}.{n % 250 + 1}", n) for n in range(count)]
    protocols = [*PORTS]
    servers, lines = [], []
    for host, number in places:
        protocol = protocols[number % len(protocols)]
        place = f"{host}:{PORTS[protocol]}"
        servers.append(f"server {{ listen {place}; protocol {protocol}; starttls on; }}")
        lines.append(f"{place} --claims nginx.conf")
    certificate = "ssl_certificate kit/pki/rsa.pem; ssl_certificate_key kit/pki/rsa.key;"
    general = f"auth_http 127.0.0.1:1/auth; {certificate} ssl_protocols TLSv1.2 TLSv1.3;"
    conf.write_text(f"events {{}}\nmail {{\n{general}\n" + "\n".join(servers) + "\n}\n")
    file.write_text("\n".join(lines) + "\n")
    with started(conf):
        yield file


def started(conf: Path) -> Running:
    """An nginx on that configuration."""
    return launch("nginx", conf, [x.endpoint for x in read_claims(conf)], Patience(factor=5))


def cost(*words: str) -> Cost:
    """What `waxseal certify` costs; it has to end with 0."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-m", "conformance.cli", "certify", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        over, most = threading.Event(), [0.0]
        watch = threading.Thread(target=_watch, args=(process.pid, over, most))
        watch.start()
        status = process.wait()
        over.set()
        watch.join()
    if status:
        raise SystemExit(f"waxseal certify {' '.join(words)} ended with {status}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.monotonic() - began, used, most[0])


def _watch(pid: int, over: threading.Event, most: list[float]) -> None:
    while not over.wait(LOOK_SECONDS):
        most[0] = max(most[0], resident(pid))


def resident(pid: int) -> float:
    """MiB of a process and all its descendants; what they share counts each time."""
    total = 0.0
    with suppress(OSError, ProcessLookupError):
        total = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_MIB
        children = Path(f"/proc/{pid}/task").glob("*/children")
        for child in [child for file in children for child in file.read_text().split()]:
            total += resident(int(child))
    return total


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--targets", type=int, default=100, metavar="N")
    parser.add_argument("--repeat", type=int, default=3, help="runs over one (default: 3)")
    count, repeat = (vars(parser.parse_args())[name] for name in ("targets", "repeat"))
    with tempfile.TemporaryDirectory() as place, farm(Path(place), count) as file:
        words = ("--fuzz-examples", "0")
        first = file.read_text().split()[0]
        claims = ("--claims", str(file.with_name("nginx.conf")))
        ones = [cost(first, *claims, *words) for _ in range(repeat)]
        one = sorted(ones, key=lambda x: x.seconds)[repeat // 2]
        many = cost("--targets", str(file), *words)
    print(f"one target      {one.seconds:8.1f} s {one.processor_seconds:8.1f} s of processor time")
    print(f"{count:3} targets     {many.seconds:8.1f} s {many.processor_seconds:8.1f} s")
    by_clock = count * one.seconds / many.seconds
    by_processor = count * one.processor_seconds / many.processor_seconds
    print(
        f"rate of a target among them: {by_clock:.2f} by the clock, {by_processor:.2f} by processor"
    )
    print(f"memory: {one.mebibytes:.0f} MiB for one, {many.mebibytes:.0f} MiB at most for all")


if __name__ == "__main__":
    main()
