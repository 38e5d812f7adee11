"""What nginx checks once the whole configuration is known to be good."""

from __future__ import annotations

import resource
from collections.abc import Callable

from reference_proxy.config.errors import ConfigError
from reference_proxy.config.settings import ProxySettings


def check(settings: ProxySettings, warn: Callable[[str], None]) -> None:
    """Hold the numbers against each other; ConfigError where they cannot be together."""
    if settings.cpu_masks not in (0, 1, settings.worker_processes):
        warn(
            'the number of "worker_processes" is not equal to the number of'
            ' "worker_cpu_affinity" masks, using last mask for remaining worker processes'
        )
    if settings.worker_connections is None:
        raise ConfigError('no "events" section in configuration')
    sockets = sum(len(server.listens) for server in settings.servers)
    if settings.worker_connections < sockets + 1:
        raise ConfigError(
            f"{settings.worker_connections} worker_connections are not enough"
            f" for {sockets} listening sockets"
        )


def check_limits(settings: ProxySettings, warn: Callable[[str], None]) -> None:
    """Warn where the system would let no worker have so many connections."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    wanted = settings.worker_connections or 0
    if resource.RLIM_INFINITY != limit < wanted and (settings.worker_rlimit_nofile or 0) < wanted:
        limit = limit if settings.worker_rlimit_nofile is None else settings.worker_rlimit_nofile
        warn(f"{wanted} worker_connections exceed open file resource limit: {limit}")
