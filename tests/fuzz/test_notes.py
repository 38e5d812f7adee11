import io

import pytest

from fuzz import progress as room
from fuzz.hunt import Part
from fuzz.notes import Notes, finds_in, notes_in
from fuzz.progress import Progress


def test_notes_are_read_as_they_were_written(tmp_path):
    notes = Notes(7, {"imap-starttls": 1200, "smtp://[::1]:25": 3})
    notes.write(tmp_path / "new")
    assert notes_in(tmp_path / "new", Part()) == notes
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["campaign.json"]


@pytest.mark.parametrize(
    "text", ["", "[]", '{"schema": "waxseal-campaign/1", "seed": 1, "said": {"a": -1}}']
)
def test_what_are_no_notes_is_told(tmp_path, text):
    (tmp_path / "campaign.json").write_text(text)
    with pytest.raises(ValueError, match=r"campaign\.json: it is no campaign"):
        notes_in(tmp_path, Part())


def test_where_nothing_was_stopped_nothing_goes_on(tmp_path):
    with pytest.raises(ValueError, match="no campaign was stopped here"):
        notes_in(tmp_path, Part())
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/finding.json").write_text("{")
    assert finds_in(tmp_path) == []


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("out", "shown"),
    [
        (io.StringIO(), "90 streams, 9/s, 2 finds (a 1, b 1), 1:05 left, imap\n"),
        (Terminal(), "\r\x1b[K90 streams, 9/s, 2 finds (a 1, b 1), 1:05 left, imap"),
    ],
)
def test_progress_is_a_line_now_and_then(monkeypatch, out, shown):
    now = [100.0]
    monkeypatch.setattr(room.time, "monotonic", lambda: now[0])
    progress = Progress(out)
    progress.tell(1, [], None)
    now[0] += 10
    progress.tell(90, ["a", "b"], 65.5, "imap")
    progress.tell(91, [], None)
    assert out.getvalue() == shown
