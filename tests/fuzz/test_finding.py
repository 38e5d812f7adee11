import json
import re
import subprocess
import sys

import pytest

from conformance.harness.observation import Ending
from conformance.harness.patience import Patience
from fuzz.campaign import campaign, replay
from fuzz.executor import run
from fuzz.gesture import gesture
from fuzz.hello import segments
from fuzz.keeping import read
from fuzz.reproducer import reproducer
from fuzz.stream import parse
from fuzz.trace import Act, Trace, Upgrade

INJECTION = {
    "imap": "imap\n# STARTTLS\\r\\n&\n# NOOP\\r\\n\n",
    "pop3": "pop3\nSTLS\\r\\n&\nCAPA\\r\\n\n",
    "smtp": "smtp\nSTARTTLS\\r\\n&\nNOOP\\r\\n\n",
}


def exit_status(script, endpoint):
    command = [sys.executable, script, endpoint.host, str(endpoint.port)]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode


@pytest.mark.parametrize("protocol", INJECTION)
def test_the_reproducer_tells_the_faulty_from_the_correct(toy, protocol, tmp_path):
    faulty, correct, gone = toy(protocol, "keeps plaintext"), toy(protocol), toy(protocol)
    gone.close()
    (finding,) = replay(faulty.endpoint, [parse(INJECTION[protocol])], listener="toy")
    script = finding.save(tmp_path) / "repro.py"
    statuses = [exit_status(script, x.endpoint) for x in (faulty, correct, gone)]
    assert statuses == [1, 0, 2]
    assert len(script.read_text().splitlines()) < 80


def test_what_is_saved_can_be_read_again(toy, tmp_path):
    (finding,) = campaign(toy("pop3", "keeps plaintext").endpoint, listener="x")
    place = finding.save(tmp_path)
    assert place.name.startswith("x-no_plaintext_survives_upgrade-")
    assert parse((place / "finding.stream").read_text()) == finding.stream


def test_a_replay_finds_nothing_where_all_is_well(toy):
    assert list(replay(toy("smtp").endpoint, [parse(INJECTION["smtp"])])) == []


def test_the_reproducer_sees_that_a_listener_died(toy, tmp_path):
    (finding,) = campaign(toy("pop3", "listener dies").endpoint)
    script = finding.save(tmp_path) / "repro.py"
    assert exit_status(script, toy("pop3", "listener dies").endpoint) == 1
    assert exit_status(script, toy("pop3").endpoint) == 0


def test_the_reproducer_tells_a_hang_from_a_close(toy, tmp_path):
    never = toy("imap", "never closes")
    trace = run(parse("imap\n# NOOP\\r\\n\n"), never.endpoint, Patience(answer=1.0))
    assert trace.ending is Ending.TIMEOUT
    (tmp_path / "repro.py").write_text(reproducer(trace, ("", 0), "it", "", "", ""))
    assert exit_status(tmp_path / "repro.py", never.endpoint) == 1
    assert exit_status(tmp_path / "repro.py", toy("imap").endpoint) == 0


def test_a_directory_says_all_that_is_known(toy, tmp_path):
    endpoint = toy("imap", "keeps plaintext").endpoint
    (finding,) = replay(endpoint, [parse(INJECTION["imap"])], listener="x")
    place = finding.save(tmp_path)
    names = ["finding.json", "finding.stream", "repro.py", "trace.pcapng", "transcript.txt"]
    assert sorted(path.name for path in place.iterdir()) == names
    known = json.loads((place / "finding.json").read_text())
    assert known["schema"] == "waxseal-finding/1"
    assert (known["kind"], known["severity"]) == ("upgrade & / line", "critical")
    for path in (place, place / "finding.json", place / "finding.stream"):
        kept = read(path)
        assert (kept.stream, kept.endpoint) == (finding.stream, endpoint)
    told = (place / "transcript.txt").read_text()
    assert re.search(r"(?m)^ +0\.\d{4} C> clear  t1 STARTTLS", told)
    assert re.search(r"(?m)^ +0\.\d{4} S< ==     TLSv1", told)
    assert re.search(r"(?m)^ +0\.\d{4} S< tls    t2 OK", told)


def test_what_is_all_in_clear_has_a_shell_line(toy, tmp_path):
    (finding,) = replay(toy("smtp", "bare LF").endpoint, [parse("smtp\nX\\r\\n\n")])
    script = finding.save(tmp_path) / "repro.sh"
    done = subprocess.run(["bash", script], capture_output=True, timeout=30, check=True)
    assert b"500 what\n" in done.stdout.replace(b"\r\n", b"")


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"schema": "other"}', '{"schema": 1'])
def test_what_is_no_finding_is_named(tmp_path, text):
    (tmp_path / "finding.json").write_text(text)
    with pytest.raises(ValueError, match=r"finding\.json: it is no finding"):
        read(tmp_path)


GESTURES = ["!half-close", "!close-notify", "!clear # NOOP\\r\\n", "!reset"]
HELLOS = ["!hello bytewise", "!hello cut 5", "!hello fragments", "!hello glued"]


@pytest.mark.parametrize("gesture", [*GESTURES, *HELLOS])
def test_the_reproducer_does_what_was_done_to_the_connection(toy, tmp_path, gesture):
    right, wrong = toy("imap", policy="feed"), toy("imap", "wrong tag", policy="feed")
    hello, other = ("", gesture) if "hello" not in gesture else (gesture + "\n", "")
    text = f"imap\n{hello}# STARTTLS\\r\\n\n# CAPABILITY\\r\\n\n{other}\n"
    trace = run(parse(text), wrong.endpoint, Patience())
    assert trace.upgrade is Upgrade.DONE
    (tmp_path / "repro.py").write_text(reproducer(trace, ("", 0), "it", "seen", "", ""))
    statuses = [exit_status(tmp_path / "repro.py", x.endpoint) for x in (wrong, right)]
    assert statuses == [1, 0]


@pytest.mark.parametrize("hello", ["!hello fragments", "!hello glued", "!hello cut 7"])
def test_the_reproducer_begins_the_handshake_as_it_was_begun(toy, tmp_path, hello):
    """A server that takes no such hello is told from one that does."""
    policy, faults = ("discard", []) if "glued" in hello else ("feed", ["fragments", "cut at 7"])
    wrong, right = toy("imap", *faults, policy=policy), toy("imap", policy="feed")
    stream = parse(f"imap\n{hello}\n# STARTTLS\\r\\n\n# CAPABILITY\\r\\n\n")
    trace = run(stream, wrong.endpoint, Patience())
    assert trace.upgrade is Upgrade.FAILED
    (tmp_path / "repro.py").write_text(reproducer(trace, ("", 0), "it", "seen", "", ""))
    statuses = [exit_status(tmp_path / "repro.py", x.endpoint) for x in (wrong, right)]
    assert statuses == [1, 0]


def test_the_reproducer_begins_another_handshake(toy, tmp_path):
    endpoint = toy("imap", "renegotiates").endpoint
    (finding,) = replay(endpoint, [parse("imap\n# STARTTLS\\r\\n\n!renegotiate\n")])
    assert finding.oracle.name == "no_renegotiation"
    script = finding.save(tmp_path) / "repro.py"
    statuses = [exit_status(script, x) for x in (endpoint, toy("imap").endpoint)]
    assert statuses == [1, 0]


@pytest.mark.parametrize("hello", ["", "!hello bytewise\n"])
def test_the_reproducer_leaves_tls_and_goes_on_in_clear(toy, tmp_path, hello):
    wrong, right = (toy("pop3", *x).endpoint for x in (["goes on in clear"], []))
    stream = parse(f"pop3\n{hello}STLS\\r\\n\nNOOP\\r\\n\n!close-notify\nCAPA\\r\\n\n")
    (finding,) = replay(wrong, [stream])
    assert finding.oracle.name == "nothing_in_clear_behind_tls"
    script = finding.save(tmp_path) / "repro.py"
    assert [exit_status(script, x) for x in (wrong, right)] == [1, 0]


@pytest.mark.parametrize("hello", ["bytewise", "cut 1", "cut 104", "cut 105", "fragments"])
def test_the_reproducer_cuts_a_hello_where_we_do(hello):
    """Whether a server sees two segments apart is chance: so no server is asked."""
    made = {}
    script = reproducer(
        Trace(acts=(Act("handshake", f"hello {hello}".encode()),)), ("", 0), "", "", "", ""
    )
    exec(script[script.index("def pieces") : script.index("def play")], made)
    octets = b"\x16\x03\x01\x00\x64" + bytes(range(100))
    here = list(segments(octets, gesture(f"!hello {hello}")))
    assert made["pieces"](octets, f"hello {hello}".encode()) == here
