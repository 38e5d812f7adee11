import subprocess

import pytest

from conformance.claimed_groups import DhGroup, _group
from conformance.inference.dh import findings, known_groups, pem
from conformance.inference.finding import Surety
from tests.conformance.inference.servers import chose


@pytest.mark.parametrize("prime", [23, 2**255 - 19, min(known_groups())])
def test_the_file_has_what_was_seen(prime):
    assert _group(pem(prime, 5)) == DhGroup(prime, 5)


def test_openssl_reads_it():
    prime = next(p for p, name in known_groups().items() if name == "ffdhe2048")
    command = ["openssl", "dhparam", "-noout", "-text"]
    done = subprocess.run(command, input=pem(prime, 2), capture_output=True, check=True)
    assert b"2048 bit" in done.stdout


def test_a_group_of_an_rfc_is_named():
    prime = next(p for p, name in known_groups().items() if name == "ffdhe3072")
    found = findings((chose(dh_prime=prime, dh_generator=2),) * 2, "imap-993")
    assert found.findings[0].values == ("imap-993-dh.pem",) == (found.files[0].name,)
    assert "3072 bits, generator 2, ffdhe3072" in found.findings[0].evidence


def test_two_groups_are_none_to_be_stated():
    seen = (chose(dh_prime=23, dh_generator=5), chose(dh_prime=47, dh_generator=5))
    assert findings(seen, "x").findings[0].surety is Surety.UNKNOWN


def test_without_a_cipher_nothing_shows():
    assert findings((), "x").findings[0].surety is Surety.UNKNOWN
