"""Writing a kit and reading it again."""

from __future__ import annotations

import ssl
import stat
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from conformance.harness.pki import kit as kits
from conformance.harness.pki.authorities import Span
from conformance.harness.pki.kit import Kit, KitError, read_kit, write_kit
from conformance.harness.pki.people import PEOPLE


def names(directory: Path) -> set[str]:
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*")}


def test_what_was_written_can_be_read(kit: Kit) -> None:
    assert read_kit(kit.directory) == kit
    assert tuple(person.name for person in kit.people) == PEOPLE


def test_everybody_can_be_loaded(kit: Kit) -> None:
    for person in kit.people:
        ssl.create_default_context().load_cert_chain(person.certificate, person.key)
        [leaf, *_] = x509.load_pem_x509_certificates(person.certificate.read_bytes())
        key = load_pem_private_key(person.key.read_bytes(), None)
        assert key.public_key() == leaf.public_key()


def test_a_stranger_to_the_kit_is_a_key_error(kit: Kit) -> None:
    with pytest.raises(KeyError, match="nobody"):
        kit.person("nobody")


def test_private_files_are_private(kit: Kit) -> None:
    holders = [path for path in kit.directory.rglob("*.*") if b"PRIVATE KEY" in path.read_bytes()]
    assert len(holders) == len(PEOPLE) + 10
    assert {stat.S_IMODE(path.stat().st_mode) for path in holders} == {0o600}


def test_it_is_written_quickly(tmp_path: Path) -> None:
    started = time.process_time()
    write_kit(tmp_path / "kit")
    assert time.process_time() - started < 0.7


def test_addresses_are_moved(tmp_path: Path) -> None:
    kit = write_kit(tmp_path / "kit", "::1", 3000)
    conf = kit.conf.read_text()
    assert "http" not in conf.split("mail {")[0]
    assert "[::1]:3080/auth" in conf
    assert "[::1]:3101 ssl" in conf
    assert "127.0.0.1" not in conf + kit.defaults.read_text()
    assert "http://[::1]:3080/auth" in (kit.directory / "README.txt").read_text()


def test_only_the_kit_is_left_behind(tmp_path: Path) -> None:
    write_kit(tmp_path / "kit")
    assert [path.name for path in tmp_path.iterdir()] == ["kit"]


def test_an_empty_directory_and_an_old_kit_are_replaced(tmp_path: Path) -> None:
    first = write_kit(tmp_path).server_root.read_bytes()
    again = write_kit(tmp_path)
    assert again.server_root.read_bytes() != first
    assert names(tmp_path) == {*kits._FILES, "pki", "pki/people"}


def test_what_is_no_kit_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(KitError, match=r"neither empty nor a kit: it holds thesis\.txt"):
        write_kit(tmp_path)
    assert names(tmp_path) == {"thesis.txt"}


def test_a_file_is_no_place_for_a_kit(tmp_path: Path) -> None:
    (tmp_path / "kit").write_text("")
    with pytest.raises(KitError, match="not a directory"):
        write_kit(tmp_path / "kit")
    with pytest.raises(KitError, match="cannot write"):
        write_kit(tmp_path / "kit" / "below")


def test_a_failure_half_way_leaves_the_old_kit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = write_kit(tmp_path / "kit").server_root.read_bytes()
    monkeypatch.setattr(kits, "_PRIVATE", (*kits._PRIVATE, "no/such/directory.key"))
    monkeypatch.setattr(kits, "make_servers", _with_one_more(kits.make_servers))
    with pytest.raises(KitError, match="cannot write"):
        write_kit(tmp_path / "kit")
    assert (tmp_path / "kit/pki/servers.pem").read_bytes() == old
    assert [path.name for path in tmp_path.iterdir()] == ["kit"]


def test_a_kit_that_cannot_be_moved_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = write_kit(tmp_path / "kit").server_root.read_bytes()
    rename = Path.rename

    def refusing(path: Path, target: Path) -> Path:
        if path.name == "kit" and target == tmp_path / "kit":
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refusing)
    with pytest.raises(KitError, match="Input/output error"):
        write_kit(tmp_path / "kit")
    assert (tmp_path / "kit/pki/servers.pem").read_bytes() == old


def _with_one_more(make):  # type: ignore[no-untyped-def]
    def made(*arguments):  # type: ignore[no-untyped-def]
        public, private = make(*arguments)
        return public, private | {"no/such/directory.key": b""}

    return made


@pytest.mark.parametrize("host", ["", "a b", "x;y", "::::", "-x", "host/"])
def test_nonsense_is_no_host(tmp_path: Path, host: str) -> None:
    with pytest.raises(KitError, match="neither a host name nor an address"):
        write_kit(tmp_path / "kit", host)


@pytest.mark.parametrize("port", [65000, -5000])
def test_ports_must_fit(tmp_path: Path, port: int) -> None:
    with pytest.raises(KitError, match="base port"):
        write_kit(tmp_path / "kit", base_port=port)


def test_a_missing_file_is_named_with_the_remedy(tmp_path: Path) -> None:
    kit = write_kit(tmp_path / "kit")
    kit.person("revoked").key.unlink()
    with pytest.raises(KitError, match=r"pki/people/revoked\.key is missing.*waxseal kit "):
        read_kit(kit.directory)


def test_an_expired_kit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Span, "around", Span.before)
    with pytest.raises(KitError, match=r"expired on \d{4}-\d\d-\d\d"):
        write_kit(tmp_path / "kit")


def test_the_auth_server_may_be_on_another_host(tmp_path):
    kit = write_kit(tmp_path / "kit", "192.0.2.1", 30000, "192.0.2.9")
    text = kit.conf.read_text() + (kit.directory / "README.txt").read_text()
    assert "auth_http                  192.0.2.9:30080/auth;" in text
    assert "http://192.0.2.9:30080/auth" in text
    assert "listen 192.0.2.9" not in text
