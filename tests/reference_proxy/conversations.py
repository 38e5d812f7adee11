"""Conversations with a mail proxy: the server they are held with, and what the client says.

A step is text to send, or `TLS`, or `CERTIFICATE` (TLS with a client certificate).
`DIFFERENCES` are those in which the reference departs from nginx 1.22.1, and why.
"""

from __future__ import annotations

import base64

TLS = "TLS"
CERTIFICATE = "CERTIFICATE"

PORTS = {
    name: 20000 + number
    for number, name in enumerate(
        [
            "imap-off", "imap-on", "imap-only", "imap-ssl", "imap-all", "imap-verify",
            "pop3-off", "pop3-on", "pop3-only", "pop3-ssl", "pop3-all", "pop3-verify",
            "smtp-off", "smtp-on", "smtp-only", "smtp-ssl", "smtp-all", "smtp-verify",
            "smtp-none", "smtp-auth", "imap-verify-ssl", "imap-optional", "imap-small",
            "smtp-none-only",
        ]
    )
}  # fmt: skip

EXTRA = {
    "on": "starttls on;",
    "only": "starttls only;",
    "verify": "starttls on; ssl_verify_client on;",
    "optional": "starttls on; ssl_verify_client optional_no_ca; auth_http_pass_client_cert on;",
    "imap-all": "starttls on; imap_auth plain login cram-md5 external;"
    "imap_capabilities IMAP4rev1 X-ONE; auth_http_header X-Key value;",
    "pop3-all": "starttls on; pop3_auth plain apop cram-md5 external; pop3_capabilities TOP user;",
    "smtp-all": "starttls on; smtp_auth plain login cram-md5 external;"
    'smtp_capabilities "SIZE 1000" PIPELINING; xclient off;',
    "none-only": "starttls only; smtp_auth none;",
    "none": "starttls on; smtp_auth none;",
    "smtp-auth": "xclient off; proxy_smtp_auth on;",
    "imap-small": "imap_client_buffer 64; max_errors 2; proxy_pass_error_message on;",
    "verify-ssl": "ssl_verify_client on;",
}


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


NUL_OK = b64("\0ok\0pw")
DIGEST = b64("ok " + "0" * 32)
LONG = "x" * 5000

ROWS: list[tuple[str, tuple[str, ...]]] = []


def row(port: str, *steps: str) -> None:
    ROWS.append((port, steps))


# --- IMAP ----------------------------------------------------------------------
for server in ("imap-off", "imap-on", "imap-only", "imap-all"):
    row(server, "a CAPABILITY\r\nb NOOP\r\nc LOGOUT\r\n")
    row(server, "a STARTTLS\r\n", "b NOOP\r\nc LOGOUT\r\n")
    row(server, "a LOGIN ok pw\r\n", "b LOGOUT\r\n")
row(
    "imap-on",
    "a STARTTLS\r\n",
    TLS,
    "b CAPABILITY\r\nc STARTTLS\r\nd LOGIN ok pw\r\n",
    "e LOGOUT\r\n",
)
row(
    "imap-only",
    "a STARTTLS\r\n",
    TLS,
    "b CAPABILITY\r\n",
    f"c AUTHENTICATE PLAIN {NUL_OK}\r\n",
    "x\r\n",
)
row("imap-on", "a STARTTLS\r\nb NOOP\r\n", TLS, "c NOOP\r\nd LOGOUT\r\n")
row("imap-on", "a STARTTLS\r\nb LOG", TLS, "IN ok pw\r\nd LOGOUT\r\n")
row("imap-on", "a STARTTLS\r\n", "b NOOP\r\n")
row("imap-on", "a STARTTLS\n", TLS, "d LOGOUT\n")
row("imap-on", "a  STARTTLS  \r\n", TLS, "d LOGOUT\r\n")
row("imap-ssl", TLS, "", "a CAPABILITY\r\nb STARTTLS\r\nc LOGIN ok pw\r\n", "d LOGOUT\r\n")
row("imap-verify", "a STARTTLS\r\n", TLS, "")
row("imap-verify", "a STARTTLS\r\n", CERTIFICATE, "b LOGIN ok pw\r\n", "c LOGOUT\r\n")
row("imap-verify-ssl", TLS, "")
row("imap-verify-ssl", CERTIFICATE, "", "a LOGIN ok pw\r\n", "c LOGOUT\r\n")
row("imap-optional", "a STARTTLS\r\n", CERTIFICATE, "b LOGIN ok pw\r\n", "c LOGOUT\r\n")
row("imap-optional", "a STARTTLS\r\n", TLS, "b LOGIN ok pw\r\n", "c LOGOUT\r\n")
row(
    "imap-only",
    "a login ok pw\r\nb AUTHENTICATE PLAIN\r\nc authenticate login\r\n"
    "d LOGIN {2+}\r\nok pw\r\ne LOGOUT\r\n",
)
for line in (
    'LOGIN ok "p w"',
    'LOGIN "o\\k" "p\\"w"',
    "LOGIN {2+}\r\nok {2+}\r\npw",
    "LOGIN ok",
    "LOGIN ok pw x",
    "LOGIN ok pw x y",
    'LOGIN "" pw',
    'LOGIN ok ""',
    'LOGIN ok"x pw',
    "LOGIN ok u{1}",
    "LOGIN ok p\\w",
    'LOGIN "ok""pw"',
    'LOGIN ok "pw',
    "login ok pw",
    "LOGIN other pw",
    "LOGIN no pw",
    "LOGIN empty pw",
    "LOGIN lower pw",
    "LOGIN nothing pw",
    "LOGIN badhost pw",
    "LOGIN badport pw",
    "LOGIN badname pw",
    "LOGIN refused pw",
    "LOGIN rejected pw",
    "LOGIN ok p%w",
    "LOGIN {3+}\r\no k {2+}\r\n\x01%",
    "LOGIN ok p\rw",
    "LOGIN\tok pw",
    "AUTHENTICATE",
    "AUTHENTICATE PLAIN",
    "AUTHENTICATE FOO",
    "AUTHENTICATE CRAM-MD5",
    f"AUTHENTICATE PLAIN {NUL_OK}",
    f"authenticate plain {NUL_OK} x",
    "AUTHENTICATE PLAIN =",
    f"AUTHENTICATE LOGIN {b64('ok')}",
    "FOO",
    "NOOP x y z",
    "NOOP x y z a",
    "NOOP {1+}\r\nx",
    "noop",
    "",
    "NO OP",
    "LOGIN ok {1}x",
    "FOO {3+}",
    "LOGIN {x} y",
    "CAPABILITY x",
    "LOGIN {0002+}\r\nok pw",
    "LOGIN {2+}\r\nok{2+}\r\npw",
    "LOGIN {2+}\r\nokXpw",
):
    row("imap-on", f"a {line}\r\n", "b NOOP\r\n", "c LOGOUT\r\n")
row("imap-on", "a LOGIN {2}\r\n", "ok {2}\r\n", "pw\r\n", "b LOGOUT\r\n")
row("imap-on", "a AUTHENTICATE PLAIN\r\n", f"{NUL_OK}\r\n", "b LOGOUT\r\n")
row("imap-on", "a AUTHENTICATE PLAIN\r\n", "*\r\n", "b NOOP\r\nc LOGOUT\r\n")
row("imap-on", "a AUTHENTICATE LOGIN\r\n", f"{b64('ok')}\r\n", f"{b64('pw')} x\r\n", "b LOGOUT\r\n")
row("imap-on", "a AUTHENTICATE LOGIN\r\n", f"{b64('ok')}\r\n", "b STARTTLS\r\n", "b LOGOUT\r\n")
row("imap-on", "a AUTHENTICATE EXTERNAL\r\nb LOGOUT\r\n")
row("imap-all", "a AUTHENTICATE CRAM-MD5\r\n", f"{b64('pass ' + '0' * 32)}\r\n", "b LOGOUT\r\n")
row("imap-all", "a AUTHENTICATE CRAM-MD5\r\n", f"{DIGEST}\r\n", "b LOGOUT\r\n")
row("imap-all", "a AUTHENTICATE EXTERNAL\r\n", f"{b64('pass')}\r\n", "b LOGOUT\r\n")
row("imap-on", "a LOGIN wait pw\r\nb NOOP\r\nc LOGOUT\r\n")
row("imap-on", "a LOGIN ok pw\r\nb NOOP\r\nc LOGOUT\r\n")
row("imap-on", "a\r\n", "\r\n", "*\r\n", "a X\r\n", "b Y\r\n", "c NOOP\r\n")
row("imap-on", "GET / HTTP/1.0\r\nHost: x\r\nA: b\r\nC: d\r\nE: f\r\nG: h\r\n")
row(
    "imap-on",
    f"{'t' * 32} NOOP\r\n",
    f"{'t' * 33} NOOP\r\n",
    "a*b NOOP\r\n",
    "a.b-c_d NOOP\r\n",
    "x LOGOUT\r\n",
)
row("imap-on", f"a NOOP {LONG}")
row("imap-on", LONG)
row("imap-small", f"a NOOP {'x' * 80}\r\n")
row("imap-small", "a X\r\n", "b X\r\n", "c NOOP\r\n")
row("imap-small", "a LOGIN rejected pw\r\n")
row("imap-small", "a LOGIN {100}\r\n", "x" * 100)
row("imap-on", "a NOOP\r\rb NOOP\r\nc LOGOUT\r\n")
row("imap-on", "a LOGIN \xe9\xff pw\r\n", "b LOGOUT\r\n")
# --- POP3 ----------------------------------------------------------------------
for server in ("pop3-off", "pop3-on", "pop3-only", "pop3-all"):
    row(server, "CAPA\r\nNOOP\r\nQUIT\r\n")
    row(server, "STLS\r\n", "NOOP\r\nQUIT\r\n")
    row(server, "USER ok\r\nPASS pw\r\n", "QUIT\r\n")
    row(server, "AUTH\r\nQUIT\r\n")
row("pop3-on", "STLS\r\n", TLS, "CAPA\r\nSTLS\r\n", "USER ok\r\nPASS p w \r\n", "STAT\r\nQUIT\r\n")
row("pop3-only", "APOP a b\r\nAUTH PLAIN\r\nuser x\r\nPASS y\r\nQUIT\r\n")
row("pop3-only", "STLS\r\n", TLS, "CAPA\r\n", f"AUTH PLAIN {NUL_OK}\r\n", "QUIT\r\n")
row("pop3-on", "STLS\r\nUSER x\r\n", TLS, "NOOP\r\nQUIT\r\n")
row("pop3-on", "STLS\r\nUS", TLS, "ER x\r\nQUIT\r\n")
row("pop3-on", "USER ok\r\nSTLS\r\nPASS pw\r\n", "STLS\r\n", TLS, "PASS pw\r\nQUIT\r\n")
row("pop3-on", "USER ok\r\nCAPA\r\nNOOP\r\nUSER x\r\nPASS pw\r\nQUIT\r\n")
row("pop3-on", "AUTH LOGIN\r\n", "STLS\r\n", "STLS\r\n", "QUIT\r\n")
row("pop3-ssl", TLS, "", "CAPA\r\nSTLS\r\nUSER ok\r\nPASS pw\r\n", "QUIT\r\n")
row("pop3-verify", "STLS\r\n", TLS, "")
row("pop3-verify", "STLS\r\n", CERTIFICATE, "USER ok\r\nPASS pw\r\n", "QUIT\r\n")
for line in (
    "USER",
    "USER  a b ",
    "PASS x",
    "STAT",
    "NOOP x",
    "NOOP a b c",
    "NOOP a b c d",
    "",
    " NOOP",
    "NO",
    "APOP a b",
    "AUTH FOO",
    "AUTH PLAIN",
    f"AUTH PLAIN {NUL_OK}",
    f"AUTH LOGIN {b64('ok')}",
    "AUTH CRAM-MD5",
    "QUITX",
    "QUIT x",
    "noop",
    "NOOP\r",
    "AUTH PLAIN !",
    f"AUTH PLAIN {b64('nonul')}",
):
    row("pop3-on", f"{line}\r\n", "NOOP\r\n", "QUIT\r\n")
for name in ("other", "no", "empty", "lower", "nothing", "rejected", "refused", "long"):
    row("pop3-on", f"USER {name}\r\nPASS pw\r\n", "QUIT\r\n")
row("pop3-on", "AUTH PLAIN\r\n", f"{NUL_OK}\r\n", "QUIT\r\n")
row("pop3-on", "AUTH LOGIN\r\n", f"{b64('ok')}\r\n", f"{b64('pw')}\r\n", "QUIT\r\n")
row("pop3-all", "APOP pass digest\r\n", "QUIT\r\n")
row("pop3-all", "APOP ok digest\r\n", "QUIT\r\n")
row("pop3-all", "AUTH EXTERNAL\r\n", f"{b64('pass')}\r\n", "QUIT\r\n")
row("pop3-on", "x" * 200)
row("pop3-on", f"NOOP {'x' * 121}\r\n", "QUIT\r\n")
row("pop3-on", f"NOOP {'x' * 122}\r\n", "QUIT\r\n")
row("pop3-on", "X\r\nX\r\nX\r\nX\r\nX\r\nNOOP\r\n")
row("pop3-on", "X\r\nX\r\nX\r\nX\r\n", "STLS\r\n", TLS, "X\r\n")
row("pop3-on", "USER wait\r\nPASS pw\r\nUSER ok\r\nPASS pw\r\n", "QUIT\r\n")
# --- SMTP ----------------------------------------------------------------------
for server in ("smtp-off", "smtp-on", "smtp-only", "smtp-all", "smtp-none"):
    row(server, "EHLO me\r\nHELO me\r\nNOOP\r\nRSET\r\nQUIT\r\n")
    row(server, "STARTTLS\r\n", "NOOP\r\nQUIT\r\n")
    row(server, f"AUTH PLAIN {NUL_OK}\r\n", "QUIT\r\n")
    row(server, "MAIL FROM:<a>\r\n", "RCPT TO:<b>\r\nDATA\r\nQUIT\r\n")
row(
    "smtp-on",
    "EHLO me\r\nSTARTTLS\r\n",
    TLS,
    "EHLO me\r\nSTARTTLS\r\n",
    f"AUTH PLAIN {NUL_OK}\r\n",
    "QUIT\r\n",
)
row("smtp-on", "EHLO me\r\nSTARTTLS\r\nEHLO evil\r\n", TLS, "NOOP\r\nQUIT\r\n")
row("smtp-on", "STARTTLS\r\nEHL", TLS, "O me\r\nQUIT\r\n")
row("smtp-on", "EHLO me\r\nSTARTTLS\r\n", TLS, f"AUTH PLAIN {NUL_OK}\r\n", "NOOP\r\nQUIT\r\n")
row("smtp-on", "HELO me\r\n", f"AUTH PLAIN {NUL_OK}\r\n", "MAIL FROM:<a>\r\nQUIT\r\n")
row("smtp-only", "auth plain\r\nAUTH\r\nAUTH LOGIN x\r\nQUIT\r\n")
row("smtp-ssl", TLS, "", "EHLO me\r\nSTARTTLS\r\n", f"AUTH PLAIN {NUL_OK}\r\n", "QUIT\r\n")
row("smtp-verify", "STARTTLS\r\n", TLS, "")
row("smtp-verify", "STARTTLS\r\n", CERTIFICATE, f"AUTH PLAIN {NUL_OK}\r\n", "QUIT\r\n")
for line in (
    "EHLO",
    "EHLO a b",
    "HELO",
    "AUTH",
    "AUTH FOO",
    "AUTH PLAIN",
    "AUTH PLAIN =",
    "AUTH LOGIN a b",
    "VRFY x",
    "EXPN x",
    "HELP",
    "DATA",
    "FOO",
    "",
    " NOOP",
    "NOOP x",
    "MAIL",
    "RCPT TO:<x>",
    "MAIL FROM:<a>",
    "quit",
    "NOOP a b c d e f g h i j k",
    "NOOP a b c d e f g h i j k l",
    "AUTH CRAM-MD5",
    "STARTTLSX",
    "NOOP\rX",
):
    row("smtp-on", f"{line}\r\n", "NOOP\r\n", "QUIT\r\n")
for name in ("other", "no", "code", "empty", "lower", "nothing", "rejected", "refused"):
    row("smtp-on", f"AUTH PLAIN {b64(chr(0) + name + chr(0) + 'pw')}\r\n", "QUIT\r\n")
row("smtp-on", "AUTH LOGIN\r\n", f"{b64('ok')}\r\n", f"{b64('pw')}\r\n", "QUIT\r\n")
row("smtp-on", "AUTH LOGIN\r\n", "STARTTLS\r\n", f"{b64('pw')}\r\n", "QUIT\r\n")
row("smtp-on", f"AUTH LOGIN {b64('ok')}\r\n", f"{b64('pw')}\r\n", "QUIT\r\n")
row("smtp-auth", "EHLO me\r\n", f"AUTH PLAIN {NUL_OK}\r\n", "QUIT\r\n")
row("smtp-all", "EHLO me\r\nAUTH CRAM-MD5\r\n", f"{DIGEST}\r\n", "QUIT\r\n")
row("smtp-all", f"AUTH EXTERNAL {b64('ok')}\r\n", "QUIT\r\n")
row("smtp-none", "EHLO me\r\nMAIL FROM:<a> SIZE=1  \r\n", "RCPT  TO:<ok>\r\n", "DATA\r\nQUIT\r\n")
row(
    "smtp-none",
    "HELO me\r\nRCPT TO:<x>\r\nMAIL\r\nMAIL FROM:<a>\r\nMAIL FROM:<b>\r\n"
    "RCPT\r\nRSET\r\nRCPT TO:<x>\r\nQUIT\r\n",
)
row("smtp-none", "EHLO me\r\nMAIL FROM:<a>\r\nRCPT TO:<no>\r\nQUIT\r\n")
row(
    "smtp-none",
    "EHLO me\r\nMAIL FROM:<a>\r\nSTARTTLS\r\n",
    TLS,
    "RCPT TO:<ok>\r\nMAIL FROM:<b>\r\nRCPT TO:<ok>\r\n",
    "QUIT\r\n",
)
row("smtp-on", LONG)
row("smtp-none", "EHLO me\r\nMAIL FROM:<a>\r\nHELO me\r\nRCPT TO:<ok>\r\n", "QUIT\r\n")
row("smtp-none", "MAIL FROM:<a>\r\nEHLO\r\nRCPT TO:<ok>\r\n", "DATA\r\nQUIT\r\n")
row("smtp-none", "MAIL FROM:<a>\r\nRCPT TO:<wait>\r\n", "RCPT TO:<ok>\r\n", "QUIT\r\n")
row("smtp-on", "AUTH PLAIN\r\n", " AG9rAHB3\r\n", "QUIT\r\n")
row("smtp-on", "AUTH LOGIN\r\n", "a b c d e f g h i j k l m\r\n", "QUIT\r\n")
row("smtp-on", "AUTH LOGIN\r\n", "\r\n", "\r\n", "QUIT\r\n")
row("imap-on", "a AUTHENTICATE PLAIN\r\n", "x y z w v\r\n", "b LOGOUT\r\n")
row("imap-on", "a AUTHENTICATE PLAIN\r\n", "x\ry\r\n", "b LOGOUT\r\n")
row("imap-on", "a NOOP\r\nb LOGIN {3000}\r\n", "x" * 2999, "y {2000+}\r\n" + "z" * 2000)
row("pop3-on", "AUTH PLAIN\r\n", "x" * 200 + "\r\n", "QUIT\r\n")
row("smtp-verify", "STARTTLS\r\nNOOP\r\n", CERTIFICATE, "NOOP\r\nQUIT\r\n")
row("smtp-on", "X\r\nX\r\nX\r\nX\r\nX\r\nNOOP\r\n")

DIFFERENCES: dict[tuple[str, tuple[str, ...]], str] = {}


def differs(reason: str, port: str, *steps: str) -> None:
    row(port, *steps)
    DIFFERENCES[port, steps] = reason


BEHIND_MAIL = "nginx loses the commands that are pipelined behind a refused MAIL"
for server in ("smtp-off", "smtp-on", "smtp-only", "smtp-all"):
    differs(BEHIND_MAIL, server, "MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\nQUIT\r\n")

SOLICITS = (
    "under `only` nginx invites the literal of a LOGIN that it will refuse: a secret in clear"
)
differs(SOLICITS, "imap-only", "a LOGIN {2}\r\n", "b LOGOUT\r\n")

NOT_ENFORCED = "nginx lets mail without a login past `starttls only`; the page requires TLS first"
differs(NOT_ENFORCED, "smtp-none-only", "EHLO me\r\nMAIL FROM:<a>\r\nQUIT\r\n")

NOT_ENABLED = "nginx takes EXTERNAL with an initial response where it is not enabled"
differs(NOT_ENABLED, "imap-on", f"a AUTHENTICATE EXTERNAL {b64('pass')}\r\n", "b LOGOUT\r\n")
differs(NOT_ENABLED, "smtp-on", f"AUTH EXTERNAL {b64('ok')}\r\n", "QUIT\r\n")

UNTAGGED = "every IMAP reply has a tag or `*`; nginx's has none where the tag is empty or forgotten"
differs(UNTAGGED, "imap-on", " NOOP\r\n", "b LOGOUT\r\n")
differs(UNTAGGED, "imap-on", "a AUTHENTICATE LOGIN\r\n", "!\r\n", "b LOGOUT\r\n")

STICKY = "after an unterminated quote nginx parses the next command as if the quote were still open"
differs(STICKY, "imap-on", 'a LOGIN ok x "y\r\n', "b LOGIN ok pw\r\n", "c LOGOUT\r\n")

EMPTY_LITERAL = "nginx takes the line end behind `{0}` for its contents"
differs(EMPTY_LITERAL, "imap-on", "a LOGIN {2+}\r\nok {0+}\r\n\r\n", "b LOGOUT\r\n")

SEGMENTS = "the limit holds for each command; nginx's for all that came in one segment"
differs(SEGMENTS, "pop3-on", f"NOOP {'x' * 40}\r\n" * 6, "QUIT\r\n")
differs(SEGMENTS, "pop3-on", f"STLS\r\n{'x' * 300}\r\n", TLS, "QUIT\r\n")

INJECTED = "a line end in a name becomes a command at nginx's POP3 back end"
differs(
    INJECTED,
    "pop3-on",
    f"AUTH PLAIN {b64(chr(0) + 'a' + chr(13) + chr(10) + 'b' + chr(0) + 'p')}\r\n",
)

XTEXT = "a name goes to XCLIENT as xtext, since nginx 1.29.2; in 1.22 as it is"
differs(XTEXT, "smtp-on", f"AUTH PLAIN {b64(chr(0) + 'a=b' + chr(0) + 'pw')}\r\n", "QUIT\r\n")

ARGUMENT = "nginx takes STARTTLS with an argument; RFC 3207 (4) and the grammars have none"
differs(ARGUMENT, "imap-on", "a NOOP\r\nb starttls now please\r\n", "d LOGOUT\r\n")
differs(ARGUMENT, "pop3-on", "stls x\r\n", "QUIT\r\n")
differs(ARGUMENT, "smtp-on", "starttls x\r\n", "QUIT\r\n")
