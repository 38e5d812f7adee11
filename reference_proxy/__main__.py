"""`python -m reference_proxy`, with nginx's command line."""

from __future__ import annotations

import sys

from reference_proxy.command_line import main

if __name__ == "__main__":
    sys.exit(main())
