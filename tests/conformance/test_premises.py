import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conformance.premises import (
    Missing,
    Noted,
    Premises,
    Stored,
    lasting,
    premises,
    public,
    resting_on,
)

PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
KEY = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"
MOMENT = datetime(2027, 1, 1, tzinfo=UTC)


def stored(noted):
    return Stored(noted.moment, noted.files, noted.facts)


@pytest.mark.parametrize("kind", ["CERTIFICATE", "X509 CRL", "DH PARAMETERS"])
def test_what_anybody_may_see_of_a_file_is_kept(kind):
    block = PEM.replace("CERTIFICATE", kind)
    assert public(f"first\n{block}{KEY}{block}".encode()) == 2 * block


@pytest.mark.parametrize(
    "secret",
    [KEY, KEY.replace("PRIVATE", "ENCRYPTED PRIVATE"), KEY.replace("PRIVATE", "RSA PRIVATE"),
     "pass-phrase\n", "\xff" * 48, KEY.replace("END", "BROKEN") + "c2VjcmV0"],
)  # fmt: skip
def test_nothing_secret_is_kept(tmp_path, secret):
    path = tmp_path / "file"
    path.write_text(PEM + secret, "latin-1")
    noted = Noted()
    assert noted.read(path) == path.read_bytes()
    assert noted.files == {str(path): PEM}


def test_a_file_is_read_again_without_the_disk(tmp_path):
    path = tmp_path / "cert.pem"
    path.write_text(PEM)
    noted = Noted()
    noted.read(path)
    path.unlink()
    assert stored(noted).read(path) == PEM.encode()


def test_what_could_not_be_read_cannot_be_read_again():
    noted, path = Noted(), Path("/nonexistent/file")
    for there in (noted, stored(noted)):
        with pytest.raises(FileNotFoundError, match="No such file"):
            there.read(path)


def test_a_run_has_one_content_of_each_file(tmp_path):
    path = tmp_path / "cert.pem"
    noted = Noted()
    for content in ("first", "second"):
        path.write_text(content)
        assert (noted.read(path), Premises().read(path)) == (b"first", content.encode())


@pytest.mark.parametrize(
    ("held", "times"), [(Premises(), 4), (Noted(), 2), (Stored(MOMENT, {}, {}), 2)]
)
def test_what_lasts_is_worked_out_once_for_each_thing(held, times):
    asked, things = [], ([1], [1])
    doubled = lasting(lambda thing: asked.append(thing) or thing * 2)
    with resting_on(held):
        assert [doubled(thing) for thing in (*things, *things)] == [[1, 1]] * 4
    assert len(asked) == times


def test_what_could_not_be_worked_out_is_tried_again():
    inverse = lasting(lambda thing: 1 / thing[0])
    thing = [0]
    with resting_on(Noted()):
        with pytest.raises(ZeroDivisionError):
            inverse(thing)
        thing[0] = 2
        assert inverse(thing) == 0.5


def test_what_follows_from_a_secret_is_known_without_it():
    noted = Noted()
    assert noted.fact("the size", lambda: len(b"secret")) == 6
    assert stored(noted).fact("the size", lambda: pytest.fail("worked out again")) == 6


def test_what_the_run_did_not_ask_is_missing():
    nothing = Stored(MOMENT, {}, {})
    with pytest.raises(Missing, match="no file /x"):
        nothing.read(Path("/x"))
    with pytest.raises(Missing, match="from a secret: y"):
        nothing.fact("y", int)


def test_it_is_the_time_of_the_run_and_nobody_waits():
    with resting_on(Stored(MOMENT, {}, {})):
        assert premises().now() == MOMENT
        premises().wait(float("inf"))
    assert premises().now() > datetime(2026, 1, 1, tzinfo=UTC)


# Where conditions, casts and expectations are: what these read without premises no report has.
ROOT = Path(__file__).parents[2] / "conformance"
DEPEND = ["applicability*", "cast*", "certificate*", "claimed*", "ciphers*", "expectations/*",
          "listener*", "looks*", "relations*", "resum*", "scenarios/*", "session_claims*",
          "trespass*", "visitor*"]  # fmt: skip


def test_nobody_who_judges_reads_or_looks_at_the_clock_behind_our_back():
    files = {path for pattern in DEPEND for path in ROOT.glob(f"{pattern}.py")}
    assert len(files) > len(DEPEND)
    behind = re.compile(r"\.read_(bytes|text)\(|\bopen\(|datetime\.now|\btime\.|monotonic\(")
    assert [path.name for path in files if behind.search(path.read_text("utf-8"))] == []
