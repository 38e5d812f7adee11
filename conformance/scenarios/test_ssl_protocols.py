from conformance.applicability import TLS, claimed, spoken
from conformance.applicability_versions import highest_works, served_version, version_unlisted
from conformance.claimed import workable_versions
from conformance.expectations import negotiated, never_unlisted, not_negotiated, refused_for
from conformance.listener import PROTOCOL_VERSIONS
from conformance.requirements import requirement


def is_refused(visit, version):
    not_negotiated(visit(versions=[version], hello_only=True), control=visit(hello_only=True))


def is_negotiated(visit, version):
    negotiated(visit(versions=[version], hello_only=True), version=version)


@requirement("ssl_protocols.SSLv2_unlisted", TLS, version_unlisted("SSLv2"))
def test_sslv2_unlisted(visit):
    is_refused(visit, "SSLv2")


@requirement("ssl_protocols.SSLv3_unlisted", TLS, version_unlisted("SSLv3"))
def test_sslv3_unlisted(visit):
    is_refused(visit, "SSLv3")


@requirement("ssl_protocols.TLSv1_listed", TLS, served_version("TLSv1"))
def test_tlsv1_listed(visit):
    is_negotiated(visit, "TLSv1")


@requirement("ssl_protocols.TLSv1_unlisted", TLS, version_unlisted("TLSv1"))
def test_tlsv1_unlisted(visit):
    is_refused(visit, "TLSv1")


@requirement("ssl_protocols.TLSv1_1_listed", TLS, served_version("TLSv1.1"))
def test_tlsv1_1_listed(visit):
    is_negotiated(visit, "TLSv1.1")


@requirement("ssl_protocols.TLSv1_1_unlisted", TLS, version_unlisted("TLSv1.1"))
def test_tlsv1_1_unlisted(visit):
    is_refused(visit, "TLSv1.1")


@requirement("ssl_protocols.TLSv1_2_listed", TLS, served_version("TLSv1.2"))
def test_tlsv1_2_listed(visit):
    is_negotiated(visit, "TLSv1.2")


@requirement("ssl_protocols.TLSv1_2_unlisted", TLS, version_unlisted("TLSv1.2"))
def test_tlsv1_2_unlisted(visit):
    is_refused(visit, "TLSv1.2")


@requirement("ssl_protocols.TLSv1_3_listed", TLS, served_version("TLSv1.3"))
def test_tlsv1_3_listed(visit):
    is_negotiated(visit, "TLSv1.3")


@requirement("ssl_protocols.TLSv1_3_unlisted", TLS, version_unlisted("TLSv1.3"))
def test_tlsv1_3_unlisted(visit):
    is_refused(visit, "TLSv1.3")


@requirement("ssl_protocols.highest", TLS, highest_works)
def test_highest_in_common(visit, listener):
    negotiated(visit(hello_only=True), version=listener.versions[-1])


@requirement("ssl_protocols.never_unlisted", spoken, claimed("ssl_protocols"))
def test_never_an_unlisted_version(visit, listener):
    ranges = [PROTOCOL_VERSIONS[2 : end + 1] for end in range(2, len(PROTOCOL_VERSIONS))]
    seen = [visit(versions=names, hello_only=True) for names in ranges]
    never_unlisted(listener.versions, *seen, some=bool(workable_versions(listener)))


@requirement("ssl_protocols.fallback", TLS, served_version("TLSv1.2"), served_version("TLSv1.3"))
def test_fallback_is_noticed(visit):
    suites = ("ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_FALLBACK_SCSV")
    seen = visit(versions=["TLSv1.2"], ciphers=suites, hello_only=True)
    refused_for(
        "inappropriate_fallback", seen, control=visit(versions=["TLSv1.2"], hello_only=True)
    )
