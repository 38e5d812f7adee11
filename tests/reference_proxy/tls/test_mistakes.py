from reference_proxy.tls.mistakes import old_mistakes

CLAIM = b"\x18\x03\x03\x00\x04\x01\x40\x00w"
CHANGE = b"\x14\x03\x03\x00\x01\x01"


def test_none_is_made_unasked():
    for data in (CLAIM, CHANGE, b"", b"\x16rest"):
        assert old_mistakes(data, frozenset()) == (b"", data)


def test_a_heartbeat_gets_what_it_claims():
    said, left = old_mistakes(CLAIM, frozenset({"heartbleed"}))
    assert (said[0], len(said), left) == (0x18, 5 + 3 + 0x4000, b"")


def test_a_change_is_passed_over():
    assert old_mistakes(CHANGE + b"rest", frozenset({"early-change-taken"})) == (b"", b"rest")
