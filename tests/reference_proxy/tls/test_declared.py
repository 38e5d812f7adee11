from reference_proxy.tls import declaring


def test_it_is_what_cffi_makes_of_the_headers(tmp_path):
    declaring.write(tmp_path / "declared.py")
    words = "see python -m reference_proxy.tls.declaring"
    assert (tmp_path / "declared.py").read_text() == declaring.DECLARED.read_text(), words
