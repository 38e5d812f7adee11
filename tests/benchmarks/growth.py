"""How the cost of a run grows with the listeners of its target.

One real nginx has that many server blocks, all three protocols in turn, each on a port of its own,
and one session cache for all, as most operators have it; a run judges all of them by their claims
at the address, where no listener speaks for another.
Printed are seconds by the clock and of processor time, in all and for each listener more, and the
most memory that all its processes had at once.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from conformance.claims import read_claims
from conformance.harness.patience import Patience
from conformance.harness.pki.kit import write_kit
from conformance.harness.targets.launch import launch
from conformance.harness.targets.loopback import free_loopback
from tests.benchmarks.timed import Cost, certified

COUNTS = (1, 10, 100, 500)
_FIRST_PORT = 23000
_PROTOCOLS = ("imap", "pop3", "smtp")


def measured(directory: Path, count: int) -> Cost:
    """A run over a target with so many listeners."""
    ports = range(_FIRST_PORT, _FIRST_PORT + count)
    host, conf = free_loopback(ports[:50]), directory / f"{count}.conf"
    blocks = [
        f"server {{ server_name n{port}; listen {host}:{port}; protocol {protocol}; starttls on; }}"
        for port, protocol in zip(ports, _PROTOCOLS * count, strict=False)
    ]
    certificate = f"{directory}/kit/pki/rsa"
    general = f"auth_http 127.0.0.1:1/auth; ssl_certificate {certificate}.pem;"
    general += f" ssl_certificate_key {certificate}.key; ssl_protocols TLSv1.2 TLSv1.3;"
    general += " ssl_session_cache shared:ALL:10m;"
    inside = "\n".join([general, *blocks])
    conf.write_text(f"events {{ worker_connections 4096; }}\nmail {{\n{inside}\n}}\n")
    endpoints = [x.endpoint for x in read_claims(conf)]
    with launch("nginx", conf, endpoints, Patience(factor=10)):
        return certified(host, "--claims", str(conf), "--fuzz-examples", "0")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.growth", description=__doc__)
    parser.add_argument("counts", type=int, nargs="*", metavar="N", help=f"{COUNTS} by default")
    counts = parser.parse_args().counts or COUNTS
    titles = ("seconds", "processor", "of each more", "MiB")
    print(f"{'listeners':<10}" + "".join(f"{title:>14}" for title in titles))
    before: tuple[int, Cost] | None = None
    with tempfile.TemporaryDirectory() as place:
        write_kit(Path(place) / "kit")
        for count in counts:
            cost = measured(Path(place), count)
            more = ""
            if before and count != before[0]:
                added = cost.processor_seconds - before[1].processor_seconds
                more = f"{added / (count - before[0]):.2f}"
            row = f"{cost.seconds:>14.1f}{cost.processor_seconds:>14.1f}{more:>14}"
            print(f"{count:<10}{row}{cost.most.mebibytes:>14.0f}", flush=True)
            before = count, cost


if __name__ == "__main__":
    main()
