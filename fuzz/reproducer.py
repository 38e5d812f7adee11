"""One file that shows a finding again with nothing but the standard library.

It repeats what was sent, cut as it was, and reads until the server is quiet.
The finding is reproduced when the server answers as it did when it was found; if
it hung then, it must hang now, and if no session came about afterwards, none may.
"""

from __future__ import annotations

import inspect
import re

from conformance.harness.observation import Ending

from .oracles.oracle import behind_records
from .trace import Act, Trace, Upgrade


def signs(octets: bytes) -> list[str]:
    """What kinds of lines these are, texts left out; runs of the same kind count once."""
    kind = re.compile(rb"\+OK|-ERR|\+|[2-5]\d\d|\S* (?:OK|NO|BAD|BYE)\b|\*")
    found = [kind.match(line) for line in octets.split(b"\n")[:-1]]
    words = [x[0].decode("latin-1") if x else "?" for x in found]
    return [x for at, x in enumerate(words) if x != "?" or words[at - 1 : at] != ["?"]]


_TEMPLATE = r'''#!/usr/bin/env python3
"""Reproduces a finding of waxseal: {title}

{evidence}{note}
Expected by {clause}. Seen in {rate} of the tries.

Usage: repro.py [HOST PORT]. Exit status: 1 reproduced, 0 not, 2 no session came about.
"""
import {imports}re, select, socket, ssl, sys

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

{helpers}
def play(sock, acts):
    heard, layer = {{name: b"" for name in ("clear", "inside", "beside", "TLS", "again")}}, "clear"
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
{bounds}    try:
        for kind, octets in acts:
            if kind == "send":
                print("C:", octets)
                sock.sendall({octets})
                select.select([sock], [], [], 0.01)
{acting}            else:
                heard[layer] += hear(sock)
    except OSError as error:
        print("--", error)
    return heard, sock

{too}
def main():
    try:
        start = socket.create_connection((HOST, PORT), timeout=10)
        heard, sock = play(start, ACTS)
    except OSError as error:
        print(error)
        return 2
    if any(SEEN) and not (heard["clear"] or heard["inside"]):
        return 2
    return int({verdict})


sys.exit(main())
'''
_WRAP = r"""            elif kind == "handshake":
                sock.settimeout(5)
                sock, layer = context.wrap_socket(sock), "inside"
                heard["TLS"] = b"+\n"
                print("-- TLS")
"""
_WRAP_ODDLY = r"""            elif kind == "glue":
                begun = Tls(sock, context)
                print("C:", octets, "and a ClientHello in the same segment")
                sock.sendall({octets} + begun.first_words())
            elif kind == "handshake":
                sock.settimeout(5)
                if octets != b"hello glued":
                    begun = Tls(sock, context, octets)
                elif b"\x16\x03" in heard["clear"]:
                    # What came behind the answer is the server's part of the handshake.
                    at = heard["clear"].index(b"\x16\x03")
                    begun.come.write(heard["clear"][at:])
                    heard["clear"] = heard["clear"][:at]
                begun.go(begun.tls.do_handshake)
                sock, layer = begun, "inside"
                heard["TLS"] = b"+\n"
                print("-- TLS")
"""
# What is done besides saying and hearing.
_ACTING = {
    "beneath": """            elif kind == "beneath":
                # In clear, whatever the layer is.
                socket.socket.send(getattr(sock, "sock", sock), octets)
""",
    "beside": """            elif kind == "beside":
                print("-- another client")
                other = play(socket.create_connection((HOST, PORT), timeout=10), octets)
                heard["beside"] += other[0]["clear"] + other[0]["inside"]
                print("-- back")
""",
    "close-notify": """            elif kind == "close-notify":
                sock.settimeout(0)
                try:
                    sock.unwrap()
                except OSError:  # its own need not have come
                    pass
                sock = getattr(sock, "sock", None) or socket.socket(fileno=sock.detach())
                layer = "clear"
                heard[layer] += behind_records(hear(sock, 0.5))
""",
    "renegotiate": """            elif kind == "renegotiate":
                heard["again"] = again(sock)
""",
    "end": """            elif kind == "end":
                sock.shutdown(socket.SHUT_WR)
""",
}
# Renegotiation is what the standard library has no name for.
_BOUNDS = """    context.maximum_version = ssl.TLSVersion.TLSv1_2
"""
_AGAIN = r'''
def again(sock):
    """Begin another handshake inside this one; a line if it is made."""
    libssl = ctypes.CDLL(_ssl.__file__)
    if not hasattr(libssl, "SSL_renegotiate"):
        print("The OpenSSL of this Python cannot be asked: use another, or `waxseal replay`.")
        sys.exit(2)
    # In CPython a pointer to OpenSSL's SSL is the second member of what is behind `_sslobj`.
    at = id(sock._sslobj) + object.__basicsize__ + ctypes.sizeof(ctypes.c_void_p)
    libssl.SSL_renegotiate(ctypes.c_void_p.from_address(at))
    sock.settimeout(5)
    try:
        sock.do_handshake()
    except OSError as error:
        print("-- no other handshake:", error)
        return b""
    print("-- another handshake")
    return b"+\n"

'''
# TLS whose first octets are in our hands.
_TLS = r'''
class Tls:
    """TLS over a socket, whose ClientHello goes out in other segments or records."""

    def __init__(self, sock, context, hello=b""):
        self.sock, self.hello = sock, hello
        self.come, self.go_out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.come, self.go_out)
        self.settimeout, self.fileno, self.detach = sock.settimeout, sock.fileno, sock.detach
        self.shutdown = sock.shutdown

    def first_words(self):
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            return self.go_out.read()

    def go(self, call, *given):
        while True:
            try:
                return call(*given)
            except ssl.SSLWantReadError:
                self.flush()
                data = self.sock.recv(65536)
                if not data:
                    raise ConnectionError("closed") from None
                self.come.write(data)
            finally:
                self.flush()

    def flush(self):
        octets = self.go_out.read()
        if octets:
            parts = pieces(octets, self.hello)
            for number, piece in enumerate(parts):
                if number:  # the server has the time to read them one by one
                    select.select([self.sock], [], [], 0.5 / len(parts))
                self.sock.sendall(piece)
            self.hello = b""

    def recv(self, size):
        return self.go(self.tls.read, size)

    def sendall(self, octets):
        self.go(self.tls.write, octets)

    def unwrap(self):
        self.go(self.tls.unwrap)
        return self.sock


def pieces(octets, hello):
    """A ClientHello in segments of one octet, in two, or in records of 40."""
    if hello == b"hello bytewise":
        return [octets[at : at + 1] for at in range(len(octets))]
    if hello.startswith(b"hello cut "):
        at = int(hello.split()[2])
        return [x for x in (octets[:at], octets[at:]) if x]
    if hello == b"hello fragments":
        parts = [octets[at : at + 40] for at in range(5, len(octets), 40)]
        return [b"".join(octets[:3] + len(x).to_bytes(2, "big") + x for x in parts)]
    return [octets]

'''
_ACCOUNT = r'''
def spelled(octets):
    """With what the tokens stand for."""
    for token, value in TOKENS.items():
        octets = octets.replace(token, value)
    return octets


if {needed!r} and not os.environ.get("WAXSEAL_PASSWORD"):
    print("It logs in: set WAXSEAL_USER and WAXSEAL_PASSWORD.")
    sys.exit(2)
USER, PASSWORD = (
    os.environ.get("WAXSEAL_" + name, "waxseal").encode() for name in ("USER", "PASSWORD")
)
TOKENS = {
    b"%user%": USER,
    b"%password%": PASSWORD,
    b"%user64%": base64.b64encode(USER),
    b"%password64%": base64.b64encode(PASSWORD),
    b"%plain%": base64.b64encode(b"\0" + USER + b"\0" + PASSWORD),
}

'''
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
_SAME = "[signs(octets) for octets in heard.values()] == SEEN"


def reproducer(
    trace: Trace, address: tuple[str, int], title: str, evidence: str, clause: str, rate: str
) -> str:
    """The text of `repro.py`: exit status 1 reproduced, 0 not, 2 no session came about."""
    too, verdict = "", _SAME
    if trace.aftermath:
        too, verdict = _DEAD, "dead(HOST, PORT)"
    elif trace.ending is Ending.TIMEOUT and trace.upgrade is not Upgrade.FAILED:
        too, verdict = _HANGS, f"{_SAME} and hangs(sock)"
    logs_in = any(b"%" in act.octets for act in trace.acts)
    octets = "spelled(octets)" if logs_in else "octets"
    return _TEMPLATE.format(
        title=title,
        evidence=evidence.replace("\\", "\\\\").replace('"', "'"),
        note=_note(trace),
        clause=clause,
        rate=rate,
        imports=_imports(trace, logs_in),
        bounds=_BOUNDS if _says(trace, "renegotiate") else "",
        host=address[0],
        port=address[1],
        acts=_acts(trace),
        seen=[signs(heard) for heard in _heard_in_order(trace)],
        too=too,
        helpers=_helpers(trace, logs_in),
        octets=octets,
        acting=_acting(trace, octets),
        verdict=verdict,
        signs=inspect.getsource(signs),
    )


def _odd(trace: Trace) -> bool:
    """Whether the ClientHello is in other segments or records than the library's."""
    return any(act.kind == "glue" or (act.kind == "handshake" and act.octets) for act in trace.acts)


def _helpers(trace: Trace, logs_in: bool) -> str:
    account = _ACCOUNT.replace("{needed!r}", repr(trace.entering is not None)) if logs_in else ""
    again = _AGAIN if _says(trace, "renegotiate") else ""
    again += f"{inspect.getsource(behind_records)}\n" if trace.left else ""
    return account + again + (_TLS if _odd(trace) else "")


def _imports(trace: Trace, logs_in: bool) -> str:
    again = "ctypes, _ssl, " if _says(trace, "renegotiate") else ""
    return again + ("base64, os, " if logs_in else "")


def _acting(trace: Trace, octets: str) -> str:
    wrap = _WRAP_ODDLY.replace("{octets}", octets) if _odd(trace) else _WRAP
    doing = {**_ACTING, "handshake": wrap, "glue": "" if _says(trace, "handshake") else wrap}
    return "".join(doing.get(kind, "") for kind in dict.fromkeys(x.kind for x in trace.acts))


def _says(trace: Trace, kind: str) -> bool:
    return any(act.kind == kind for act in trace.acts)


def _heard_in_order(trace: Trace) -> tuple[bytes, ...]:
    """What was heard in clear, inside TLS and by others, and a line for each handshake."""
    clear, inside = trace.heard
    behind = trace.behind
    if any(act.kind == "glue" for act in trace.acts):
        behind = behind.partition(b"\x16\x03")[0]
    beside = b"".join(b"".join(_heard_in_order(other)[:2]) for other in trace.beside)
    shaken = b"+\n" if trace.upgrade is Upgrade.DONE else b""
    again = b"+\n" if trace.renegotiated else b""
    rest = trace.afterwards or b""
    rest = behind_records(rest) if trace.left else rest
    return clear + behind + rest, inside, beside, shaken, again


def _note(trace: Trace) -> str:
    """What this program cannot do as it was done, for its reader."""
    digests = any(token in act.octets for act in trace.acts for token in (b"%cram%", b"%apop%"))
    return "\nIt needs a digest: `waxseal replay` makes it, this does not." if digests else ""


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
