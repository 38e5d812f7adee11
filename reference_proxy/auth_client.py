"""Asking the auth server: one TCP connection for each question."""

from __future__ import annotations

import asyncio

from reference_proxy.auth_http import RESPONSE_LIMIT, BadAnswer, Headers, ResponseParser, request
from reference_proxy.config.settings import AuthHttp
from reference_proxy.session.events import AuthAnswered, AuthFailed

_UNIX = "unix:"


async def ask(auth: AuthHttp, headers: Headers, timeout: float) -> AuthAnswered | AuthFailed:
    """Return the auth server's answer, within `timeout` seconds; every failure is an event too."""
    where = f"{auth.host}:{auth.port}" if auth.port else auth.host
    try:
        async with asyncio.timeout(timeout):
            return AuthAnswered(await _ask(auth, headers))
    except TimeoutError:
        return AuthFailed(f"auth http server {where} timed out")
    except OSError as error:
        return AuthFailed(f"connect() to auth http server {where} failed ({error})")
    except BadAnswer as answer:
        return AuthFailed(f"{answer} ({where})")


async def _ask(auth: AuthHttp, headers: Headers) -> Headers:
    if auth.host.startswith(_UNIX):
        reader, writer = await asyncio.open_unix_connection(auth.host.removeprefix(_UNIX))
    else:
        reader, writer = await asyncio.open_connection(auth.host, auth.port)
    try:
        writer.write(request(auth, headers))
        parser = ResponseParser()
        while (answer := parser.feed(await reader.read(RESPONSE_LIMIT))) is None:
            pass
        return answer
    finally:
        writer.close()
