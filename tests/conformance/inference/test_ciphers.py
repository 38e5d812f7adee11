import pytest

from conformance.harness.observation import Observation
from conformance.harness.tls.names import expand
from conformance.harness.tls.suites import cipher_facts
from conformance.inference.ciphers import Ciphers, _everything, findings
from conformance.inference.elimination import Elimination
from conformance.inference.finding import Surety
from conformance.inference.protocols import SUITES
from tests.conformance.inference.servers import (
    both,
    chose,
    hung_up,
    obliging,
    preferring,
    refused,
)

GCM = ("ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256")
CHACHA = "ECDHE-RSA-CHACHA20-POLY1305"
WEAK, STRONG = "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"


def found(server, *suites: Observation, old: tuple[str, ...] = (), offered=(*GCM, CHACHA)):
    facts = Ciphers("TLSv1.2", frozenset({"RSA"}), old, *both(server, offered), suites)
    return {one.directive: one for one in findings(facts).findings}


def test_the_servers_order_is_written():
    one = found(preferring([GCM[1], GCM[0]]))
    assert one["ssl_ciphers"].values == (f"{GCM[1]}:{GCM[0]}",)
    assert one["ssl_prefer_server_ciphers"].values == ("on",)


def test_the_clients_order_leaves_a_set():
    one = found(obliging(GCM))
    assert one["ssl_ciphers"].surety is Surety.KNOWN
    assert "order does not show" in one["ssl_ciphers"].evidence
    assert one["ssl_prefer_server_ciphers"].values == ("off",)


def test_old_versions_take_security_level_0():
    assert found(preferring(GCM), old=("TLSv1",))["ssl_ciphers"].values[0].endswith(":@SECLEVEL=0")


def test_one_cipher_has_no_order():
    one = found(preferring(GCM[:1]))["ssl_prefer_server_ciphers"]
    assert (one.surety, one.candidates) == (Surety.UNKNOWN, ())


def test_a_wish_for_chacha20_is_no_order_of_the_clients():
    def wishing(offered):
        first = [CHACHA] if offered[0] == CHACHA else []
        return preferring([*first, *GCM, CHACHA])(offered)

    facts = Ciphers("TLSv1.2", frozenset({"RSA"}), (), *both(wishing, (*GCM, CHACHA)))
    one = findings(facts)
    assert one.findings[1].values == ("on",)
    assert "PrioritizeChaCha" in one.remarks[0]


@pytest.mark.parametrize(
    ("picked", "values"),
    [
        ((WEAK, STRONG, WEAK), ("off",)),
        ((STRONG, STRONG, WEAK), ("on",)),
        # Who has nothing but the strong one chooses it, too, and prefers nothing.
        ((STRONG, STRONG, ""), ()),
        ((WEAK, WEAK, WEAK), ()),
    ],
)
def test_the_order_of_tls13(picked, values):
    suites = [chose(version="TLSv1.3", cipher=name) if name else refused() for name in picked]
    one = {x.directive: x for x in findings(Ciphers("", suites=tuple(suites))).findings}
    assert one["ssl_prefer_server_ciphers"].values == values
    assert one["ssl_ciphers"].surety is Surety.UNKNOWN


def test_other_suites_than_openssls_own_are_a_remark():
    def remarks(*chosen):
        modern = Elimination(SUITES, chosen, True, "the end")
        return findings(Ciphers("", modern=modern)).remarks

    assert remarks(*SUITES[:3]) == ()
    assert "Ciphersuites" in remarks(SUITES[1])[0]


def of_the_default(*exchanges):
    able = [cipher_facts(name) for name in expand("HIGH:!aNULL:!MD5")]
    return [c.name for c in able if c.authentication == "RSA" and c.key_exchange in exchanges]


def test_the_default_is_called_so():
    listed = of_the_default("ECDHE", "RSA")
    assert found(obliging(listed), offered=listed)["ssl_ciphers"].is_default


def test_ciphers_that_the_default_has_and_the_server_lacks():
    listed = of_the_default("ECDHE")
    assert not found(obliging(listed), offered=listed)["ssl_ciphers"].is_default


def test_a_server_that_stumbles_over_dhe_still_has_its_others():
    def dovecot(offered):
        one = next((c for c in offered if c in (GCM[0], "AES128-SHA") or c.startswith("DHE-")), "")
        return hung_up() if not one or one.startswith("DHE-") else chose(cipher=one)

    assert set(_everything(dovecot).chosen) == {GCM[0], "AES128-SHA"}


def test_a_list_without_an_end_is_not_stated():
    facts = Ciphers("TLSv1.2", frozenset(), (), *both(lambda offered: chose(cipher="x"), GCM))
    assert findings(facts).findings[0].surety is Surety.UNKNOWN
