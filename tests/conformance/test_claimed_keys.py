import pytest

from conformance.claimed import leaves, public_key_of
from conformance.claimed_keys import locked_keys, phrases, public_keys
from conformance.harness.pki.kit import Kit, write_kit
from conformance.listener import Unreadable
from tests.conformance.test_claimed import claiming


@pytest.fixture(scope="module")
def kit(tmp_path_factory) -> Kit:
    return write_kit(tmp_path_factory.mktemp("kits") / "kit", "127.0.0.1")


def locked(kit, *kinds, file):
    return claiming(
        ssl_certificate=tuple(str(kit.file(f"{kind}.pem")) for kind in kinds),
        ssl_certificate_key=tuple(str(kit.file(f"{kind}.key")) for kind in kinds),
        ssl_password_file=kit.file(file),
    )


def test_encrypted_keys_are_opened(kit):
    listener = locked(kit, "rsa-locked", "ecdsa-locked", "ed25519", file="several.pass")
    assert public_keys(listener) == [public_key_of(leaf) for leaf in leaves(listener)]


def test_which_line_opens_which_key(kit):
    listener = locked(kit, "rsa-locked", "ecdsa-locked", "ed25519", file="several.pass")
    assert list(locked_keys(listener).values()) == [4, 2]
    assert locked_keys(locked(kit, "rsa", file="several.pass")) == {}


def test_no_line_opens_it(kit):
    with pytest.raises(Unreadable, match=r"no line .* opens .*ecdsa-locked"):
        locked_keys(locked(kit, "ecdsa-locked", file="inherited.pass"))
    with pytest.raises(Unreadable, match="no private key"):
        public_keys(locked(kit, "ecdsa-locked", file="inherited.pass"))


def test_lines_are_read_as_nginx_reads_them(tmp_path):
    (tmp_path / "pass").write_bytes(b"one\r\n\r\n two \nthree")
    assert phrases(claiming(ssl_password_file=tmp_path / "pass")) == (b"one", b" two ", b"three")
