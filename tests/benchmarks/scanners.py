"""waxseal beside testssl.sh, sslyze and `openssl s_client` on what they share, through STARTTLS.

    git clone https://github.com/testssl/testssl.sh
    python -m venv sslyze && sslyze/bin/pip install sslyze
    python -m tests.benchmarks.scanners --testssl testssl.sh/testssl.sh --sslyze sslyze/bin/sslyze

All look at one IMAP listener of nginx: protocols, ciphers, certificate, resumption, renegotiation.
waxseal does it twice: `infer` finds out what is there, as the others do, and `certify` judges what
is claimed, with controls. s_client is asked once for each version and each cipher, as in anybody's
shell. testssl.sh wants `host` or `dig` (Debian: bind9-host), and takes the openssl that there is
where its own is not beside it. Whoever is not named is left out. `agree`
says whether all name the same versions.
"""

from __future__ import annotations

import argparse
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.benchmarks.servers import STARTTLS, servers
from tests.benchmarks.timed import ROOT, Cost, timed

VERSIONS = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
# The scenarios on what the others look at, too.
SHARED = (
    "test_ssl_protocols.py or test_ssl_ciphers.py or test_ssl_certificate.py or renegotiation or "
    "test_ssl_session_tickets.py or test_ssl_session_cache.py"
)
CLAIMS = (
    "ssl_protocols TLSv1.2 TLSv1.3",
    "starttls on",
    "ssl_ciphers HIGH:!aNULL:!MD5",
    "ssl_session_tickets on",
    "ssl_session_cache none",
)
_S_CLIENT = """
ask() {{ openssl s_client -connect {place} -starttls imap "$@" </dev/null 2>&1; }}
for version in tls1 tls1_1 tls1_2 tls1_3; do
    ask -$version | grep -q 'Cipher is [^(]' && echo "offers $version"
done
for cipher in $(openssl ciphers 'ALL:eNULL:@SECLEVEL=0' | tr : ' '); do
    case $cipher in
    TLS_*) ask -tls1_3 -ciphersuites "$cipher" | grep 'Cipher is [^(]' ;;
    *) ask -tls1_2 -cipher "$cipher:@SECLEVEL=0" | grep 'Cipher is [^(]' ;;
    esac
done
ask -showcerts | openssl x509 -noout -text
ask -tls1_2 -reconnect | grep -c Reused
(sleep 1; echo R; sleep 1) | openssl s_client -tls1_2 -starttls imap -connect {place} 2>&1 | tail -3
"""
_NAMES = {"tls1": "TLSv1", "tls1_1": "TLSv1.1", "tls1_2": "TLSv1.2", "tls1_3": "TLSv1.3"}


@dataclass(frozen=True)
class Looked:
    """What a tool cost, and the versions that it says are offered."""

    cost: Cost
    versions: frozenset[str]


def _infer(host: str) -> Looked:
    words = ["infer", f"imap://{host}:{STARTTLS}"]
    cost = _waxseal(words)
    line = re.search(r"^\s*ssl_protocols ([^;]*);", cost.said, re.M)
    return Looked(cost, frozenset(line[1].split() if line else ()))


def _certify(host: str) -> Looked:
    claims = [word for claim in CLAIMS for word in ("--claim", claim)]
    cost = _waxseal(["certify", f"imap://{host}:{STARTTLS}", *claims, "-k", SHARED])
    conformant = cost.status == 0 and "CONFORMANT" in cost.said
    return Looked(cost, frozenset(CLAIMS[0].split()[1:] if conformant else ()))


def _waxseal(words: Sequence[str]) -> Cost:
    return timed([sys.executable, "-m", "conformance.cli", *words], {"PYTHONPATH": str(ROOT)})


def _testssl(program: str, host: str) -> Looked:
    quiet = ["--quiet", "--color", "0", "--warnings", "off", "--ip", "one"]
    words = ["bash", program, *quiet, "-p", "-E", "-S", "-R", "-t", "imap", f"{host}:{STARTTLS}"]
    cost = timed(words)
    spelt = {"SSLv2": "SSLv2", "SSLv3": "SSLv3", "TLS 1": "TLSv1", "TLS 1.1": "TLSv1.1"}
    spelt |= {"TLS 1.2": "TLSv1.2", "TLS 1.3": "TLSv1.3"}
    offered = re.findall(r"^ (SSLv[23]|TLS 1(?:\.[123])?)  +offered", cost.said, re.M)
    return Looked(cost, frozenset(spelt[name] for name in offered))


def _sslyze(program: str, host: str) -> Looked:
    versions = ["--sslv2", "--sslv3", "--tlsv1", "--tlsv1_1", "--tlsv1_2", "--tlsv1_3"]
    what = [*versions, "--certinfo", "--resum", "--reneg", "--starttls=imap"]
    cost = timed([program, *what, f"{host}:{STARTTLS}"])
    found = set()
    for name in VERSIONS:
        title = name.replace("SSLv", "SSL ").replace("TLSv", "TLS ")
        title = title if "." in title else f"{title}.0"
        part = re.search(
            rf"\* {re.escape(title)} Cipher Suites:(.*?)(?=\n \* |\Z)", cost.said, re.S
        )
        if part and "accepted the following" in part[1]:
            found.add(name)
    return Looked(cost, frozenset(found))


def _s_client(host: str) -> Looked:
    cost = timed(["bash", "-c", _S_CLIENT.format(place=f"{host}:{STARTTLS}")])
    return Looked(cost, frozenset(_NAMES[x] for x in re.findall(r"^offers (\S+)", cost.said, re.M)))


def tools(options: argparse.Namespace) -> Iterator[tuple[str, Callable[[str], Looked] | str]]:
    """Each tool, or why it is left out."""
    yield "waxseal infer", _infer
    yield "waxseal certify", _certify
    yield "s_client", _s_client
    for name, look in (("testssl", _testssl), ("sslyze", _sslyze)):
        program = getattr(options, name)
        if program and shutil.which(program):
            yield name, lambda host, program=program, look=look: look(program, host)
        else:
            yield name, f"left out: --{name} names no program" if program else "left out"


def main() -> None:
    """Look, and print."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.scanners",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--testssl", metavar="PATH", default="", help="the script testssl.sh")
    parser.add_argument("--sslyze", metavar="PATH", default="", help="the program sslyze")
    options = parser.parse_args()
    looked: dict[str, Looked] = {}
    print(f"{'':<17}{'seconds':>9}{'processor':>11}{'ratio':>7}  versions", flush=True)
    with servers(("nginx",)) as (server,):
        for name, look in tools(options):
            if isinstance(look, str):
                print(f"{name:<17}{look}")
                continue
            looked[name] = there = look(server.host)
            if not there.versions:
                raise SystemExit(f"{name} saw nothing: {shlex.quote(there.cost.said[-1500:])}")
            ratio = there.cost.seconds / looked["waxseal infer"].cost.seconds
            cost = f"{there.cost.seconds:>9.1f}{there.cost.processor_seconds:>11.1f}{ratio:>7.1f}"
            print(f"{name:<17}{cost}  {' '.join(sorted(there.versions))}", flush=True)
    agree = len({there.versions for there in looked.values()}) == 1
    print(f"agree: {'yes' if agree else 'no'}")


if __name__ == "__main__":
    main()
