"""The reference against a real nginx: the same conversations, the same replies.

What the two differ in is in `conversations.DIFFERENCES`, each with its reason.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_spec = importlib.util.spec_from_file_location(
    "conversations", Path(__file__).with_name("conversations.py")
)
assert _spec is not None
assert _spec.loader is not None
conversations = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(conversations)

ROWS = conversations.ROWS
TLS, CERTIFICATE = conversations.TLS, conversations.CERTIFICATE


@dataclass(frozen=True)
class Record:
    """What came back; whether the proxy closed; what the auth server was asked."""

    replies: bytes
    closed: bool
    asked: tuple[tuple[str, ...], ...]


def configuration(paper: Any) -> Callable[[Any], str]:
    def write(world: Any) -> str:
        servers = []
        for name, port in conversations.PORTS.items():
            protocol, _, kind = name.partition("-")
            ssl = "ssl" if kind.endswith("ssl") else ""
            extra = conversations.EXTRA.get(name) or conversations.EXTRA.get(kind, "")
            servers.append(
                f"server {{ listen {world.host}:{port} {ssl}; protocol {protocol}; {extra} }}\n"
            )
        return f"""
        events {{ worker_connections 512; }}
        mail {{
            auth_http {world.host}:{world.ports["auth"]}/auth?x=1;
            server_name mx.example.org; timeout 10s; auth_http_timeout 1s;
            ssl_certificate {paper.certificate}; ssl_certificate_key {paper.key};
            ssl_client_certificate {paper.authority};
            {"".join(servers)}
        }}"""

    return write


class Side:
    """One proxy's side of a conversation, from an address of its own."""

    def __init__(self, proxy: Any, make: Callable[..., Any], number: int, paper: Any) -> None:
        self.proxy, self.paper = proxy, paper
        port, steps = ROWS[number]
        self.source = f"127.200.{number // 200}.{number % 200 + 1}"
        self.client = make(proxy.world.host, conversations.PORTS[port], self.source)
        self.replies = b"" if steps[0] in (TLS, CERTIFICATE) else self.client.receive()
        self.failed = False

    def take(self, step: str) -> None:
        if self.client.ended or self.failed:
            return
        try:
            if step in (TLS, CERTIFICATE):
                self.client.start_tls(self.paper.client if step == CERTIFICATE else "")
                return
            self.client.send(step.encode("latin-1"))
        except OSError:
            self.replies += b"(failed)"
            self.failed = True
            return
        self.replies += self.client.receive()

    def heard(self) -> tuple[bool, bytes]:
        return self.client.ended, normalised(self.replies)

    def record(self) -> Record:
        self.client.close()
        ended, replies = self.heard()
        asked = [x for x in self.proxy.world.asked if f"Client-IP: {self.source}" in x]
        return Record(
            replies,
            ended,
            tuple(
                tuple(normalised(line.encode("utf-8", "replace")).decode() for line in lines)
                for lines in asked
            ),
        )


def play(proxies: Sequence[Any], make: Callable[..., Any], number: int, paper: Any) -> list[Record]:
    """Hold the conversation with all the proxies, in step."""
    sides = [Side(proxy, make, number, paper) for proxy in proxies]
    in_step = caught_up(sides)
    for step in ROWS[number][1]:
        for side in sides:
            side.take(step)
        in_step = in_step and caught_up(sides)
    return [side.record() for side in sides]


def caught_up(sides: Sequence[Side]) -> bool:
    """Whether they have said the same; it is quiet behind a line, but who says less may be slow."""
    while len({side.heard() for side in sides}) > 1:
        behind = min(sides, key=lambda side: (side.client.ended, len(side.heard()[1])))
        before = behind.heard()
        if not behind.failed:
            behind.replies += behind.client.receive()
        if behind.heard() == before:
            return False
    return True


def normalised(data: bytes) -> bytes:
    data = re.sub(rb"<\d+\.\d+@", b"<N.T@", data)
    data = re.sub(rb"(\+|334) PD[A-Za-z0-9+/=]+", rb"\1 SALT", data)
    return re.sub(rb"Host: 127[0-9.]+", b"Host: H", data)


@pytest.fixture(scope="module")
def records(
    launch: Callable[..., Any], new_client: Callable[..., Any], paper: Any
) -> list[tuple[Record, Record]]:
    """Every conversation, with nginx and with the reference."""
    proxies = [launch(product, configuration(paper)) for product in ("nginx", "reference")]
    with ThreadPoolExecutor(40) as pool:
        played = [
            pool.submit(play, proxies, new_client, number, paper) for number in range(len(ROWS))
        ]
        return [(one, other) for one, other in (future.result() for future in played)]


@pytest.mark.parametrize(
    "number", range(len(ROWS)), ids=[f"{port} {list(steps)}"[:90] for port, steps in ROWS]
)
def test_conversation_is_the_same(records: Any, number: int) -> None:
    nginx, reference = records[number]
    reason = conversations.DIFFERENCES.get(ROWS[number])
    if reason is None:
        assert reference == nginx
    else:
        assert reference != nginx, f"no longer a difference: {reason}"
