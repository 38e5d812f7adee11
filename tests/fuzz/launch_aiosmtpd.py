"""Serves SMTP with STARTTLS by aiosmtpd, in an environment that has it: CERTIFICATE.pem.

It takes mail of nobody who has not logged in, which is possible inside TLS alone, and
refuses every login. Prints the port on a loopback address, and serves until it is
terminated.
"""

import asyncio
import ssl
import sys

from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP, AuthResult


async def serve(certificate: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        return SMTP(
            Sink(),
            hostname="toy.example",
            tls_context=context,
            auth_required=True,
            # Or it would be for us to say so.
            authenticator=lambda *_: AuthResult(success=False, handled=False),
            loop=loop,
        )

    server = await loop.create_server(session, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
