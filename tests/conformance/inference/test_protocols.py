from conformance.harness.observation import Alert
from conformance.harness.tls.versions import VERSIONS
from conformance.inference.finding import Surety
from conformance.inference.protocols import Versions, findings
from tests.conformance.inference.servers import chose, refused
from tests.conformance.observations import SILENT, served

OLD, BROKEN = Alert(70, "protocol_version"), Alert(80, "internal_error")


def versions(**seen):
    """TLSv1_2=...; the others are refused as too old or too new."""
    by_name = {name.replace("_", "."): o for name, o in seen.items()}
    hellos = {name: by_name.get(name, refused(OLD)) for name in VERSIONS}
    facts = Versions(hellos, {})
    return Versions(hellos, {name: served() for name in facts.spoken})


def test_those_chosen_are_listed_and_the_others_are_evidence():
    found = findings(versions(TLSv1_2=chose(), TLSv1_3=chose(version="TLSv1.3")))
    assert found.findings[0].values == ("TLSv1.2", "TLSv1.3")
    assert "TLSv1.2, TLSv1.3 completed" in found.findings[0].evidence
    assert "TLSv1, TLSv1.1 refused (alert 70 protocol_version)" in found.findings[0].evidence


def test_an_answer_of_another_version_is_a_clear_one():
    found = findings(versions(TLSv1_1=chose(version="TLSv1.1"), TLSv1_2=chose(version="TLSv1.1")))
    assert found.findings[0].values == ("TLSv1.1",)
    assert "TLSv1.2 answered with TLSv1.1" in found.findings[0].evidence


def test_silence_proves_nothing():
    one = findings(versions(TLSv1_2=chose(), TLSv1_3=SILENT)).findings[0]
    assert (one.surety, one.values) == (Surety.UNKNOWN, ())


def test_what_the_security_level_rules_out_may_be_listed():
    found = findings(versions(TLSv1_2=chose(), TLSv1=refused(BROKEN)))
    assert found.findings[0].values == ("TLSv1.2",)
    assert found.findings[0].candidates == ("TLSv1.2", "TLSv1 TLSv1.2")


def test_the_highest_that_ciphers_govern():
    assert versions(TLSv1_2=chose(), TLSv1_3=chose(version="TLSv1.3")).legacy == "TLSv1.2"
    assert versions(TLSv1_3=chose(version="TLSv1.3")).legacy == ""
