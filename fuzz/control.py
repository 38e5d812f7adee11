"""The streams that all others are compared with."""

from __future__ import annotations

from conformance.harness.endpoint import Protocol

from .alphabet import ALPHABETS
from .stream import Step, Stream


def upgrade_alone(protocol: Protocol) -> Stream:
    """The stream that asks for TLS and says nothing else."""
    return Stream(protocol, (Step(ALPHABETS[protocol].upgrades[0] + b"\r\n"),))


def survey(protocol: Protocol) -> Stream:
    """The upgrade alone, and what is worth knowing for comparison: every oracle's control."""
    words = ALPHABETS[protocol]
    asked = [Step(text + b"\r\n") for text in words.survey]
    return Stream(protocol, (*asked[:1], *upgrade_alone(protocol).steps, *asked))


def nonsense(protocol: Protocol) -> Stream:
    """One line that no server knows: some take their time over an error."""
    return Stream(protocol, (Step(ALPHABETS[protocol].unknown + b"\r\n"),))
