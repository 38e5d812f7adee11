"""Whatever is expected: who is dead, silent, or closes at once does not meet it."""

import inspect
import itertools
import random
from collections.abc import Collection, Iterator

import pytest

import conformance.expectations as expectations
from conformance.harness.endpoint import Protocol, Way
from conformance.harness.mail.words import CAPABILITIES, QUIT, STARTTLS, Command, Verb
from conformance.harness.observation import Ending, Login, Observation, Offer, Session
from conformance.harness.tls.tickets import ZERO_KEYS
from conformance.verdict import Deviation, NotApplicable, NoVerdict
from tests.conformance.observations import asked, endpoint, failed, served

# These take a boolean, compare two visits, are no expectation, or take no observation.
PRIMITIVE = {
    *("holds", "same", "seen", "clear_bytes", "client_succeeds", "received_alike"),
    *("is_resumed", "is_taken", "configuration_accepted", "configuration_refused"),
    "mail_was_begun",
}
# What else an expectation may ask for: what a target that does it all right would have done.
REST = {
    "command": STARTTLS, "sender": STARTTLS, "wrong": STARTTLS, "second": STARTTLS,
    "lines": [STARTTLS], "names": ("STARTTLS",),
    "value": "x", "name": "X", "listed": ["TLSv1.2"], "versions": ("TLSv1.2",),
    "alert": "unknown_ca", "leaves": [b""], "but": {}, "heard": (), "expected": False,
    "mechanism": "PLAIN", "opening": CAPABILITIES, "response": STARTTLS, "hello": CAPABILITIES,
    "code": "220", "codes": dict.fromkeys(Protocol, "500"),
    "log_in": served, "open_exchange": lambda name: served(),
    "what": "prime", "above": 1024, "keys": [b""], "read": bytes,
    "chance": "by luck", "sessions": (), "line": b"x", "ticket": b"", "number": 0, "seconds": 300,
}  # fmt: skip

LISTS = {"each_negotiated", "each_group", "same_reaction"}
VISITS = (
    *("observation", "observations", "offered", "otherwise", "again", "full", "hello"),
    *("evidence",),
)
# Where one name stands for different things.
OWN = {
    ("names_ca", "names"): {}, ("header_matches", "value"): b"x", ("dh_parameter", "value"): 7,
    ("made_by", "keys"): ZERO_KEYS,
}  # fmt: skip

SILENT = (Ending.UNREACHABLE, Ending.TIMEOUT)
CONTROL = asked(session=Session(None, 0.0, 0.0, lifetime=300))

OFFERS = [
    Offer(
        hello_only=hello_only, login=login, versions=versions, ciphers=ciphers, before=before,
        spoil=spoil,
    )
    for hello_only, login, versions, ciphers, before, spoil in itertools.product(
        (False, True),
        (None, Login("joe", "x")),
        ((), ("TLSv1.2",)),
        ((), ("AES128-SHA",)),
        ((), (CAPABILITIES,), (QUIT,), (Command(Verb.RAW, "X"),)),
        (b"", b"NOOP\r\n"),
    )
]  # fmt: skip
DEAD = [*itertools.product((Ending.CLOSED, Ending.RESET, *SILENT), Way, Protocol, OFFERS)]
TRIED = 200


def dead(name: str, endings: Collection[Ending] = tuple(Ending)) -> Iterator[Observation]:
    """Of all there can be so many for each expectation, and others than for the next."""
    able = [x for x in DEAD if x[0] in endings]
    for ending, way, protocol, offer in random.Random(name).sample(able, TRIED):
        yield failed(ending, endpoint=endpoint(way, protocol), offer=offer)


def call(name: str, observation: Observation, control: Observation) -> None:
    """The expectation on this observation, and on it alone where it takes several."""
    function = getattr(expectations, name)
    args, keywords = [], {}
    for parameter in inspect.signature(function).parameters.values():
        key, kind = parameter.name, parameter.kind
        if key in ("control", "first"):
            keywords[key] = control
        elif key == "full" and kind is parameter.KEYWORD_ONLY:
            keywords[key] = observation
        elif key == "pairs":
            args.append([(control, observation)])
        elif key in VISITS:
            value = [observation] if name in LISTS else observation
            if kind is parameter.KEYWORD_ONLY:
                keywords[key] = value
            else:
                args.append(value)
        elif kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty:
            keywords[key] = REST[key]
        elif kind is parameter.VAR_POSITIONAL:
            args += REST[key]
        elif parameter.default is parameter.empty:
            args.append(OWN.get((name, key), REST[key]))
    function(*args, **keywords)


NAMES = sorted(set(expectations.__all__) - PRIMITIVE)
# A refusal shows on an implicit listener in the close after the ClientHello: the control, which
# was served there, tells that from a listener that closes on everybody.
BY_CONTROL = {
    name for name in NAMES if "control" in inspect.signature(getattr(expectations, name)).parameters
}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_proved_by_a_dead_target(name):
    for observation in dead(name):
        with pytest.raises((NoVerdict, Deviation, NotApplicable)):
            call(name, observation, control=observation)


@pytest.mark.parametrize("name", sorted(BY_CONTROL))
def test_nothing_is_proved_by_a_target_that_died_after_the_control(name):
    for observation in dead(name, SILENT):
        with pytest.raises((NoVerdict, Deviation, NotApplicable)):
            call(name, observation, control=CONTROL)


@pytest.mark.parametrize("name", NAMES)
def test_a_dead_target_does_nothing_wrong_either(name):
    with pytest.raises((NoVerdict, NotApplicable)):
        call(name, failed(Ending.UNREACHABLE), control=CONTROL)
