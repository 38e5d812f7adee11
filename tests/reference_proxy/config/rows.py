"""All configurations as whole ones, by a name that says which block they try."""

from __future__ import annotations

from tests.reference_proxy.config import (
    configurations,
    configurations_listen,
    configurations_mail,
    configurations_process,
    configurations_text,
    configurations_tls,
)

AUTH, LISTEN = configurations.AUTH, configurations.LISTEN


def in_mail(text: str) -> bytes:
    """The configuration with this inside its `mail {}`."""
    return f"events {{}}\nmail {{ {text}\n}}\n".encode()


def in_server(text: str) -> bytes:
    """The configuration with this inside its only `server {}`, which has an auth server."""
    return f"events {{}}\nmail {{\n{AUTH}\nserver {{ {text}\n}}\n}}\n".encode()


def rows() -> dict[str, bytes]:
    """Every row; CERT, KEY and DIR are still to be replaced."""
    whole = {f"main-{name}": text.encode() for name, text in configurations.MAIN.items()}
    whole |= {f"text-{name}": _bytes(text) for name, text in configurations_text.TEXT.items()}
    whole |= {f"mail-{name}": in_mail(text) for name, text in configurations.MAIL.items()}
    whole |= {f"server-{name}": in_server(text) for name, text in configurations.SERVER.items()}
    for name, text in configurations_tls.SERVER.items():
        whole[f"tls-{name}"] = in_server(LISTEN + text)
    for text in configurations_process.MAIN:
        whole[f"main: {_short(text)}"] = f"events {{}} {text}".encode()
    for text in configurations_process.EVENTS:
        whole[f"events: {_short(text)}"] = f"events {{ {text} }}".encode()
    for text in configurations_mail.MAIL:
        whole[f"mail: {_short(text)}"] = in_mail(text)
    for text in configurations_mail.SERVER:
        whole[f"server: {_short(text)}"] = in_server(LISTEN + text)
    for text in configurations_listen.LISTEN:
        whole[f"listen: {_short(text)}"] = in_server("protocol imap; " + text)
    return whole


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")


def _short(text: str) -> str:
    return text if len(text) < 200 else f"{text[:80]}... {len(text)}"
