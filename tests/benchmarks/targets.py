"""What a target costs among many: one run over N targets beside N times a run over one.

The targets are servers of a real nginx, each on a loopback address of its own, judged
by their claims. Printed are the rate of each target in the one run as a part of the
rate of a run over one, by the clock and by processor time, and the most that all its
processes had at the same time: memory, in MiB, and open descriptors.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.claims import read_claims
from conformance.harness.patience import Patience
from conformance.harness.pki.kit import write_kit
from conformance.harness.targets.launch import launch
from conformance.harness.targets.running import Running
from tests.benchmarks.timed import certified

PORTS = {"imap": 24143, "pop3": 24110, "smtp": 24025}


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


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--targets", type=int, default=100, metavar="N")
    parser.add_argument("--repeat", type=int, default=3, help="runs over one (default: 3)")
    few = "no process of the run over all may have more descriptors open (ulimit -n)"
    parser.add_argument("--descriptors", type=int, default=0, metavar="N", help=few)
    options = parser.parse_args()
    count, repeat = options.targets, options.repeat
    with tempfile.TemporaryDirectory() as place, farm(Path(place), count) as file:
        words = ("--fuzz-examples", "0")
        first = file.read_text().split()[0]
        claims = ("--claims", str(file.with_name("nginx.conf")))
        ones = [certified(first, *claims, *words) for _ in range(repeat)]
        one = sorted(ones, key=lambda x: x.seconds)[repeat // 2]
        many = certified("--targets", str(file), *words, descriptors=options.descriptors)
    print(f"one target      {one.seconds:8.1f} s {one.processor_seconds:8.1f} s of processor time")
    print(f"{count:3} targets     {many.seconds:8.1f} s {many.processor_seconds:8.1f} s")
    by_clock = count * one.seconds / many.seconds
    by_processor = count * one.processor_seconds / many.processor_seconds
    print(
        f"rate of a target among them: {by_clock:.2f} by the clock, {by_processor:.2f} by processor"
    )
    memory = one.most.mebibytes, many.most.mebibytes
    print(f"memory: {memory[0]:.0f} MiB for one, {memory[1]:.0f} MiB at most for all")
    most = many.most
    print(f"descriptors: {most.descriptors} open at most in all, {most.of_one} in one process")


if __name__ == "__main__":
    main()
