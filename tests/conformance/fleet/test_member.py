"""Whom a run over many targets judges."""

import pytest

from conformance.fleet.member import by_host, from_file
from conformance.options import UsageError


def written(directory, text):
    path = directory / "targets.txt"
    path.write_text(text)
    return path


def test_a_line_is_an_address_with_options_of_its_own(tmp_path):
    text = """
    # ours
    imap://127.0.0.1:143
    127.0.0.1:993   --claims a/nginx.conf --claim "ssl_protocols TLSv1.3" --claim 'starttls on'
    127.0.0.1:25 --claims-server x --kit /kit --client-cert trusted=t.pem --patience 2  # slow
    """
    one, two, three = from_file(written(tmp_path, text), None)
    assert one.words == ["--target", "imap://127.0.0.1:143"]
    claims = ["--claim", "ssl_protocols TLSv1.3", "--claim", "starttls on"]
    assert two.words[2:] == ["--claims", f"{tmp_path}/a/nginx.conf", *claims]
    assert three.words[2:4] == ["--claims-server", "x"]
    assert three.keys == {"kit /kit"}
    assert [x.name for x in (one, two, three)] == [
        "imap-127.0.0.1-143", "127.0.0.1-993", "127.0.0.1-25",
    ]  # fmt: skip


def test_a_line_that_is_there_twice_counts_once(tmp_path):
    text = "127.0.0.1:1\n127.0.0.1:1\n127.0.0.1:1 --claims-server x\n"
    names = [x.name for x in from_file(written(tmp_path, text), None)]
    assert names == ["127.0.0.1-1", "127.0.0.1-1-2"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("h:1\n\nh:x\n", ":3: not a port"),
        ("h:1 --clams x\n", ":1: unrecognized arguments: --clams x; beside the address a line"),
        ("h:1 --claims\n", ":1: argument --claims: expected one argument"),
        ("h:1 i:2\n", ":1: unrecognized arguments: i:2"),
        ("h:1 'x\n", ":1: No closing quotation"),
        ("imap://me:secret@h\n", ":1: an address takes no user and password"),
        ("# none\n\n", ": there is no address in it"),
    ],
)
def test_a_file_that_makes_no_sense_is_named_with_its_line(tmp_path, text, words):
    path = written(tmp_path, text)
    with pytest.raises(UsageError) as raised:
        from_file(path, None)
    assert f"{path}{words}" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match=r"--targets .*none: No such file"):
        from_file(tmp_path / "none", None)


def test_what_is_on_one_host_is_one_member():
    members = by_host(["127.0.0.1:1", "127.0.0.2:1", "imap://127.0.0.1:2", "127.0.0.1:1"], None)
    assert [x.addresses for x in members] == [
        ("127.0.0.1:1", "imap://127.0.0.1:2"),
        ("127.0.0.2:1",),
    ]


def test_who_is_somewhere_else_or_has_the_same_kit_is_not_judged_beside_himself(tmp_path):
    text = "192.0.2.1:1\n192.0.2.1:2\n192.0.2.2:1\n127.0.0.1:1\n"
    one, two, other, here = (x.keys for x in from_file(written(tmp_path, text), None))
    assert one & two
    assert not one & other
    assert not here
    assert all(
        x.keys >= {"kit /kit"} for x in from_file(tmp_path / "targets.txt", tmp_path / "/kit")
    )
