"""Lets `pytest --target …` work in a checkout that is not installed."""

pytest_plugins = ["conformance.plugin"]
