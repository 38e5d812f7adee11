"""A scenario is answered by its tape as it was by the target."""

import json
from contextlib import contextmanager
from dataclasses import replace

import pytest

from conformance.applicability import Evidence, Situation
from conformance.cast import Cast
from conformance.evidence.codec import Decoder
from conformance.evidence.recording import Recording, Shelf, hiding, stand_in
from conformance.evidence.replaying import Archive, Replay
from conformance.harness.clients import Errand, Success
from conformance.harness.mail.dialect import secret_forms
from conformance.harness.observation import (
    AuthRequest,
    BackendSession,
    Login,
)
from conformance.listener import Listener
from conformance.phrases import literal_login, sasl_initial
from conformance.premises import Missing
from conformance.trying import Tried, change_of
from conformance.verdict import Judgement, NotApplicable, NoVerdict, Verdict
from conformance.visitor import Visitor
from tests.conformance.observations import endpoint, served

PASSWORD = "s3cret-of-ours!!"
HERE = Listener("x", endpoint(), {"ssl_verify_client": ("off",)})
THERE = Situation(HERE, Cast(), Evidence.L2, True)


class Target:
    """Answers everything, with the password wherever it can stand."""

    trying = None

    def __init__(self):
        self.users = 0

    def visit(self, listener, offer, *, log_in=""):
        login = self.login(log_in) if log_in else offer.login
        said = [command.argument.encode() for command in offer.inside]
        made = served(offer=replace(offer, login=login), endpoint=listener.endpoint)
        for line in [*said, *(x.encode() for x in secret_forms("u", PASSWORD))]:
            made.transcript.add(0.5, "client", "tls", line)
        return made

    def login(self, word="user"):
        self.users += 1
        return Login(f"{word}-{self.users}", PASSWORD)

    def heard(self, user):
        return (AuthRequest((("auth-user", user), ("auth-pass", PASSWORD))),)

    def sessions(self, user):
        return (BackendSession((f"LOGIN {user} {PASSWORD}".encode(),), user, PASSWORD),)

    def errand(self, client, endpoint, login):
        return Errand("imaplib", endpoint, Success.DONE, "a message")


def imaplib_reads(endpoint, login):
    raise AssertionError("nobody runs it")


def scenario(visit):
    """Everything that a scenario can do; returns what it saw."""
    login = visit.new_login()
    made = visit(login=login, inside=[*literal_login(login), sasl_initial(HERE.protocol, login)])
    odd = visit(login=visit.new_login(password="of its own"))
    return [
        made.greeting, made.login, made.offer.login.user, odd.offer.login, visit(login=True).alive,
        visit.heard(login)[0].get("auth-pass") == login.password,
        visit.sessions(login)[0].password == login.password,
        visit.errand(imaplib_reads),
        [row for row in made.transcript.shown() if "u" not in row[2]],
    ]  # fmt: skip


def recorded(target, run=scenario):
    """What it saw, the tape, and the JSON of all that was kept."""
    shelf = Shelf()
    recording = Recording(target, shelf)
    try:
        seen = run(Visitor(recording, THERE))
    except (NoVerdict, NotApplicable) as error:
        seen = str(error)
    return seen, recording.tape, shelf.evidence.sections


def replay(tape, sections):
    visits, texts = (
        {name: json.loads(text) for name, text in sections[section].items()}
        for section in ("visits", "texts")
    )
    return Replay(json.loads(json.dumps(tape)), Archive(visits, Decoder(texts)))


def test_a_scenario_sees_the_same_again():
    seen, tape, sections = recorded(Target())
    again = replay(tape, sections)
    assert scenario(Visitor(again, THERE)) == seen
    again.finish()


def test_no_password_is_kept_in_any_form():
    _, tape, sections = recorded(Target())
    text = json.dumps([tape, sections])
    for form in secret_forms("user-1", PASSWORD):
        assert form not in text
    assert "of its own" in text  # which is nobody's


def test_what_the_proxy_is_known_by_is_not_kept():
    shelf = Shelf(frozenset({"x-auth-key"}))
    request = AuthRequest((("x-auth-key", "of the proxy"), ("auth-user", "joe")))
    shelf.keep_visit(served(auth=(request,)), ())
    text = json.dumps(shelf.evidence.sections)
    assert "of the proxy" not in text
    assert "joe" in text


def test_what_stands_for_a_password_is_as_long():
    hide = hiding([Login("u", "pässword")])
    assert hide("LOGIN pässword".encode()) == b"LOGIN " + stand_in("pässword").encode()
    assert len(stand_in("pässword")) == 9


def test_a_visit_is_kept_once():
    made = served()

    class Steady(Target):
        def visit(self, listener, offer, *, log_in=""):
            return replace(made, offer=offer)

    _, tape, sections = recorded(Steady(), lambda visit: [visit(), visit(), visit(versions=["x"])])
    assert len(tape) == 3
    assert len(sections["visits"]) == 2


@pytest.mark.parametrize(
    "otherwise",
    [
        lambda visit: visit(versions=["TLSv1.2"]),
        lambda visit: visit(login=True),
        lambda visit: visit.new_login(),
        lambda visit: [visit(), visit()],
    ],
    ids=["another offer", "with a login", "another question", "more"],
)
def test_who_asks_something_else_is_not_answered(otherwise):
    _, tape, sections = recorded(Target(), lambda visit: visit())
    with pytest.raises(Missing, match="the scenario asks for"):
        otherwise(Visitor(replay(tape, sections), THERE))


def test_who_asks_less_is_noticed():
    _, tape, sections = recorded(Target(), lambda visit: visit())
    with pytest.raises(Missing, match="asks for nothing more, where the run asked for visit"):
        replay(tape, sections).finish()


@pytest.mark.parametrize(
    "error",
    [NoVerdict(Judgement(Verdict.INCONCLUSIVE, "an answer", "none", (served(),))),
     NotApplicable("nobody can tell")],
    ids=["no verdict", "not applicable"],
)  # fmt: skip
def test_what_was_raised_is_raised_again(error):
    class Failing(Target):
        def visit(self, listener, offer, *, log_in=""):
            raise error

    seen, tape, sections = recorded(Failing(), lambda visit: visit())
    with pytest.raises(type(error)) as raised:
        Visitor(replay(tape, sections), THERE)()
    assert str(raised.value) == seen


class Product:
    """Refuses what is wrong."""

    def __call__(self, *, main=(), mail=(), servers=(), **server):
        change = change_of(main, mail, [server, *servers])
        return Tried(change, "wrong" not in change, "[emerg] no")

    @contextmanager
    def pipe(self, content):
        yield "right/12.pipe"


def configuring(caller):
    with caller.trying.pipe(b"") as name:
        return [caller.trying(ssl_crl="wrong"), caller.trying(ssl_crl=name), caller.trying()]


def test_configurations_are_tried_again():
    target, shelf = Target(), Shelf()
    target.trying = Product()
    recording = Recording(target, shelf)
    seen = configuring(recording)
    assert configuring(replay(recording.tape, shelf.evidence.sections)) == seen
    assert [tried.accepted for tried in seen] == [False, True, True]


def with_workers(visit):
    with visit.two_workers() as (one, other):
        return [x().endpoint.host for x in (one, other)]


def test_two_workers_are_visited_again():
    class Starter(Target):
        @contextmanager
        def two_workers(self, situation):
            moved = situation.listener.at(replace(situation.listener.endpoint, host="127.9.9.9"))
            yield replace(situation, listener=moved), self, self

    seen, tape, sections = recorded(Starter(), with_workers)
    assert seen == ["127.9.9.9"] * 2
    assert with_workers(Visitor(replay(tape, sections), THERE)) == seen
