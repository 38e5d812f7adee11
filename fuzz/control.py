"""The streams that all others are compared with."""

from __future__ import annotations

import functools
from collections.abc import Callable

from conformance.harness.endpoint import Endpoint, Protocol, Way

from .alphabet import ALPHABETS
from .session import ordinary
from .stream import TAG, Step, Stream


def upgrade_alone(protocol: Protocol) -> Stream:
    """The stream that asks for TLS and says nothing else."""
    return Stream(protocol, (Step(ALPHABETS[protocol].upgrades[0] + b"\r\n"),))


def alone(endpoint: Endpoint) -> Stream:
    """The least that an ordinary client does: the upgrade, or nothing where TLS comes first."""
    if endpoint.way is Way.IMPLICIT:
        return Stream(endpoint.protocol)
    return upgrade_alone(endpoint.protocol)


@functools.cache
def survey(protocol: Protocol, implicit: bool = False) -> Stream:
    """The upgrade alone, and what is worth knowing for comparison: every oracle's control.

    Where TLS comes first there is nothing but that, and what is said first elsewhere.
    """
    words = ALPHABETS[protocol]
    if implicit:
        texts = (*map(_tagged(protocol), words.opening), *words.survey)
        return Stream(protocol, tuple(Step(text + b"\r\n") for text in dict.fromkeys(texts)))
    asked = [Step(text + b"\r\n") for text in words.survey]
    # Who introduces himself is told already, and need not be heard twice.
    before = () if words.introduction else asked[:1]
    return Stream(protocol, (*before, *upgrade_alone(protocol).steps, *asked))


@functools.cache
def welcome(protocol: Protocol, implicit: bool = False) -> Stream:
    """An ordinary session of somebody who has an account: who logs in inside TLS, and goes on."""
    spelled = _tagged(protocol)
    said = tuple(Step(spelled(word.text) + b"\r\n") for word in ordinary(protocol))
    return Stream(protocol, said if implicit else (*upgrade_alone(protocol).steps, *said))


def nonsense(protocol: Protocol) -> Stream:
    """One line that no server knows: some take their time over an error."""
    return Stream(protocol, (Step(ALPHABETS[protocol].unknown + b"\r\n"),))


def _tagged(protocol: Protocol) -> Callable[[bytes], bytes]:
    tag = TAG + b" " if protocol is Protocol.IMAP else b""
    return lambda text: tag + text
