"""How many files and sockets this process may have open."""

from __future__ import annotations

import resource

# A run over addresses has some twenty open at most, in each of its processes, however many there
# are; what is started besides needs one for each of its listeners.
FEWEST = 64


def too_few() -> str:
    """Why no run is possible under this limit, and the remedy: one line; "" where it will do."""
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY or limit >= FEWEST:
        return ""
    may = "" if most == resource.RLIM_INFINITY or most >= FEWEST else ", as root"
    return f"ulimit -n {limit}: a run needs {FEWEST} open files: say ulimit -n 256 before it{may}"
