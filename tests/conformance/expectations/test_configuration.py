import pytest

from conformance.expectations import configuration_accepted, configuration_refused
from conformance.trying import Tried
from conformance.verdict import Deviation, NoVerdict, Verdict, begin

GOOD = Tried("nothing changed", True, "test is successful")
BAD = Tried("starttls perhaps;", False, 'nginx: [emerg] invalid value "perhaps"\nfailed')


def test_refused_by_name():
    judgements = begin()
    configuration_refused(BAD, "starttls", "perhaps", control=GOOD)
    assert [j.verdict for j in judgements] == [Verdict.PASS]
    assert 'invalid value "perhaps"' in judgements[0].observed


def test_refused_for_another_reason():
    with pytest.raises(Deviation, match="refused: nginx: "):
        configuration_refused(BAD, "ssl_crl", control=GOOD)


def test_accepted_instead():
    with pytest.raises(Deviation, match="accepted"):
        configuration_refused(GOOD, "starttls", control=GOOD)


def test_who_refuses_everything_proves_nothing():
    with pytest.raises(NoVerdict, match="so is"):
        configuration_refused(BAD, "perhaps", control=BAD)


def test_accepted():
    configuration_accepted(GOOD)
    with pytest.raises(Deviation, match="refused"):
        configuration_accepted(BAD)
