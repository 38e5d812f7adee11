"""A finding on disk: a directory that a maintainer can be sent.

finding.stream   the stream, with what was seen as comments: `waxseal replay` takes it
finding.json     all that is known of it, for programs (`waxseal-finding/1`)
transcript.txt   who said what, in which layer, when
trace.pcapng     the packets, with the keys of the TLS in them
repro.py         shows it again with nothing but Python
repro.sh         one line of bash that does, where it needs no TLS
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.transcript import Layer, Side, Transcript

from .kinds import kind_of
from .pcapng import pcapng
from .shell import shell_line
from .stream import Stream, parse

if TYPE_CHECKING:
    from .finding import Finding

SCHEMA = "waxseal-finding/1"
_LAYERS = {Layer.CLEAR: "clear", Layer.TLS: "tls", Layer.HANDSHAKE: "=="}


def keep(finding: Finding, directory: Path) -> Path:
    """Write a finding into a directory of its own below; return that.

    The same stream at the same listener gets the same directory.
    """
    name = re.sub(r"[^\w.-]+", "-", finding.listener)
    digest = hashlib.sha256(str(finding.stream).encode()).hexdigest()[:8]
    place = directory / f"{name}-{finding.oracle.name}-{digest}"
    place.mkdir(parents=True, exist_ok=True)
    notes = [
        f"{finding.oracle.name}: {finding.evidence}",
        f"seen {finding.rate} at {finding.endpoint}",
        finding.note,
    ]
    comments = "".join(f"; {note}\n" for note in notes if note)
    (place / "finding.stream").write_text(comments + str(finding.stream), encoding="ascii")
    (place / "finding.json").write_text(json.dumps(as_json(finding), indent=1) + "\n", "utf-8")
    (place / "transcript.txt").write_text(told(finding.trace.transcript), encoding="utf-8")
    (place / "repro.py").write_text(finding.reproducer, encoding="utf-8")
    line = shell_line(finding.trace, finding.endpoint)
    if line:
        head = f"#!/usr/bin/env bash\n# {finding.oracle.name}: look at what is answered.\n"
        (place / "repro.sh").write_text(f"{head}{line}\n", encoding="ascii")
    if finding.capture is not None:
        (place / "trace.pcapng").write_bytes(pcapng(finding.capture, _comment(finding)))
    return place


def as_json(finding: Finding) -> dict[str, Any]:
    """What programs are told of it."""
    return {
        "schema": SCHEMA,
        "oracle": finding.oracle.name,
        "requirement": finding.requirement,
        "severity": str(finding.oracle.severity),
        "clause": finding.oracle.clause,
        "kind": kind_of(finding.stream),
        "listener": finding.listener,
        "endpoint": _place(finding.endpoint),
        "against": _place(finding.against) if finding.against else None,
        "stream": str(finding.stream),
        "evidence": finding.evidence,
        "seen": finding.seen,
        "tried": finding.tried,
        "steady": finding.steady,
        "note": finding.note,
    }


def _place(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "host": endpoint.host,
        "port": endpoint.port,
        "protocol": str(endpoint.protocol),
        "way": str(endpoint.way),
    }


def _endpoint(place: dict[str, Any]) -> Endpoint:
    return Endpoint(
        str(place["host"]), int(place["port"]), Protocol(place["protocol"]), Way(place["way"])
    )


@dataclass(frozen=True)
class Kept:
    """What can be read again: a stream, and who saw what with it where.

    "" and None stand for what is unknown; `against` is the other listener of a difference.
    """

    stream: Stream
    oracle: str = ""
    listener: str = ""
    endpoint: Endpoint | None = None
    against: Endpoint | None = None


def read(path: Path) -> Kept:
    """A finding's directory, its finding.json, or any stream's file.

    Raises ValueError in one line that names the file, and OSError.
    """
    if path.is_dir():
        path = path / "finding.json"
    elif path.name == "finding.stream" and path.with_name("finding.json").exists():
        # The stream may have been edited; where it was found is beside it.
        there = read(path.with_name("finding.json"))
        return replace(there, stream=_parsed(path))
    if path.suffix != ".json":
        return Kept(_parsed(path))
    try:
        known = json.loads(path.read_text("utf-8"))
        if known["schema"] != SCHEMA:
            raise ValueError(f"its schema is not {SCHEMA}")
        return Kept(
            parse(known["stream"]),
            str(known["oracle"]),
            str(known["listener"]),
            _endpoint(known["endpoint"]),
            _endpoint(known["against"]) if known["against"] else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: it is no finding: {error}") from error


def _parsed(path: Path) -> Stream:
    try:
        return parse(path.read_text(encoding="ascii"))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def told(transcript: Transcript) -> str:
    r"""A transcript as text: seconds, direction, layer and what was said, escaped.

    0.0021 C> clear  t1 STARTTLS\r\n
    """
    rows = zip(transcript.lines, transcript.shown(), strict=True)
    return "".join(
        f"{line.seconds:8.4f} {'C>' if line.side is Side.CLIENT else 'S<'} "
        f"{_LAYERS[line.layer]:<5}  {text}\n"
        for line, (*_, text) in rows
    )


def _comment(finding: Finding) -> str:
    protocol, port = finding.endpoint.protocol, finding.endpoint.port
    spoken = "pop" if protocol == "pop3" else protocol
    decode = f"-d tcp.port=={port},{spoken}"
    if finding.endpoint.way is Way.IMPLICIT:
        decode = f"-d tcp.port=={port},tls -d tls.port=={port},{spoken}"
    return (
        f"{finding.oracle.name}: {finding.evidence}\n"
        f"Made from what was sent and received; the keys are in it. "
        f"tshark -r trace.pcapng {decode} -V"
    )
