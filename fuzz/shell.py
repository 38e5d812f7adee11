"""The one line of bash that says a stream, where everything of it goes in clear."""

from __future__ import annotations

import re

from conformance.harness.endpoint import Endpoint

from .trace import Act, Trace

_SAFE = re.compile(rb"[A-Za-z0-9 .,:;=@<>{}()+*/_-]")
# A shell has no better way to await an answer; and how long it hears at the end.
_PAUSE, _HEAR = "0.3", "3"


def shell_line(trace: Trace, endpoint: Endpoint) -> str | None:
    """A line for bash that says what was said and prints what is answered.

    None where it would not suffice: for what needs TLS, a login, or more than saying and
    hearing, or is too long for a line.
    """
    if any(b"%" in act.octets for act in trace.acts):
        return None
    if {act.kind for act in trace.acts} - {"send", "hear"} or not any(
        act.kind == "send" for act in trace.acts
    ):
        return None
    said = "; ".join(filter(None, map(_command, trace.acts)))
    line = f"exec 3<>/dev/tcp/{endpoint.host}/{endpoint.port}; {said}; timeout {_HEAR} cat <&3"
    return line if len(line) < 2000 else None


def _command(act: Act) -> str:
    if act.kind == "hear":
        return f"sleep {_PAUSE}"
    written = "".join(
        chr(octet) if _SAFE.fullmatch(bytes([octet])) else f"\\{octet:03o}" for octet in act.octets
    )
    return f"printf -- '{written}' >&3"
