import subprocess
import sys

import pytest

from fuzz.campaign import campaign, replay
from fuzz.stream import parse

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
    assert replay(toy("smtp").endpoint, [parse(INJECTION["smtp"])]) == []
