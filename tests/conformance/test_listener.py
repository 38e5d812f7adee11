import pytest

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.listener import Listener, Unreadable, shown_claims, way_of

HERE = Endpoint("127.0.0.1", 143, Protocol.IMAP, Way.NONE)


def claiming(**claims):
    return Listener("x", HERE, claims)


@pytest.mark.parametrize(
    ("claims", "way"),
    [
        ({}, Way.NONE),
        ({"ssl": ("on",)}, Way.IMPLICIT),
        ({"listen": ("127.0.0.1:993", "ssl"), "starttls": ("on",)}, Way.IMPLICIT),
        ({"listen": ("ssl:993",)}, Way.NONE),
        ({"starttls": ("on",)}, Way.STARTTLS),
        ({"starttls": ("only",)}, Way.STARTTLS),
        ({"starttls": ("off",)}, Way.NONE),
    ],
)
def test_way(claims, way):
    assert way_of(claims) is way


def test_unknown_is_not_unset():
    listener = claiming(ssl_crl=())
    assert listener.knows("ssl_crl")
    assert not listener.knows("ssl_dhparam")
    assert listener.value("ssl_crl") == listener.value("ssl_dhparam") == ""


def test_versions_are_in_order():
    listener = claiming(ssl_protocols=("TLSv1.3", "SSLv3", "TLSv1.2"))
    assert listener.versions == ("SSLv3", "TLSv1.2", "TLSv1.3")


@pytest.mark.parametrize(
    ("mode", "right"), [("off", False), ("on", True), ("optional_no_ca", True)]
)
def test_verifies(mode, right):
    assert claiming(ssl_verify_client=(mode,)).verifies is right
    assert not claiming().verifies


def test_read(tmp_path):
    names = tmp_path / "a", tmp_path / "b"
    for name in names:
        name.write_text(name.name)
    assert claiming(ssl_certificate=tuple(map(str, names))).read("ssl_certificate") == b"a\nb"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("{}/none", "No such file"),
        ("{}", "Is a directory"),
        ("engine:pkcs11:secret", "is not in a file: engine:…"),
        ("data:-----BEGIN", "is not in a file: data:…"),
        ("{}\0", "null"),
    ],
)
def test_unreadable(tmp_path, value, why):
    with pytest.raises(Unreadable, match=why) as raised:
        claiming(ssl_crl=(value.format(tmp_path),)).read("ssl_crl")
    assert "secret" not in str(raised.value)


def test_other_claims_other_way():
    listener = claiming(starttls=("off",)).claiming(starttls=("on",))
    assert (listener.way, listener.value("starttls")) == (Way.STARTTLS, "on")


def test_elsewhere():
    there = Endpoint("::1", 993, Protocol.IMAP, Way.IMPLICIT)
    moved = claiming(ssl=("on",)).at(there)
    assert (moved.endpoint, moved.protocol, moved.values("ssl")) == (there, Protocol.IMAP, ("on",))


def test_what_the_auth_server_knows_a_proxy_by_is_not_shown():
    listener = claiming(auth_http_header=("X-Key", "secret", "X-Id", "too"), ssl=("on",))
    assert shown_claims(listener) == {
        "auth_http_header": ["X-Key", "<redacted>", "X-Id", "<redacted>"],
        "ssl": ["on"],
    }
    assert listener.values("auth_http_header")[1] == "secret"
