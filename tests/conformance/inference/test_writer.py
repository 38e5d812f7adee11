import json

import pytest

from conformance.claims import read_claims
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.inference.finding import File, Found, known, one_of, unknown
from conformance.inference.survey import Survey
from conformance.inference.writer import as_configuration, as_json, quoted

ENDPOINT = Endpoint("127.0.0.1", 993, Protocol.IMAP, Way.IMPLICIT)
FOUND = Found(
    (
        known("listen", ("127.0.0.1:993", "ssl"), "seen"),
        known("protocol", ("imap",), "seen"),
        known("ssl_prefer_server_ciphers", ("off",), "seen"),
        known("imap_capabilities", ("IMAP4rev1", 'odd "x" {;}', "#"), "seen"),
        one_of("ssl_session_timeout", ("2h",), ("2h", "0"), "a hint\n} evil;"),
        known("ssl_crl", (), "whom it let in"),
        unknown("ssl_dhparam", "it does not show", "a", "b"),
    ),
    (File("imap-993-rsa.key", "a secret"),),
    ("a remark \x1b[31m",),
)
SURVEY = Survey(ENDPOINT, FOUND, 12, "it stopped")


def test_claims_read_what_is_written(tmp_path):
    (tmp_path / "nginx.conf").write_text(as_configuration([SURVEY]))
    (one,) = read_claims(tmp_path / "nginx.conf")
    assert one.endpoint == ENDPOINT
    assert one.values("imap_capabilities") == ("IMAP4rev1", 'odd "x" {;}', "#")
    assert (one.value("ssl_session_timeout"), one.values("ssl_crl")) == ("2h", ())


def test_nothing_that_was_seen_leaves_its_comment():
    text = as_configuration([SURVEY])
    assert "\x1b" not in text
    lines = [line.strip() for line in text.splitlines()]
    assert not [line for line in lines if "evil" in line and not line.startswith("#")]


def test_what_is_how_sure_is_said():
    lines = [line.strip() for line in as_configuration([SURVEY]).splitlines()]
    assert "# default; seen: seen" in lines
    assert "# unknown: ssl_dhparam (a or b?): it does not show" in lines
    assert "# NOT ALL OF IT: it stopped" in lines
    assert any(line.startswith("# one of: 2h, 0; seen: a hint") for line in lines)
    assert "ssl_prefer_server_ciphers off;" in lines


@pytest.mark.parametrize(
    ("word", "written"), [("TLSv1.2", "TLSv1.2"), ("", '""'), ("a b", '"a b"'), ('"', '"\\""')]
)
def test_words(word, written):
    assert quoted(word) == written


def test_json_has_all_of_it():
    document = json.loads(json.dumps(as_json([SURVEY])))
    (listener,) = document["listeners"]
    assert document["schema"] == "waxseal-inferred/1"
    assert (listener["address"], listener["visits"]) == ("127.0.0.1:993", 12)
    (timeout,) = listener["directives"]["ssl_session_timeout"]
    assert (timeout["surety"], timeout["candidates"]) == ("one of", ["2h", "0"])
