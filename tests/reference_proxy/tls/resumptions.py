"""Who is recognised again: servers, clients that come back to them, and what must come of it.

Before nginx and the reference go the same visits. A visit is the server it is paid to, and the
number of an earlier visit of the row whose session it offers, or NEW; a WAIT comes between.
"""

from __future__ import annotations

NEW = -1
WAIT = "wait"
SECONDS = 3.2
"""A WAIT: longer than the servers named `brief` remember."""

_ID = "ssl_session_tickets off; "  # so that what is remembered, is remembered by the server
_ZONE = "ssl_session_cache shared:A:1m; "
_ASK = "ssl_client_certificate DIR/root.pem; "

SERVERS = {
    "none": "",
    "none-ids": _ID,
    "none-said": _ID + "ssl_session_cache none;",
    "off": "ssl_session_cache off;",
    "off-ids": _ID + "ssl_session_cache off;",
    "builtin": "ssl_session_cache builtin;",
    "builtin-ids": _ID + "ssl_session_cache builtin;",
    "builtin-one": _ID + "ssl_session_cache builtin:1;",
    "builtin-all": _ID + "ssl_session_cache builtin:0;",
    "shared": _ZONE,
    "shared-ids": _ID + _ZONE,
    "shared-too": _ZONE,
    "sibling": _ID + _ZONE,
    "pop3": _ID + _ZONE,
    "starttls": _ID + _ZONE,
    "both": _ID + "ssl_session_cache builtin shared:A:1m;",
    "both-one": _ID + "ssl_session_cache builtin:1 shared:B:1m;",
    "both-sibling": _ID + "ssl_session_cache shared:B:1m;",
    "off-shared": _ID + "ssl_session_cache off shared:A:1m;",
    "none-shared": _ID + "ssl_session_cache shared:A:1m none;",
    "small": _ID + "ssl_session_cache shared:S:32k;",
    "other-zone": _ID + "ssl_session_cache shared:C:1m;",
    "other-certificate": _ID + _ZONE + "ssl_certificate DIR/b.pem; ssl_certificate_key DIR/b.key;",
    "asking": _ID + _ZONE + _ASK + "ssl_verify_client optional;",
    "asking-other": _ID
    + _ZONE
    + "ssl_client_certificate DIR/stranger.pem; ssl_verify_client optional;",
    "trusting": _ID
    + _ZONE
    + _ASK
    + "ssl_verify_client optional; ssl_trusted_certificate DIR/stranger.pem;",
    "lenient": _ID + _ZONE + _ASK + "ssl_verify_client optional_no_ca;",
    "strict": _ID + _ZONE + _ASK + "ssl_verify_client on;",
    "revoking": _ID + _ZONE + _ASK + "ssl_verify_client on; ssl_crl DIR/root.crl;",
    "strict-tickets": _ASK + "ssl_verify_client on;",
    "key-1": "ssl_session_ticket_key DIR/1.key;",
    "key-1-again": "ssl_session_ticket_key DIR/1.key; ssl_session_cache off;",
    "key-2": "ssl_session_ticket_key DIR/2.key;",
    "keys-1-2": "ssl_session_ticket_key DIR/1.key; ssl_session_ticket_key DIR/2.key;",
    "keys-2-1": "ssl_session_ticket_key DIR/2.key; ssl_session_ticket_key DIR/1.key;",
    "key-short": "ssl_session_ticket_key DIR/short.key;",
    "keys-short-1": "ssl_session_ticket_key DIR/short.key; ssl_session_ticket_key DIR/1.key;",
    "key-but-off": _ID + "ssl_session_ticket_key DIR/1.key;",
    "key-1-shared": _ZONE + "ssl_session_ticket_key DIR/1.key;",
    "key-1-pop3": "ssl_session_ticket_key DIR/1.key;",
    "key-1-asking": "ssl_session_ticket_key DIR/1.key; ssl_verify_client optional;" + _ASK,
    "command": "ssl_conf_command Options -SessionTicket;",
    "command-cache": _ZONE + "ssl_conf_command Options -SessionTicket;",
    "long": "ssl_session_timeout 10d;",
    "zero": "ssl_session_timeout 0;",
    "zero-shared": _ID + "ssl_session_timeout 0; ssl_session_cache shared:E:1m;",
    "zero-builtin": _ID + "ssl_session_timeout 0; ssl_session_cache builtin;",
    "forever": "ssl_session_timeout 9223372036854775807;",
    "forever-shared": _ID
    + "ssl_session_timeout 9223372036854775807; ssl_session_cache shared:E:1m;",
    "brief": "ssl_session_timeout 2; ssl_session_ticket_key DIR/1.key;",
    "lasting": "ssl_session_timeout 5; ssl_session_ticket_key DIR/1.key;",
    "brief-builtin": _ID + "ssl_session_timeout 2; ssl_session_cache builtin;",
    "brief-shared": _ID + "ssl_session_timeout 2; ssl_session_cache shared:D:1m;",
}

# Where the reference keeps what the page promises, and nginx does not.
DIFFERENCES = {
    "forever-shared": "nginx adds this time to the clock, which overflows, and recognises nobody",
    "revoking": "nginx asks no CRL about who resumes, and lets in who is revoked",
    "trusting": "nginx keeps sessions among servers that trust different authorities",
}

POP3 = {"pop3", "key-1-pop3"}
STARTTLS = {"starttls"}

# Kinds of clients: TLS 1.2 without and with tickets, and TLS 1.3.
ID, TICKET, V13 = "id", "ticket", "1.3"
ALL = (ID, TICKET, V13)
# The same with a certificate of the server's CA, and with one of a stranger's.
KNOWN, UNKNOWN = "known ", "unknown "

# Server, and how often of ID, TICKET and V13 the second visit is recognised.
MATRIX = {
    "none": (False, True, True),
    "none-ids": (False, False, False),
    "none-said": (False, False, False),
    "off": (False, True, True),
    "off-ids": (False, False, False),
    "builtin": (True, True, True),
    "builtin-ids": (True, True, True),
    "builtin-one": (True, True, True),
    "builtin-all": (True, True, True),
    "shared": (True, True, True),
    "shared-ids": (True, True, True),
    "both": (True, True, True),
    "off-shared": (False, False, False),
    "none-shared": (False, False, False),
    "key-1": (False, True, True),
    "key-short": (False, True, True),
    "key-but-off": (False, False, False),
    "key-1-shared": (True, True, True),
    "command": (False, False, False),
    "command-cache": (True, True, True),
    "long": (False, True, True),
    "zero": (False, True, True),
    "zero-shared": (False, False, False),
    "zero-builtin": (True, True, True),
    "forever": (False, True, True),
    "forever-shared": (True, True, True),
}

# Kind of client, visits, and which of them are recognised.
ROWS: list[tuple[str, list[tuple[str, int] | str], list[bool]]] = [
    *(
        (kind, [(server, NEW), (server, 0), (server, 1), (server, 0)], [False, *[again] * 3])
        for server, answers in MATRIX.items()
        for kind, again in zip(ALL, answers, strict=True)
        if server != "builtin-one"
    ),
    # one place only
    (ID, [("builtin-one", NEW), ("builtin-one", NEW), ("builtin-one", 0)], [False] * 3),
    (ID, [("builtin-one", NEW), ("builtin-one", 0)], [False, True]),
    (ID, [("both-one", NEW), ("both-one", 0), ("both-sibling", 0)], [False, True, True]),
    # what the built-in cache has no room for goes from the zone as well
    (ID, [("both-one", NEW), ("both-one", NEW), ("both-sibling", 0)], [False] * 3),
    (ID, [("both-one", NEW), ("both-one", NEW), ("both-sibling", 1)], [False, False, True]),
    # other servers
    *(
        (kind, [("shared-ids", NEW), (other, 0)], [False, again])
        for kind in ALL
        for other, again in [
            ("sibling", True),
            ("both", True),
            ("pop3", True),
            ("starttls", True),
            ("other-zone", False),
            ("other-certificate", False),
            ("asking", False),
            ("off-shared", False),
            ("builtin-ids", False),
        ]
    ),
    (ID, [("starttls", NEW), ("pop3", 0)], [False, True]),
    # other settings for clients' certificates
    *(
        (kind, [("asking", NEW), (other, 0)], [False, again])
        for kind in ALL
        for other, again in [("asking-other", False), ("trusting", False), ("strict", True)]
    ),
    *(
        (who + kind, [(first, NEW), (second, 0), (second, 0)], [False, again, again])
        for kind in (ID, V13)
        for who, first, second, again in [
            (KNOWN, "asking", "strict", True),
            (KNOWN, "strict", "revoking", False),
            (UNKNOWN, "lenient", "lenient", True),
            (KNOWN, "lenient", "shared-ids", False),
        ]
    ),
    (UNKNOWN + ID, [("lenient", NEW), ("strict", 0), ("lenient", 0)], [False, True, False]),
    (UNKNOWN + ID, [("strict", NEW), ("strict", 0)], [False, False]),
    (ID, [("strict", NEW), ("strict", 0)], [False, False]),
    (UNKNOWN + TICKET, [("strict-tickets", NEW), ("strict-tickets", 0)], [False, True]),
    # tickets
    *(
        (kind, [(first, NEW), (second, 0), (third, 1)], [False, again, and_again])
        for kind in (TICKET, V13)
        for first, second, third, again, and_again in [
            ("none", "off", "none", False, False),
            ("shared", "shared-too", "shared", False, False),
            ("key-1", "key-1-again", "key-1", True, True),
            ("key-1", "key-1-pop3", "key-1", True, True),
            ("key-1", "key-1-asking", "key-1", False, False),
            ("key-1", "key-2", "key-2", False, True),
            ("key-1", "keys-1-2", "key-2", True, False),
            ("key-1", "keys-2-1", "key-2", True, True),
            ("key-1", "keys-2-1", "keys-2-1", True, True),
            ("keys-1-2", "key-1", "key-2", True, False),
            ("keys-2-1", "key-1", "key-1", False, True),
            ("key-1", "keys-short-1", "key-short", True, True),
            ("key-short", "keys-short-1", "key-1", True, False),
            ("key-1", "key-but-off", "key-1", False, False),
        ]
    ),
    # time
    (ID, [("brief-builtin", NEW), WAIT, ("brief-builtin", 0)], [False, False]),
    (ID, [("brief-shared", NEW), WAIT, ("brief-shared", 0)], [False, False]),
    (ID, [("shared-ids", NEW), WAIT, ("shared-ids", 0)], [False, True]),
    (TICKET, [("brief", NEW), WAIT, ("brief", 0)], [False, False]),
    (TICKET, [("key-1", NEW), WAIT, ("key-1", 0)], [False, True]),
    (V13, [("brief", NEW), WAIT, ("brief", 0)], [False, False]),
    # To come back gives new life in TLS 1.3 only.
    (TICKET, [("lasting", NEW), WAIT, ("lasting", 0), WAIT, ("lasting", 1)], [False, True, False]),
    (V13, [("lasting", NEW), WAIT, ("lasting", 0), WAIT, ("lasting", 1)], [False, True, True]),
    (V13, [("brief-shared", NEW), WAIT, ("brief-shared", 0)], [False, False]),
]


def names() -> list[str]:
    """The rows' names, in their order."""
    return [f"{kind}: {', '.join(map(_visit, steps))}" for kind, steps, _ in ROWS]


def _visit(step: tuple[str, int] | str) -> str:
    return step if isinstance(step, str) else f"{step[0]}({step[1]})"
