"""The reference against a real nginx: the same conversations, the same replies, the same questions
to the auth server, the same lines to the back end.

What the two differ in is in `conversations.DIFFERENCES`, each with its reason.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import pickle
import re
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from conformance.harness.targets.loopback import free_loopback

AT_ONCE = 48
QUIET = (0.1, 0.6, 2.0)


def _sibling(name: str) -> ModuleType:
    full = f"differential_{name}"
    spec = importlib.util.spec_from_file_location(full, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    sys.modules[full] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


conversations = _sibling("conversations")
stage = _sibling("stage")
ROWS = conversations.ROWS


@dataclass(frozen=True)
class Record:
    """What came back; whether the proxy closed, and whether TLS was cut off by that; what the auth
    server and the back end heard.
    """

    replies: bytes
    closed: bool
    cut_off: bool
    asked: tuple[tuple[str, ...], ...]
    heard: tuple[bytes, ...]


@dataclass(frozen=True)
class Scene:
    """A proxy, what surrounds it, and how to talk to it."""

    host: str
    stage: Any
    new_client: Callable[..., Any]
    certificate: str


def configuration(host: str, auth_port: int, paper: Any) -> str:
    servers = [
        f"server {{ listen {host}:{server.port} {server.listen};"
        f" protocol {server.protocol}; {server.more} }}\n"
        for server in conversations.SERVERS.values()
    ]
    return f"""
    events {{ worker_connections 2048; }}
    mail {{
        auth_http {host}:{auth_port}/auth?x=1;
        server_name mx.example.org; timeout 10s; auth_http_timeout 1s;
        ssl_certificate {paper.certificate}; ssl_certificate_key {paper.key};
        ssl_client_certificate {paper.authority};
        {"".join(servers)}
    }}"""


def play(scene: Scene, row: Any, quiet: float) -> Record:
    """Hold the conversation with this proxy, from an address of its own."""
    server = conversations.SERVERS[row.server]
    source = conversations.address(conversations.OWN_NETWORK, row.number)
    scene.stage.forget(row.number)
    client = scene.new_client(scene.host, server.port, source)
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    waits = server.greets and row.steps[0].how != "<at once>"
    replies = [client.receive(quiet)] if waits else []
    for step in row.steps:
        if client.ended:
            break
        try:
            replies.append(_take(scene, client, step, row, server, quiet))
        except OSError:
            replies.append(b"(failed)")
            break
    client.close()
    return Record(
        normalised(b"".join(replies)),
        client.ended,
        client.cut_off,
        tuple(
            tuple(normalised(line.encode("latin-1")).decode("latin-1") for line in asked)
            for asked in scene.stage.asked[row.number]
        ),
        tuple(normalised(bytes(scene.stage.heard[row.number])).splitlines(keepends=True)),
    )


def _take(scene: Scene, client: Any, step: Any, row: Any, server: Any, quiet: float) -> bytes:
    """Take one step; return what is heard behind it."""
    text = row.spoken(step)
    match step.how:
        case "<tls>" | "<certificate>":
            client.start_tls(scene.certificate if step.how == "<certificate>" else "")
            client.socket.suppress_ragged_eofs = False
            client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
            if "ssl" not in server.listen:
                return b""
        case "<fin>":
            socket.socket.shutdown(client.socket, socket.SHUT_WR)  # under TLS without a word
        case "<bye>":
            client.ended = True
            try:
                client.socket.unwrap()
            except OSError:
                client.cut_off = True
            return b""
        case "<pause>":
            client.readable(2 * quiet)
            return b""
        case "corked":
            client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
            client.send(text)
        case "now":
            client.send(text)
        case "drip":
            for at in range(len(text)):
                client.send(text[at : at + 1])
        case "raw":
            client.send(text)
    quick = step.how in ("now", "corked", "<at once>")
    return b"" if quick else bytes(client.receive(quiet))


def normalised(data: bytes) -> bytes:
    data = re.sub(rb"<\d+\.\d+@", b"<N.T@", data)
    data = re.sub(rb"(\+|334) PD[A-Za-z0-9+/=]+", rb"\1 SALT", data)
    data = re.sub(rb"^(PROXY TCP\d \S+) \S+ \d+", rb"\1 HOST PORT", data)
    data = re.sub(rb"Server-Addr: 127[0-9.]+", b"Server-Addr: H", data)
    return re.sub(rb"Host: 127[0-9.]+", b"Host: H", data)


@pytest.fixture(scope="module")
def scenes(
    launch: Callable[..., Any], new_client: Callable[..., Any], paper: Any
) -> Iterator[list[Scene]]:
    """One nginx and one reference, with the same configuration."""
    answers = conversations.table("answers")
    behaviours = conversations.table("behaviours")
    both = []
    for product in ("nginx", "reference"):
        host = free_loopback([server.port for server in conversations.SERVERS.values()])
        around = stage.Stage(host, conversations.number_of, answers, behaviours)
        launch(product, lambda _, a=around: configuration(a.host, a.port, paper))
        both.append(Scene(host, around, new_client, paper.client))
    yield both
    for scene in both:
        scene.stage.stop()


def as_expected(row: Any, records: tuple[Record, Record]) -> bool:
    return (records[0] == records[1]) is not bool(row.reason)


def hold_all(scenes: list[Scene], rows: list[Any]) -> dict[str, tuple[Record, Record]]:
    """Every conversation, with both; those that surprise again, fewer at once and with more
    patience: a busy machine may have cut them short.
    """
    found: dict[str, tuple[Record, Record]] = {}
    for quiet, at_once in zip(QUIET, (2 * AT_ONCE, AT_ONCE // 4, AT_ONCE // 8), strict=True):
        rows = [
            row for row in rows if row.name not in found or not as_expected(row, found[row.name])
        ]
        found |= _hold(scenes, rows, quiet, at_once)
    return found


def _hold(
    scenes: list[Scene], rows: list[Any], quiet: float, at_once: int
) -> dict[str, tuple[Record, Record]]:
    with ThreadPoolExecutor(at_once) as pool:
        both = [[pool.submit(play, scene, row, quiet) for scene in scenes] for row in rows]
        return {
            row.name: (one.result(), other.result())
            for row, (one, other) in zip(rows, both, strict=True)
        }


@pytest.fixture(scope="module")
def records(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Record, Record]]:
    """The conversations that this run asks for, held once, also where several workers run it."""
    name = "test_conversation_is_the_same"
    items = [item for item in request.session.items if getattr(item, "originalname", "") == name]
    rows = [item.callspec.params["row"] for item in items]  # type: ignore[attr-defined]
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return hold_all(request.getfixturevalue("scenes"), rows)
    shared = tmp_path_factory.getbasetemp().parent / "conversations.pickle"
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shared.exists():
            held = hold_all(request.getfixturevalue("scenes"), rows)
            shared.write_bytes(pickle.dumps({key: list(map(astuple, held[key])) for key in held}))
    found = pickle.loads(shared.read_bytes())
    return {key: (Record(*one), Record(*other)) for key, (one, other) in found.items()}


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_conversation_is_the_same(records: Any, row: Any) -> None:
    nginx, reference = records[row.name]
    if row.reason:
        assert reference != nginx, f"no longer a difference: {row.reason}"
    else:
        assert reference == nginx


def test_every_clause_has_a_conversation() -> None:
    tested = conversations.covered().keys()
    assert conversations.CLAUSES - tested == conversations.UNTESTED.keys()
    assert {clause for clause in tested if clause[:2] != "CF"} <= conversations.CLAUSES
