"""Trying configurations on the product that is judged: small ones, each with one thing changed.

What is tried is one server block with every directive of the page at a value that
is right. It is accepted; so when one directive is changed and it is refused, the
change is why.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol as Interface

from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.patience import Patience
from conformance.harness.pki.kit import Kit
from conformance.harness.targets.launch import try_configuration
from conformance.harness.targets.loopback import free_loopback
from conformance.harness.transcript import Layer, Side, Transcript
from conformance.once import Once

PORT = 21000
WRONG, RIGHT = "wrong", "right"  # directories, beside `pki`
Values = str | Sequence[str] | None

# Every directive, at a value that the page allows.
_SERVER: Mapping[str, Values] = {
    "protocol": "imap",
    "starttls": "on",
    "ssl_certificate": "pki/rsa-locked.pem",
    "ssl_certificate_key": "pki/rsa-locked.key",
    "ssl_password_file": "pki/second-right.pass",
    "ssl_protocols": "TLSv1.2 TLSv1.3",
    "ssl_ciphers": "HIGH:!aNULL:!MD5",
    "ssl_prefer_server_ciphers": "on",
    "ssl_dhparam": "pki/dhparam.pem",
    "ssl_ecdh_curve": "prime256v1:secp384r1",
    "ssl_verify_client": "on",
    "ssl_verify_depth": "2",
    "ssl_client_certificate": "pki/clients.pem",
    "ssl_trusted_certificate": "pki/strangers.pem",
    "ssl_crl": "pki/crl-both.pem",
    "ssl_session_cache": "shared:waxseal:64k",
    "ssl_session_timeout": "5m",
    "ssl_session_tickets": "on",
    "ssl_session_ticket_key": f"{RIGHT}/80.key",
}


@dataclass(frozen=True)
class Tried:
    """A configuration, and what the product made of it. `change` is what is peculiar about it."""

    change: str
    accepted: bool
    words: str

    @property
    def transcript(self) -> Transcript:
        """The one as the client, the other as the server."""
        transcript = Transcript()
        transcript.add(0.0, Side.CLIENT, Layer.CLEAR, self.change.encode())
        transcript.add(0.0, Side.SERVER, Layer.CLEAR, self.words.encode("utf-8", "replace"))
        return transcript


class Tries(Interface):
    """What tries configurations: `Trying`, or a report of what it did."""

    def __call__(
        self,
        *,
        main: Sequence[str] = (),
        mail: Sequence[str] = (),
        servers: Sequence[Mapping[str, Values]] = (),
        **server: Values,
    ) -> Tried:
        """Try one, as `Trying` has it."""

    def pipe(self, content: bytes) -> AbstractContextManager[str]:
        """The name of a named pipe with this content."""


class Trying:
    """Tries configurations in a directory of its own, each once.

    `names` of files are relative to it: the kit's are in `pki/`, what no
    configuration should name is in `wrong/`.
    """

    def __init__(self, product: str, kit: Kit, patience: Patience, faults: Sequence[str]) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="waxseal-"))
        self._product = product
        self._patience = patience
        self._faults = faults
        self._tried = Once[str, Tried]()
        (self.directory / "pki").symlink_to(kit.directory / "pki")
        _write_files(self.directory, kit)

    def __call__(
        self,
        *,
        main: Sequence[str] = (),
        mail: Sequence[str] = (),
        servers: Sequence[Mapping[str, Values]] = (),
        **server: Values,
    ) -> Tried:
        """Try the server block with these directives instead of its own, None for none of it.

        `main` and `mail` are more lines in those blocks; `servers` are more server
        blocks, each changed in its own way.
        """
        blocks = [server, *servers]
        change = change_of(main, mail, blocks)
        text = _text(main, mail, [{**_SERVER, **block} for block in blocks])
        return self._tried.get(text, lambda: self._try(text, change))

    @contextlib.contextmanager
    def pipe(self, content: bytes) -> Iterator[str]:
        """The name of a named pipe with this content, for one reader who takes it to its end."""
        name = f"{RIGHT}/{secrets.token_hex(4)}.pipe"
        path = self.directory / name
        os.mkfifo(path)
        writer = threading.Thread(target=_fill, args=(path, content), name="pipe", daemon=True)
        writer.start()
        try:
            yield name
        finally:
            # Whoever has not been read from waits for a reader, or will: be one until he is done.
            reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            writer.join()
            os.close(reader)
            path.unlink()

    def close(self) -> None:
        """Remove the directory."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def _try(self, text: str, change: str) -> Tried:
        host = free_loopback([PORT])
        # The address is no part of what is tried, but no two may have the same at once.
        text = text.replace("HOST", host)
        name = hashlib.sha256(text.encode()).hexdigest()[:16]
        conf = self.directory / f"{name}-{os.getpid()}-{secrets.token_hex(4)}.conf"
        conf.write_text(text)
        endpoint = Endpoint(host, PORT, Protocol.IMAP, Way.IMPLICIT)
        try:
            outcome = try_configuration(
                self._product, conf, [endpoint], self._patience, self._faults, self.directory
            )
        finally:
            with contextlib.suppress(OSError):
                conf.unlink()
        return Tried(change, outcome.accepted, outcome.words)


def change_of(
    main: Iterable[str], mail: Iterable[str], blocks: Sequence[Mapping[str, Values]]
) -> str:
    """What is peculiar about a configuration, in a line."""
    lines = [*main, *mail, *(line for block in blocks for line in _lines(block))]
    removed = [f"no {name}" for block in blocks for name, value in block.items() if not value]
    return " ".join([*lines, *removed]) or "nothing changed"


def _text(main: Iterable[str], mail: Iterable[str], servers: Sequence[Mapping[str, Values]]) -> str:
    inside = ["auth_http 127.0.0.1:1/;", *mail]
    for number, block in enumerate(servers):
        listen = f"listen HOST:{PORT + number} ssl;"
        inside += ["server {", *(f"    {line}" for line in [listen, *_lines(block)]), "}"]
    indented = "".join(f"    {line}\n" for line in inside)
    return "".join(f"{line}\n" for line in ["events {}", *main]) + f"mail {{\n{indented}}}\n"


def _lines(block: Mapping[str, Values]) -> list[str]:
    return [
        f"{name} {value};"
        for name, values in block.items()
        for value in ([values] if isinstance(values, str) else values or ())
    ]


def _fill(path: Path, content: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):
        path.write_bytes(content)


def _write_files(directory: Path, kit: Kit) -> None:
    """What is right but not in the kit, and what is wrong."""
    for name in (RIGHT, WRONG):
        (directory / name).mkdir()
    chain = kit.file("ecdsa-chain.pem").read_bytes()
    middle = chain.index(b"-----BEGIN", 1)
    files = {
        f"{RIGHT}/80.key": os.urandom(80),
        f"{RIGHT}/48.key": os.urandom(48),
        f"{RIGHT}/ends.pass": b"not this one\r\n\r\nopen rsa\r\n",
        f"{WRONG}/47.key": os.urandom(47),
        f"{WRONG}/garbage.pem": b"-----BEGIN NOTHING-----\nAAAA\n-----END NOTHING-----\n",
        f"{WRONG}/no.pass": b"not this one\nnor this\n",
        f"{WRONG}/intermediate-first.pem": chain[middle:] + chain[:middle],
        f"{WRONG}/dhparam-512.pem": _SMALL_GROUP,
    }
    for name, content in files.items():
        (directory / name).write_bytes(content)


# 512 bits: within anybody's reach.
_SMALL_GROUP = b"""-----BEGIN DH PARAMETERS-----
MEYCQQDqL1L0gLYFa6lLMKZa3LUYosvkJDCklWfmtVrvv35C5V2Te6/APjntW3SG
wmk6D2isCBcIkojFDKIDB7vwMjQ3AgEC
-----END DH PARAMETERS-----
"""
