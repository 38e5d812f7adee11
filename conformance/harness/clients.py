"""Real clients: the mail libraries that other people wrote, each sent on one errand.

Every one goes in by the endpoint's own way into TLS, logs in and reads (or
sends) a message. They verify nothing of the server: the suite does.
"""

from __future__ import annotations

import contextlib
import imaplib
import poplib
import smtplib
import ssl
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .endpoint import Endpoint, Way
from .observation import Login
from .transcript import REDACTED

SECONDS = 10.0


Client = Callable[[Endpoint, Login], str]


class Success(StrEnum):
    """What became of an errand."""

    DONE = "done"
    FAILED = "failed"
    NOBODY = "nobody took its connection"


@dataclass(frozen=True)
class Errand:
    """What a client did at an endpoint, and what it came back with; no password is in it."""

    client: str
    endpoint: Endpoint
    success: Success
    said: str


def errand(client: Client, endpoint: Endpoint, login: Login) -> Errand:
    """Send a client on its errand."""
    try:
        success, text = Success.DONE, client(endpoint, login)
    except ClientFailed as error:
        nobody = isinstance(error.__cause__, ConnectionRefusedError)
        success, text = Success.NOBODY if nobody else Success.FAILED, str(error)
    shown = text.replace(login.password, REDACTED.decode()) if login.password else text
    return Errand(client.__name__.partition("_")[0], endpoint, success, shown)


class ClientFailed(Exception):
    """The client gave up, or did not come back in time; the text is what it said."""


def imaplib_reads(endpoint: Endpoint, login: Login) -> str:
    """imaplib: login, SELECT, FETCH, LOGOUT."""
    return _errand(_imaplib, endpoint, login)


def imaplib2_reads(endpoint: Endpoint, login: Login) -> str:
    """imaplib2: the same. TLS 1.2 for STARTTLS: over 1.3 its `starttls()` hangs now and then."""
    return _errand(_imaplib2, endpoint, login)


def poplib_reads(endpoint: Endpoint, login: Login) -> str:
    """poplib: USER, PASS, STAT, RETR, QUIT."""
    return _errand(_poplib, endpoint, login)


def smtplib_sends(endpoint: Endpoint, login: Login) -> str:
    """smtplib: EHLO, AUTH, MAIL, RCPT, DATA, QUIT."""
    return _errand(_smtplib, endpoint, login)


def _errand(client: Callable[[Endpoint, Login], str], endpoint: Endpoint, login: Login) -> str:
    """Run a client under a hard time limit."""
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(client, endpoint, login).result(SECONDS)
    except FutureTimeout as error:
        raise ClientFailed(f"it did not come back within {SECONDS:.0f} s") from error
    except (
        OSError,
        EOFError,
        ValueError,
        imaplib.IMAP4.error,
        poplib.error_proto,
        smtplib.SMTPException,
    ) as error:
        raise ClientFailed(f"{type(error).__name__}: {error}") from error
    finally:
        pool.shutdown(wait=False)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _imaplib(endpoint: Endpoint, login: Login) -> str:
    where: dict[str, Any] = {"host": endpoint.host, "port": endpoint.port, "timeout": SECONDS}
    if endpoint.way is Way.IMPLICIT:
        client: imaplib.IMAP4 = imaplib.IMAP4_SSL(ssl_context=_context(), **where)
    else:
        client = imaplib.IMAP4(**where)
    try:
        if endpoint.way is Way.STARTTLS:
            client.starttls(_context())
        client.login(login.user, login.password)
        client.select("INBOX")
        _, found = client.fetch("1", "(RFC822)")
        client.logout()
    finally:
        with contextlib.suppress(OSError):
            client.shutdown()
    return _length(found)


def _imaplib2(endpoint: Endpoint, login: Login) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its source has some, told of where it is compiled anew
        import imaplib2

    if endpoint.way is Way.IMPLICIT:
        client = imaplib2.IMAP4_SSL(
            endpoint.host, endpoint.port, timeout=SECONDS, ssl_version="tls1_2"
        )
    else:
        client = imaplib2.IMAP4(endpoint.host, endpoint.port, timeout=SECONDS)
    try:
        if endpoint.way is Way.STARTTLS:
            client.starttls(tls_level="tls_secure", ssl_version="tls1_2")
        client.login(login.user, login.password)
        client.select("INBOX")
        _, found = client.fetch("1", "(RFC822)")
    except imaplib2.IMAP4.error as error:
        raise ClientFailed(f"{type(error).__name__}: {error}") from error
    finally:
        client.logout()
    return _length(found)


def _length(found: list[Any]) -> str:
    if not found or not isinstance(found[0], tuple):
        raise ClientFailed(f"it fetched no message: {found!r:.100}")
    return f"a message of {len(found[0][1])} bytes was read"


def _poplib(endpoint: Endpoint, login: Login) -> str:
    if endpoint.way is Way.IMPLICIT:
        client: poplib.POP3 = poplib.POP3_SSL(
            endpoint.host, endpoint.port, timeout=SECONDS, context=_context()
        )
    else:
        client = poplib.POP3(endpoint.host, endpoint.port, timeout=SECONDS)
    try:
        if endpoint.way is Way.STARTTLS:
            client.stls(_context())
        client.user(login.user)
        client.pass_(login.password)
        count, _ = client.stat()
        _, lines, _ = client.retr(1)
        client.quit()
    finally:
        client.close()
    return f"one of {count} messages, {len(lines)} lines, was read"


def _smtplib(endpoint: Endpoint, login: Login) -> str:
    if endpoint.way is Way.IMPLICIT:
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            endpoint.host, endpoint.port, timeout=SECONDS, context=_context()
        )
    else:
        client = smtplib.SMTP(endpoint.host, endpoint.port, timeout=SECONDS)
    with client:
        if endpoint.way is Way.STARTTLS:
            client.starttls(context=_context())
        client.login(login.user, login.password)
        refused = client.sendmail(
            f"{login.user}@example.org", ["b@example.org"], "Subject: waxseal\r\n\r\nhello\r\n"
        )
    if refused:
        raise ClientFailed(f"recipients were refused: {refused}")
    return "a message was sent"
