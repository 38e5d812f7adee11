"""waxseal fuzz and waxseal replay as a user runs them, on a small server that is right or wrong."""

import json
import re
import shutil
import signal

import pytest

from tests.fuzz.conftest import tls, toy

__all__ = ["tls", "toy"]

INJECTION = "imap\n# STARTTLS\\r\\n&\n# NOOP\\r\\n\n"


@pytest.fixture
def here(commands):
    place = commands.directory / "here"
    shutil.rmtree(place)
    place.mkdir()
    return place


def notes(here):
    return json.loads((here / "waxseal-findings/campaign.json").read_text())


def test_a_campaign_without_a_find_is_status_0(commands, toy, here):
    where = [str(toy(name).endpoint) for name in ("imap", "pop3")]
    done = commands.waxseal("fuzz", *where, "--examples", "20", "--seed", "3")
    assert done.status == 0, done.out + done.err
    assert re.search(r"imap://\S+: 20 streams, beside \d+ known ones, 0 failed, 0 finds", done.out)
    assert (notes(here)["seed"], list(notes(here)["said"].values())) == (3, [20, 20])


def test_a_sweep_comes_first(commands, toy, here):
    where = str(toy("imap", "keeps plaintext").endpoint)
    done = commands.waxseal("fuzz", where, "--sweep", "--seconds", "2")
    assert done.status == 1, done.out + done.err
    assert re.search(r"imap://\S+: 0 streams, beside \d{2,} known ones, \d+ failed", done.out)


def test_a_find_is_shown_kept_and_replayed(commands, toy, here):
    faulty, right = (str(toy("imap", *faults).endpoint) for faults in (["keeps plaintext"], []))
    done = commands.waxseal("fuzz", faulty, "--examples", "30", "--keep", "finds")
    assert done.status == 1, done.out + done.err
    assert "FOUND  no_plaintext_survives_upgrade  critical" in done.out
    (place,) = {path.parent for path in (here / "finds").glob("*plaintext*/finding.json")}
    statuses = [
        commands.waxseal("replay", str(place), *where).status for where in ([], [faulty], [right])
    ]
    assert statuses == [1, 1, 0]


def test_what_becomes_of_each_file_is_told(commands, toy, here):
    (here / "one.stream").write_text(INJECTION)
    (here / "two.stream").write_text("pop3\nCAPA\\r\\n\n")
    gone = toy("imap")
    gone.close()
    for where, word, status in [
        (toy("imap", "keeps plaintext"), "FAILED", 1),
        (toy("imap"), "FIXED", 7),
        (gone, "ERROR", 7),
    ]:
        done = commands.waxseal("replay", "one.stream", "two.stream", str(where.endpoint))
        first, second = done.out.splitlines()
        assert first.startswith(f"{word}  one.stream  ")
        assert second.startswith("ERROR  two.stream  ")
        assert done.status == status


ENTRY = """\
[[known]]
requirement = "stream.plaintext_survives"
expires = "{}"
reason = "it is mended next week"
stream = '''
{}'''
"""


@pytest.mark.parametrize(
    ("expires", "faults", "status", "told"),
    [
        ("never", ["keeps plaintext"], 0, "explained by the baseline"),
        ("never", ["keeps plaintext", "answers twice"], 1, "FOUND  one_reply_per_command"),
        ("never", [], 0, "0 failed, 0 finds"),
        ("2020-02-02", ["keeps plaintext"], 1, "FOUND  no_plaintext_survives_upgrade"),
        ("2020-02-02", [], 1, "known.toml: entry 1: stream.plaintext_survives on *: expired on"),
    ],
    ids=["known", "another", "not met", "expired", "expired and not met"],
)
def test_what_a_baseline_explains_is_no_find(commands, toy, here, expires, faults, status, told):
    (here / "known.toml").write_text(
        ENTRY.format(expires, INJECTION).replace('"2020-02-02"', "2020-02-02")
    )
    where = str(toy("imap", *faults).endpoint)
    done = commands.waxseal("fuzz", where, "--examples", "1", "--baseline", "known.toml")
    assert done.status == status, done.out + done.err
    assert told in done.out
    known = done.out.count("KNOWN  no_plaintext_survives_upgrade  critical  at imap")
    assert known == (expires == "never" and bool(faults))


def until_it_says(process, word):
    for line in process.stdout:
        if word in line:
            return
    raise AssertionError(process.stderr.read())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_campaign_can_go_on(commands, toy, here, number):
    faulty = str(toy("imap", "keeps plaintext").endpoint)
    command = ["-m", "conformance.cli", "fuzz", faulty]
    process = commands.start(*command, "--seconds", "100")
    until_it_says(process, "kept in waxseal-findings/imap")
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2, out + err
    assert "stopped; --resume goes on from here" in out
    (said,) = notes(here)["said"].values()
    more = commands.waxseal("fuzz", faulty, "--resume", "--examples", str(said + 10))
    assert more.status == 0, more.out + more.err
    assert re.search(rf" {said + 10} streams,(?! {said + 10} of)", more.out)
    assert "FOUND" not in more.out


WRONG = {
    "fuzz": "name an ADDRESS, or what to start",
    "fuzz imap://192.0.2.1:143": "not loopback",
    "fuzz imap://127.0.0.1:99999": "not a port",
    "fuzz 127.0.0.1:143 --seconds 0": "greater than 0",
    "fuzz 127.0.0.1:143 --examples x": "whole number",
    "fuzz 127.0.0.1:143 --launch nginx": "exclude each other",
    "fuzz --launch frobnicator": "unknown product",
    "fuzz --launch reference --faults frobnicated": "frobnicated",
    "fuzz --launch nginx --faults starttls-keeps-plaintext": "--faults is for",
    "fuzz --launch reference --listener frobnicator": "no listener is left",
    "fuzz 127.0.0.1:143 --baseline none.toml": "--baseline none.toml: No such file",
    "replay": "FILE",
    "replay nobody": "nobody: No such file",
}


@pytest.mark.parametrize("words", WRONG)
def test_wrong_use_is_one_line_and_status_4(commands, words):
    done = commands.waxseal(*words.split())
    assert (done.status, done.out) == (4, "")
    assert WRONG[words] in done.err
    assert len(done.err.splitlines()) == 1


def test_an_entry_that_is_no_stream_is_wrong_use(commands, here):
    (here / "known.toml").write_text(ENTRY.format("never", "frobnicate\n"))
    done = commands.waxseal("fuzz", "127.0.0.1:143", "--baseline", "known.toml")
    assert (done.status, done.out) == (4, "")
    assert "--baseline known.toml: entry 1: 'stream': a stream starts with" in done.err


def test_where_nobody_is_there_is_no_verdict(commands, toy):
    gone = toy("imap")
    gone.close()
    done = commands.waxseal("fuzz", str(gone.endpoint), "--seconds", "1")
    assert (done.status, len(done.err.splitlines())) == (7, 1)


def test_going_on_where_nothing_was_stopped_is_wrong_use(commands, toy, here):
    done = commands.waxseal("fuzz", str(toy("imap").endpoint), "--resume")
    assert (done.status, done.out) == (4, "")
    assert "no campaign was stopped here" in done.err


def test_two_targets_are_told_the_same(commands, toy, here):
    one, other = (str(toy("imap", *x).endpoint) for x in ([], ["keeps plaintext"]))
    done = commands.waxseal("fuzz", one, "--against", other, "--examples", "5")
    assert done.status == 1, done.out + done.err
    assert "FOUND  twins_differ_in_tls" in done.out
    (place,) = {path.parent for path in here.glob("waxseal-findings/*differ_in_tls*/*")}
    for words, status in [([], 1), ([one, "--against", one], 0)]:
        again = commands.waxseal("replay", str(place), *words)
        assert again.status == status, again.out + again.err


def test_two_targets_of_different_protocols_are_not_compared(commands, toy):
    one, other = (str(toy(name).endpoint) for name in ("imap", "pop3"))
    done = commands.waxseal("fuzz", one, "--against", other)
    assert (done.status, len(done.err.splitlines())) == (4, 1)
