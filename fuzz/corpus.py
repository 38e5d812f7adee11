"""The streams worth keeping, `fixtures/corpus/*.stream`: each one found or thought of once."""

from __future__ import annotations

from pathlib import Path

from conformance.harness.endpoint import Protocol
from conformance.harness.fixtures import fixture

from .stream import Stream, parse


def paths() -> list[Path]:
    """The files of the corpus in a stable order."""
    return sorted(fixture("corpus").glob("*.stream"))


def load(path: Path) -> Stream:
    """The stream in a file; raises ValueError that names the file."""
    try:
        return parse(path.read_text(encoding="ascii"))
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error


def corpus(protocol: Protocol) -> dict[str, Stream]:
    """The corpus of one protocol, by the file's name without its suffix."""
    streams = {path.stem: load(path) for path in paths()}
    return {name: stream for name, stream in streams.items() if stream.protocol is protocol}
