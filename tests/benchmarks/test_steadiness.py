"""Runs of one series that are shared out over several commands."""

from tests.benchmarks.steadiness import keep, read


def test_the_first_run_is_kept_for_the_next_command(tmp_path):
    verdicts = {("ssl_crl.revoked", "imap"): ("not_applicable", "no CRL"), ("a", "b"): ("pass", "")}
    file = tmp_path / "first.json"
    assert read(file) is None
    assert keep(file, verdicts) == verdicts == read(file)
    assert (read(None), keep(None, verdicts)) == (None, verdicts)
