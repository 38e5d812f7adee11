from __future__ import annotations

from pathlib import Path

import pytest

from reference_proxy.tls import binding


def test_error_queue_is_worded_as_nginx_words_it_and_emptied():
    binding.lib.ERR_clear_error()
    binding.lib.BIO_new_file(b"/no/such/file", b"r")
    queue = binding.error_queue()
    assert queue.startswith(" (SSL: error:8000")
    assert ":calling fopen(/no/such/file, r) error:" in queue
    assert queue.endswith("no such file)")
    assert binding.error_queue() == ""


def test_only_the_binding_knows_cffi():
    package = Path(binding.__file__).parent
    knows = {path.name for path in package.glob("*.py") if "import FFI" in path.read_text()}
    assert knows == {"declaring.py"}
    takes = {path.name for path in package.glob("*.py") if "declared, headers" in path.read_text()}
    assert takes == {"binding.py"}


def test_every_declared_function_exists():
    missing = {name for name in dir(binding.lib) if is_lacking(name)}
    engines_are_gone = "ENGINE_by_id" in missing
    assert all(engines_are_gone and name.startswith("ENGINE_") for name in missing)


def is_lacking(name):
    try:
        getattr(binding.lib, name)
    except binding.Lacking:
        return True
    return False


def test_the_environment_names_the_library_and_no_other_is_tried(monkeypatch):
    monkeypatch.setenv("WAXSEAL_LIBSSL", "/no/such/libssl")
    with pytest.raises(ImportError, match=r"^no usable libssl .*: /no/such/libssl: [^;]*$"):
        binding._load()


def test_a_library_without_the_symbols_is_not_taken(monkeypatch):
    monkeypatch.setattr(binding, "_candidates", lambda: iter(["libm.so.6", "libssl.so.3"]))
    assert binding._load().SSL_new


def test_null_is_not_owned():
    with pytest.raises(MemoryError):
        binding.owned(binding.NULL, binding.lib.BIO_free)
