"""What was observed is the same after a way through JSON."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.evidence.codec import LONG, Decoder, Encoder, Undecodable
from conformance.harness.observation import AuthRequest, BackendSession, Observation, Offer, Session
from conformance.harness.pki.person import Person
from conformance.harness.transcript import Layer, Line, Side, Transcript
from conformance.report.evidence import digest

SECONDS = st.integers(0, 10**9).map(lambda n: n / 10**6)
CHARACTERS = st.characters(codec="utf-8") | st.sampled_from("=#~")
st.register_type_strategy(str, st.text(CHARACTERS, max_size=20) | st.just("x" * (LONG + 1)))
st.register_type_strategy(bytes, st.binary(max_size=20) | st.just(b"#" * (LONG + 1)))
st.register_type_strategy(float, SECONDS)
st.register_type_strategy(
    Person, st.builds(Person, st.text("ab", max_size=3), st.just(Path("/a")), st.just(Path()))
)
LINES = st.builds(Line, SECONDS, st.sampled_from(Side), st.sampled_from(Layer), st.binary())
st.register_type_strategy(
    Transcript, st.builds(Transcript, st.lists(LINES, max_size=4), st.sets(st.binary(), max_size=2))
)
st.register_type_strategy(
    Session,
    st.builds(Session, st.none(), SECONDS, SECONDS, st.none() | st.integers(), st.booleans()),
)


def returned(kind: Any, value: Any) -> Any:
    kept: dict[str, str] = {}

    def keep(text):
        kept[digest(text)] = text
        return digest(text)

    there = json.dumps(Encoder(keep).value(value))
    return Decoder(kept).value(kind, json.loads(there))


def told(value: Any) -> Any:
    """The value with its sessions, which are equal to none but themselves, as what they say."""
    if isinstance(value, Session):
        return value.begun, value.made, value.lifetime, value.usable
    if dataclasses.is_dataclass(value):
        return [told(getattr(value, field.name)) for field in dataclasses.fields(value)]
    return [told(item) for item in value] if isinstance(value, tuple) else value


@given(st.from_type(Observation))
def test_an_observation(made):
    assert told(returned(Observation, made)) == told(made)


@given(st.from_type(Offer))
def test_an_offer(offer):
    assert told(returned(Offer, offer)) == told(offer)


@given(st.from_type(tuple[AuthRequest, ...]), st.from_type(tuple[BackendSession, ...]))
def test_what_the_doubles_saw(requests, sessions):
    assert returned(tuple[AuthRequest, ...], requests) == requests
    assert returned(tuple[BackendSession, ...], sessions) == sessions


def test_every_field_is_kept_or_of_this_process_alone():
    session = Session(object(), 1.0, 2.0, 3, usable=False, context=object())  # type: ignore[arg-type]
    assert Encoder(digest).value(session) == {
        "begun": 1.0, "made": 2.0, "lifetime": 3, "usable": False,
    }  # fmt: skip
    person = Person("joe", Path("/joe.pem"), Path("/secret/joe.key"))
    assert "secret" not in json.dumps(Encoder(digest).value(Offer(person=person)))


def test_people_are_who_they_were():
    joe = Person("joe", Path("/joe.pem"), Path("/joe.key"))
    there = Encoder(digest).value(joe)
    assert Decoder({}, {("joe", "/joe.pem"): joe}).value(Person, there) is joe


@pytest.mark.parametrize(
    "found",
    [1, {}, {"frobnicate": 1}, {"endpoint": None}, {"ending": "never"}, {"stage": ["greeting"]}],
)
def test_what_is_no_observation_is_said(found):
    with pytest.raises(Undecodable):
        Decoder({}).value(Observation, found)


def test_a_long_text_that_is_not_there_is_said():
    with pytest.raises(Undecodable, match="KeyError"):
        Decoder({}).value(str, "#0123")
