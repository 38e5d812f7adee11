import pytest
from cryptography import x509

from conformance.inference.distinguished import readable


@pytest.mark.parametrize("text", ["CN=a,O=b", "CN=x,OU=y,O=z,L=l,ST=s,C=DE"])
def test_a_name_reads_as_rfc_4514_has_it(text):
    assert readable(x509.Name.from_rfc4514_string(text).public_bytes()) == text


def test_what_a_name_holds_reaches_no_terminal():
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a\x1b[31m\nb")])
    assert readable(name.public_bytes()) == "CN=a\\x1b[31m\\nb"


@pytest.mark.parametrize("junk", [b"", b"0", b"\x30\x05\x31", b"\x30\x84\xff\xff\xff\xff", b"xx"])
def test_junk_is_shown_in_hexadecimal(junk):
    assert readable(junk) == f"0x{junk.hex()}" or readable(junk) == "an empty name"
