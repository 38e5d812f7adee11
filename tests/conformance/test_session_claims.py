import pytest

from conformance.claims import read_claims
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.listener import Listener, Unreadable
from conformance.session_claims import (
    Cache,
    brief,
    cache,
    fleeting,
    inherited_cache,
    share_sessions,
    ticket_keys,
    timeout,
)

CACHES = [
    ("off", Cache("off")),
    ("none", Cache("none")),
    ("builtin", Cache("builtin")),
    ("builtin:5", Cache("builtin")),
    ("shared:A:1m", Cache("shared", "A")),
    ("builtin shared:A:1m", Cache("both", "A")),
    ("shared:A:1m shared:B:1m", Cache("shared", "B")),
    ("off shared:A:1m", Cache("off")),
    ("shared:A:1m none", Cache("none")),
]


def claiming(way=Way.IMPLICIT, where="", **claims):
    endpoint = Endpoint("127.0.0.1", 993, Protocol.IMAP, way)
    values = {name: tuple(text.split()) for name, text in claims.items()}
    return Listener("x", endpoint, {"ssl_verify_client": ("off",), **values}, where)


@pytest.mark.parametrize(("text", "expected"), CACHES)
def test_a_cache(text, expected):
    assert cache(claiming(ssl_session_cache=text)) == expected
    assert expected.remembers is (expected.mode not in ("off", "none"))


@pytest.mark.parametrize(
    ("own", "general", "expected"),
    [
        ("builtin", "shared:A:1m", "builtin shared:A:1m"),
        ("shared:B:1m", "builtin shared:A:1m", "shared:B:1m"),
        ("none", "builtin", "none"),
    ],
)
def test_a_server_inherits_the_part_that_it_does_not_name(own, general, expected):
    assert inherited_cache(own.split(), general.split()) == tuple(expected.split())


def test_claims_inherit_so_too(tmp_path):
    conf = tmp_path / "nginx.conf"
    conf.write_text(
        "mail { ssl_session_cache shared:A:1m; auth_http 127.0.0.1:1;"
        "server { listen 993 ssl; protocol imap; ssl_session_cache builtin; }"
        "server { listen 995 ssl; protocol pop3; ssl_session_cache off; ssl_session_timeout 2m; }"
        "server { listen 465 ssl; protocol smtp; ssl_session_cache shared:B:1m;"
        " ssl_session_cache builtin:1; } }"
    )
    listeners = read_claims(conf)
    assert [cache(x) for x in listeners] == [Cache("both", "A"), Cache("off"), Cache("both", "B")]
    assert [timeout(x) for x in listeners] == [300, 120, 300]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1s", True), ("1", True), ("0", False), ("2s", True), ("3s", False), ("5m", False)],
)
def test_what_can_be_waited_for(text, expected):
    assert brief(claiming(ssl_session_timeout=text)) is expected


def test_keys_are_read_in_order(tmp_path):
    for name, size in (("a", 80), ("b", 48)):
        (tmp_path / name).write_bytes(name.encode() * size)
    names = f"{tmp_path / 'a'} {tmp_path / 'b'}"
    keys = ticket_keys(claiming(ssl_session_ticket_key=names))
    assert [(key.name[:1], key.cipher) for key in keys] == [(b"a", "AES256"), (b"b", "AES128")]


@pytest.mark.parametrize("size", [None, 47])
def test_a_file_that_is_no_key_is_a_reason(tmp_path, size):
    if size is not None:
        (tmp_path / "a").write_bytes(bytes(size))
    with pytest.raises(Unreadable, match="ssl_session_ticket_key"):
        ticket_keys(claiming(ssl_session_ticket_key=str(tmp_path / "a")))


A, B = {"ssl_session_cache": "shared:A:1m"}, {"ssl_session_cache": "shared:B:1m"}
K1, K2 = {"ssl_session_ticket_key": "/1"}, {"ssl_session_ticket_key": "/2 /1"}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (A, A, True),
        (A, B, False),
        ({}, {}, False),
        (K1, K2, True),
        (K1, {"ssl_session_ticket_key": "/2"}, False),
        ({"where": "f:1"}, {"where": "f:1"}, True),
        ({"where": "f:1"}, {"where": "f:2"}, False),
    ],
)
def test_who_shares_sessions(one, other, expected):
    assert share_sessions(claiming(**one), claiming(**other)) is expected


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"ssl_session_timeout": "2s"}, True),
        ({"ssl_session_timeout": "5m"}, False),
        ({"ssl_session_cache": "builtin:50"}, True),
        ({"ssl_session_cache": "builtin:1000 shared:A:64k"}, True),
        ({"ssl_session_cache": "builtin shared:A:1m"}, False),
        ({"ssl_session_cache": "shared:A:131072"}, False),
        ({"ssl_session_cache": "none"}, False),
    ],
)
def test_sessions_that_may_be_gone_at_once(claims, expected):
    assert fleeting(claiming(**claims)) is expected
