from __future__ import annotations

import pytest

from conformance.harness.tls.versions import has_gap, in_order, version_name


def test_versions_are_put_in_order_once_each():
    assert in_order(["TLSv1.3", "SSLv3", "TLSv1", "TLSv1"]) == ("SSLv3", "TLSv1", "TLSv1.3")


def test_unknown_versions_are_errors():
    with pytest.raises(ValueError, match=r"no TLS version is called 'TLS1\.2'"):
        in_order(["TLS1.2"])


@pytest.mark.parametrize(
    ("versions", "gap"),
    [
        ([], False),
        (["TLSv1.2"], False),
        (["TLSv1.1", "TLSv1.2"], False),
        (["TLSv1", "TLSv1.2"], True),
        (["TLSv1.1", "TLSv1.3", "TLSv1"], True),
    ],
)
def test_gaps(versions, gap):
    assert has_gap(versions) is gap


def test_version_numbers():
    assert version_name(0x0303) == "TLSv1.2"
    assert version_name(0x7F1C) == "0x7F1C"
