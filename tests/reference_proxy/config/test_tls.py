from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from reference_proxy.config.errors import ConfigError
from reference_proxy.config.loader import load
from reference_proxy.config.settings import TlsSettings, Zone
from reference_proxy.tls.binding import Lacking

Settings = Callable[..., TlsSettings]


@pytest.fixture
def tls(tmp_path: Path) -> Settings:
    """The TLS settings of a server with this inside, and this around it."""

    def loaded(inner: str, outer: str = "") -> TlsSettings:
        pair = "ssl_certificate a; ssl_certificate_key b; starttls on; auth_http 127.0.0.1:9;"
        server = f"server {{ listen 127.0.0.1:1; protocol imap; {inner} }}"
        text = f"events {{}}\nmail {{ {pair} {outer}\n{server}\n}}\n"
        (tmp_path / "nginx.conf").write_text(text)
        settings = load("nginx.conf", str(tmp_path)).servers[0].tls
        assert settings is not None
        return settings

    return loaded


def test_defaults(tls: Settings) -> None:
    found = tls("")
    assert (found.passwords, found.dhparam, found.ecdh_curve) == (None, "", "auto")
    assert (found.builtin_cache, found.zone, found.session_timeout) == ("none", None, 300)
    assert (found.session_tickets, found.ticket_keys, found.conf_commands) == (True, (), ())


@pytest.mark.parametrize(
    ("value", "builtin", "zone"),
    [
        ("off", "off", None),
        ("none", "none", None),
        ("builtin", 20480, None),
        ("builtin:7", 7, None),
        ("shared:A:1m", None, Zone("A", 1 << 20)),
        ("builtin:7 shared:A:1m", 7, Zone("A", 1 << 20)),
        ("shared:A:1m builtin:7", 7, Zone("A", 1 << 20)),
        ("shared:A:1m shared:B:64k", None, Zone("B", 1 << 16)),
        ("off shared:A:1m", "off", Zone("A", 1 << 20)),
        ("off none", "none", None),
    ],
)
def test_session_cache(tls: Settings, value: str, builtin: object, zone: Zone | None) -> None:
    found = tls(f"ssl_session_cache {value};")
    assert (found.builtin_cache, found.zone) == (builtin, zone)


def test_a_later_line_replaces_its_part(tls: Settings) -> None:
    found = tls("ssl_session_cache builtin:7 shared:A:1m; ssl_session_cache shared:B:1m;")
    assert (found.builtin_cache, found.zone) == (7, Zone("B", 1 << 20))


def test_the_parts_are_inherited_each_by_itself(tls: Settings) -> None:
    zone = Zone("A", 1 << 20)
    found = tls("ssl_session_cache builtin:7;", "ssl_session_cache shared:A:1m;")
    assert (found.builtin_cache, found.zone) == (7, zone)
    found = tls("ssl_session_cache shared:A:1m;", "ssl_session_cache builtin:7;")
    assert (found.builtin_cache, found.zone) == (None, zone)
    found = tls("", "ssl_session_cache builtin:7 shared:A:1m;")
    assert (found.builtin_cache, found.zone) == (7, zone)


@pytest.mark.parametrize(
    ("content", "phrases"),
    [
        (b"", (b"",)),
        (b"\n\r\n", (b"",)),
        (b"one", (b"one",)),
        (b"one\ntwo\r\n\n three \n", (b"one", b"two", b" three ")),
        (b"x" * 4095 + b"\ny", (b"x" * 4095, b"y")),
        (b"\xff\r\r\n", (b"\xff\r",)),
    ],
)
def test_phrases_are_the_lines(
    tls: Settings, tmp_path: Path, content: bytes, phrases: tuple[bytes, ...]
) -> None:
    (tmp_path / "phrases").write_bytes(content)
    assert tls("ssl_password_file phrases;").passwords == phrases


def test_phrases_come_through_a_pipe_in_pieces(tls: Settings, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    def tell() -> None:
        with (tmp_path / "pipe").open("wb", buffering=0) as pipe:
            for piece in (b"on", b"e\r", b"\ntwo"):
                pipe.write(piece)

    teller = threading.Thread(target=tell)
    teller.start()
    assert tls("ssl_password_file pipe;").passwords == (b"one", b"two")
    teller.join()


def test_phrases_are_not_shown(tls: Settings, tmp_path: Path) -> None:
    (tmp_path / "phrases").write_bytes(b"sesame")
    assert "sesame" not in repr(tls("ssl_password_file phrases;"))


def test_paths_are_beside_the_file(tls: Settings, tmp_path: Path) -> None:
    found = tls("ssl_dhparam dh; ssl_session_ticket_key k; ssl_session_ticket_key /k;")
    assert found.dhparam == str(tmp_path / "dh")
    assert found.ticket_keys == (str(tmp_path / "k"), "/k")
    assert found.directory == str(tmp_path) + "/"


def test_lists_are_replaced(tls: Settings) -> None:
    found = tls("ssl_conf_command C d;", "ssl_conf_command A b; ssl_session_ticket_key /k;")
    assert (found.conf_commands, found.ticket_keys) == ((("C", "d"),), ("/k",))


def test_a_bad_ticket_key_is_found_where_the_block_ends(tls: Settings, tmp_path: Path) -> None:
    assert str(tls("ssl_session_ticket_key k;").merged_at) == f"{tmp_path}/nginx.conf:4"


def test_one_name_has_one_size(tls: Settings) -> None:
    message = r'the size 65536 of shared memory zone "A" conflicts with .* 1048576 in .*conf:3$'
    with pytest.raises(ConfigError, match=message):
        tls("ssl_session_cache shared:A:64k;", "ssl_session_cache shared:A:1m;")


def test_an_openssl_without_engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reference_proxy.tls import engines

    class Bare:
        ERR_clear_error = staticmethod(lambda: None)

        def __getattr__(self, name: str) -> None:
            raise Lacking(name)

    monkeypatch.setattr(engines, "lib", Bare())
    (tmp_path / "nginx.conf").write_text("events {}\nssl_engine pkcs11;\n")
    with pytest.raises(ConfigError, match=r'"ssl_engine" directive is not supported in .*:2$'):
        load("nginx.conf", str(tmp_path))
