"""TLS by libssl through cffi, with memory BIOs."""
