"""The slots of the main and events contexts: the process, and the tuning of its workers.

What nginx would refuse is refused here too, also where it means nothing to this proxy.
"""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Callable

from reference_proxy.config import values
from reference_proxy.config.slots import Slot, Use

_EVENT_METHODS = ("epoll",)
_MOST_PROCESSORS = 1024


def ignored(use: Use) -> None:
    """Accept what means nothing to this proxy, and say so."""
    use.caution(f'the "{use.name}" directive has no effect here, ignored')


def without_effect(slot: Slot) -> Slot:
    """Check as the slot does, and say that it means nothing to this proxy."""

    def store(use: Use) -> None:
        slot(use)
        ignored(use)

    return store


def other_module(use: Use) -> None:
    """Accept somebody else's block once; the reader passes over it."""
    if use.scope.values.setdefault(use.name, use) is not use:
        raise use.is_wrong("is duplicate")
    ignored(use)


def load_module(use: Use) -> None:
    """Accept a module: what it would bring is here already, or not at all."""
    if not use.scope.values.keys().isdisjoint(("events", "mail", "http", "stream")):
        raise use.is_wrong("is specified too late")
    ignored(use)


def worker_processes(use: Use) -> int:
    """Read the number of workers; `auto` is one per processor."""
    if use.arguments[0] == "auto":
        return os.cpu_count() or 1
    return _number(use, use.arguments[0], use.is_wrong, "invalid value")


def worker_connections(use: Use) -> int:
    """Read the number of connections; the proxy has no such limit."""
    word = use.arguments[0]
    return _number(use, word, use.refuse, f'invalid number "{word}"')


def worker_priority(use: Use) -> None:
    """Check the number, which may have a sign. As in nginx a second one may follow 0."""
    if use.scope.values.get(use.name):
        raise use.is_wrong("is duplicate")
    word = use.arguments[0]
    digits = word[1:] if word.startswith(("-", "+")) else word
    use.scope.values[use.name] = _number(use, digits, use.is_wrong, "invalid number")


def worker_cpu_affinity(use: Use) -> tuple[str, ...]:
    """Check the masks; `auto` may stand before one."""
    masks = use.arguments
    if masks[0] == "auto":
        if len(masks) > 2:
            raise use.refuse(f'invalid number of arguments in "{use.name}" directive')
        masks = masks[1:]
    for mask in masks:
        if len(mask.encode(errors="surrogateescape")) > _MOST_PROCESSORS:
            raise use.refuse(f'"{use.name}" supports up to {_MOST_PROCESSORS} CPUs only')
        if wrong := mask.strip("01 "):
            # nginx reads from the right; of a character it shows one byte.
            raise use.refuse(f'invalid character "{_last_byte(wrong)}" in "{use.name}"')
    return use.arguments


def _last_byte(text: str) -> str:
    return text.encode(errors="surrogateescape")[-1:].decode(errors="surrogateescape")


def thread_pool(use: Use) -> None:
    """Check the pool; words that it does not know nginx passes over, and so does this."""
    name, *words = use.arguments
    pools: set[str] = use.scope.values.setdefault(use.name, set())
    if name in pools:
        raise use.refuse(f'duplicate thread pool "{name}"')
    threads = 0
    for word in words:
        value = word.partition("=")[2]
        if word.startswith("threads="):
            complaint = f'invalid threads value "{word}"'
            threads = _number(use, value, use.refuse, complaint)
            if not threads:
                raise use.refuse(complaint)
        elif word.startswith("max_queue="):
            _number(use, value, use.refuse, f'invalid max_queue value "{word}"')
    if not threads:
        raise use.refuse(f'"{use.name}" must have "threads" parameter')
    pools.add(name)


def event_method(use: Use) -> str:
    """Check the name; the proxy waits in the way of its runtime."""
    if use.arguments[0] not in _EVENT_METHODS:
        raise use.refuse(f'invalid event type "{use.arguments[0]}"')
    return use.arguments[0]


def user(use: Use) -> None:
    """Check that the user exists. The one process keeps the user that it was started by."""
    if use.name in use.scope.values:
        raise use.is_wrong("is duplicate")
    if os.geteuid() != 0:
        use.caution(
            'the "user" directive makes sense only if the master process runs with'
            " super-user privileges, ignored"
        )
        return
    name, group = use.arguments[0], use.arguments[-1]
    for look_up, call, argument in (
        (pwd.getpwnam, "getpwnam", name),
        (grp.getgrnam, "getgrnam", group),
    ):
        try:
            look_up(argument)
        except KeyError:
            raise use.refuse(f'{call}("{argument}") failed') from None
    if name != "root":
        ignored(use)
    use.scope.values[use.name] = name


def _number(use: Use, word: str, refusal: Callable[[str], Exception], complaint: str) -> int:
    try:
        return values.number(word)
    except ValueError:
        raise refusal(complaint) from None
