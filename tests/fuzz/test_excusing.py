"""What a known deviation explains: the same seen again, and nothing when its cause is gone."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from conformance.harness.endpoint import Protocol
from conformance.harness.patience import Patience
from fuzz.campaign import replay, search
from fuzz.excusing import Excuses, excuse
from fuzz.hunt import Hunt
from fuzz.judge import Judge
from fuzz.oracles import ALIVE, ORACLES
from fuzz.stream import parse

TAKEN = next(x for x in ORACLES if x.name == "known_is_taken")
OTHER = next(x for x in ORACLES if x.name == "unknown_is_refused")
QUOTE = 'imap\n# NOOP "a\\r\\n\n# STARTTLS\\r\\n\n# CAPABILITY\\r\\n\n'
KNOWN = excuse("stream.known_taken", "imap*", QUOTE, "known: a parser keeps it open")
SEEN = parse(QUOTE.replace("NOOP", "noop|").replace("# S", "# SELECT a\\r\\n\n# S"))


class Fake:
    """A target that keeps quotes open, and is wrong about some other words."""

    endpoint = SimpleNamespace(protocol=Protocol.IMAP)

    def __init__(self, keeps_quotes=True, **wrong):
        self.keeps_quotes, self.wrong = keeps_quotes, wrong

    def worst(self, stream, pace):
        for word, oracle in self.wrong.items():
            if word in str(stream):
                return oracle
        before, _, inside = str(stream).partition("STARTTLS")
        quoted = self.keeps_quotes and before.count('"') % 2
        return TAKEN if quoted and "CAPABILITY" in inside else None

    def shows(self, oracle, stream):
        return self.worst(stream, None) is oracle


def left(judge, stream=SEEN, known=KNOWN, oracle=TAKEN, listener="imap-a"):
    return Excuses(judge, listener, [known]).left(oracle, stream)


def test_what_the_known_stream_explains_is_nothing():
    met = []
    excuses = Excuses(Fake(), "imap-a", [KNOWN], lambda *x: met.append(x))
    assert excuses.left(TAKEN, SEEN) is None
    assert met == [(KNOWN, TAKEN, SEEN)]


@pytest.mark.parametrize(
    "more",
    [
        {"judge": Fake(keeps_quotes=False, SELECT=TAKEN)},
        {"stream": parse(str(SEEN).replace('"a', '"a"'))},
        {"stream": parse(str(SEEN).replace('"a', '\\\\"a'))},
        {"stream": parse('imap\n# STARTTLS\\r\\n\n# NOOP "a\\r\\n\n# CAPABILITY\\r\\n\n')},
        {"known": replace(KNOWN, listeners="pop*")},
        {"known": replace(KNOWN, requirement="stream.bounded")},
        {"known": replace(KNOWN, stream=replace(KNOWN.stream, protocol=Protocol.POP3))},
        {"oracle": ALIVE, "known": replace(KNOWN, requirement="stream.still_alive")},
    ],
    ids=["not here", "closed", "escaped", "inside", "elsewhere", "another", "POP3", "the end"],
)
def test_nothing_else_is_explained(more):
    more = {"judge": Fake(), "stream": SEEN, "oracle": TAKEN, **more}
    assert left(**more) == (more["oracle"], more["stream"])


@pytest.mark.parametrize("oracle", [TAKEN, OTHER])
def test_what_shows_without_the_known_cause_is_left(oracle):
    bare = parse("imap\n# SELECT a\\r\\n\n# STARTTLS\\r\\n\n# CAPABILITY\\r\\n\n")
    assert left(Fake(SELECT=oracle)) == (oracle, bare)


def test_a_stream_that_says_nothing_is_no_excuse():
    with pytest.raises(ValueError, match="explains everything"):
        excuse("stream.known_taken", "*", "imap\n", "known")


def hunted(faulty):
    met = []
    how = {"excuses": [KNOWN], "met": lambda *x: met.append(x)}
    hunt = Hunt(Judge(faulty.endpoint, Patience()), "imap-toy", 1, ahead=[SEEN], **how)
    hunt.turn(60, most=0)
    return hunt.findings, met


def test_a_hunt_tells_known_ones_apart(toy):
    findings, met = hunted(toy("imap", "keeps quotes open"))
    assert (findings, met) == ([], [(KNOWN, TAKEN, SEEN)])


def test_a_hunt_finds_what_else_breaks_the_same_requirement(toy):
    findings, met = hunted(toy("imap", "keeps quotes open", "hides capabilities"))
    assert [x.oracle for x in findings] == [TAKEN]
    assert ('"' in str(findings[0].stream), met) == (False, [])


@pytest.mark.parametrize("said", ["search", "replay"])
def test_a_short_campaign_tells_them_apart_too(toy, said):
    def found(*faults):
        endpoint, how = toy("imap", *faults).endpoint, {"excuses": [KNOWN], "listener": "imap-toy"}
        if said == "replay":
            return list(replay(endpoint, [SEEN], **how))
        return search(endpoint, [SEEN], 1, **how)

    assert [x.known for x in found("keeps quotes open")] == [KNOWN.reason]
    assert [x.known for x in found("keeps quotes open", "hides capabilities")] == [""]
