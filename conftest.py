"""Lets `pytest --target …` work in a checkout that is not installed."""

import sys

# Elsewhere (installed, or named with -p) the plugin is there already, and pytest
# takes no plugins from a conftest that it meets that late.
if "conformance.plugin" not in sys.modules:
    pytest_plugins = ["conformance.plugin"]
