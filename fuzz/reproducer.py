"""One file that shows a finding again with nothing but the standard library.

It repeats what was sent, cut as it was, and reads until the server is quiet.
The finding is reproduced when the server answers as it did when it was found; if
it hung then, it must hang now, and if no session came about afterwards, none may.
"""

from __future__ import annotations

import inspect
import re

from conformance.harness.observation import Ending

from .trace import Act, Trace, Upgrade


def signs(octets: bytes) -> list[str]:
    """What kinds of lines these are, texts left out; runs of the same kind count once."""
    kind = re.compile(rb"\+OK|-ERR|\+|[2-5]\d\d|\S* (?:OK|NO|BAD|BYE)\b|\*")
    found = [kind.match(line) for line in octets.split(b"\n")[:-1]]
    words = [x[0].decode("latin-1") if x else "?" for x in found]
    return [x for at, x in enumerate(words) if x != "?" or words[at - 1 : at] != ["?"]]


_TEMPLATE = r'''#!/usr/bin/env python3
"""Reproduces a finding of waxseal: {title}

{evidence}{hello}
Expected by {clause}. Seen in {rate} of the tries.

Usage: repro.py [HOST PORT]. Exit status: 1 reproduced, 0 not, 2 no session came about.
"""
import re, select, socket, ssl, sys

HOST, PORT = (sys.argv[1], int(sys.argv[2])) if len(sys.argv) > 2 else ({host!r}, {port})
ACTS = [
{acts}]
SEEN = {seen!r}


{signs}

def hear(sock, patience=2):
    heard = b""
    sock.settimeout(patience)
    try:
        while data := sock.recv(65536):
            heard += data
            sock.settimeout(0.5)
    except OSError:  # quiet, or the end
        pass
    print("S:", heard)
    return heard


def play(sock, acts):
    heard = {{"clear": b"", "inside": b"", "beside": b""}}
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        for kind, octets in acts:
            if kind == "send":
                print("C:", octets)
                sock.sendall(octets)
                select.select([sock], [], [], 0.01)
            elif kind == "handshake":
                context = ssl.create_default_context()
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                sock.settimeout(5)
                sock = context.wrap_socket(sock)
                print("-- TLS")
{acting}            else:
                heard["inside" if isinstance(sock, ssl.SSLSocket) else "clear"] += hear(sock)
    except OSError as error:
        print("--", error)
    return heard["clear"], heard["inside"], heard["beside"], sock

{too}
def main():
    try:
        start = socket.create_connection((HOST, PORT), timeout=10)
        clear, inside, beside, sock = play(start, ACTS)
    except OSError as error:
        print(error)
        return 2
    if any(SEEN) and not (clear or inside):
        return 2
    return int({verdict})


sys.exit(main())
'''
# What is done besides saying, hearing and shaking hands.
_ACTING = {
    "beneath": """            elif kind == "beneath":
                socket.socket.send(sock, octets)  # in clear, whatever the layer is
""",
    "beside": """            elif kind == "beside":
                print("-- another client")
                other = play(socket.create_connection((HOST, PORT), timeout=10), octets)
                heard["beside"] += other[0] + other[1]
                print("-- back")
""",
    "close-notify": """            elif kind == "close-notify":
                sock.settimeout(0.5)
                sock = sock.unwrap()
""",
    "end": """            elif kind == "end":
                sock.shutdown(socket.SHUT_WR)
""",
}
# What is looked at besides the answers, where that is what was wrong.
_HANGS = '''
def hangs(sock):
    """Whether the server keeps the connection although we have closed our end."""
    sock = socket.socket(fileno=sock.detach())
    sock.settimeout(5)
    try:
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(65536):
            pass
    except TimeoutError:
        return True
    except OSError:
        pass
    return False

'''
_DEAD = '''
def dead(host, port):
    """Whether no session comes about any more."""
    try:
        with socket.create_connection((host, port), timeout=5) as sock:
            return not hear(sock, 5)
    except OSError:
        return True

'''
_SAME = "[signs(clear), signs(inside), signs(beside)] == SEEN"


def reproducer(
    trace: Trace, address: tuple[str, int], title: str, evidence: str, clause: str, rate: str
) -> str:
    """The text of `repro.py`: exit status 1 reproduced, 0 not, 2 no session came about."""
    too, verdict = "", _SAME
    if trace.aftermath:
        too, verdict = _DEAD, "dead(HOST, PORT)"
    elif trace.ending is Ending.TIMEOUT and trace.upgrade is not Upgrade.FAILED:
        too, verdict = _HANGS, f"{_SAME} and hangs(sock)"
    return _TEMPLATE.format(
        title=title,
        evidence=evidence.replace("\\", "\\\\").replace('"', "'"),
        clause=clause,
        rate=rate,
        host=address[0],
        port=address[1],
        acts=_acts(trace),
        seen=[signs(heard) for heard in _heard_in_order(trace)],
        too=too,
        acting="".join(_ACTING.get(kind, "") for kind in dict.fromkeys(x.kind for x in trace.acts)),
        hello=_hello(trace),
        verdict=verdict,
        signs=inspect.getsource(signs),
    )


def _heard_in_order(trace: Trace) -> tuple[bytes, bytes, bytes]:
    clear, inside = trace.heard
    beside = b"".join(b"".join(_heard_in_order(other)[:2]) for other in trace.beside)
    return clear + trace.behind + (trace.afterwards or b""), inside, beside


def _hello(trace: Trace) -> str:
    """What this program cannot do as it was done, for its reader."""
    hellos = [act.octets.decode() for act in trace.acts if act.kind == "handshake" and act.octets]
    return f"\nIt needs a {hellos[0]}: `waxseal replay` does that, this does not." if hellos else ""


def _acts(trace: Trace) -> str:
    """The acts as Python, a line of its own for each thing said."""
    acts = [*trace.acts, Act("hear")] if trace.acts[-1:] != (Act("hear"),) else trace.acts
    written = [f"({act.kind!r}, {_said(act)})," for act in acts]
    starts = ["\n    " if act.kind == "send" else " " for act in acts]
    return "".join(map("".join, zip(starts, written, strict=True))).lstrip("\n")


def _said(act: Act) -> str:
    """What an act is about: octets, or the acts of another client."""
    others = [(x.kind, x.octets) for x in act.acts]
    return repr(others if act.kind == "beside" else act.octets)
