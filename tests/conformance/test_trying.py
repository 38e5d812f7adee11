import threading

import pytest

from conformance import trying as module
from conformance.harness.patience import Patience
from conformance.harness.pki.kit import write_kit
from conformance.harness.targets.launch import Outcome
from conformance.trying import Trying


@pytest.fixture
def configure(tmp_path, monkeypatch):
    """Tries on a product that accepts what it is given, and keeps it in `texts`."""
    texts = []

    def accept(product, conf, *_):
        texts.append(conf.read_text())
        return Outcome(True, "fine")

    monkeypatch.setattr(module, "try_configuration", accept)
    made = Trying("some", write_kit(tmp_path / "kit"), Patience(), ())
    made.texts = texts
    yield made
    made.close()
    assert not made.directory.exists()


def test_a_directive_is_changed_in_its_place(configure):
    assert configure(starttls="perhaps").change == "starttls perhaps;"
    (text,) = configure.texts
    assert text.count("starttls") == text.count("starttls perhaps;") == 1


def test_a_directive_is_left_out_or_given_twice(configure):
    assert configure(ssl_crl=None).change == "no ssl_crl"
    configure(ssl_crl=["a", "b"])
    assert "ssl_crl" not in configure.texts[0]
    assert "ssl_crl a;" in configure.texts[1]
    assert "ssl_crl b;" in configure.texts[1]


def test_more_servers_and_lines_elsewhere(configure):
    configure(main=["top;"], mail=["inner;"], servers=[{"starttls": "only"}])
    (text,) = configure.texts
    assert text.index("top;") < text.index("mail {") < text.index("inner;")
    assert text.count("server {") == 2
    assert text.count("starttls only;") == 1


def test_each_is_tried_once(configure):
    assert configure() is configure()
    assert len(configure.texts) == 1
    assert configure().change == "nothing changed"


def test_every_file_that_it_names_is_there(configure):
    configure()
    words = configure.texts[0].replace(";", " ").split()
    files = [word for word in words if word.startswith(("pki/", "right/"))]
    assert len(files) > 7
    assert all((configure.directory / name).is_file() for name in files)


def test_a_pipe_is_read_once_or_not_at_all(configure):
    with configure.pipe(b"content") as name:
        assert (configure.directory / name).read_bytes() == b"content"
    with configure.pipe(b"content"):
        pass
    assert "pipe" not in {thread.name for thread in threading.enumerate()}
