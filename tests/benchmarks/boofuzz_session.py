"""Fuzzes one listener by boofuzz, in an environment that has it: PROTOCOL HOST PORT SECONDS MODE.

MODE `own` has what boofuzz notices by itself: that the target is gone, or resets a
connection. `probe` adds what anybody would try next: behind each upgrade that was
granted, shake hands on the same connection, say a command, and call every other
reply than that command's a failure. More arguments are failures to overlook, since
a target without faults shows them, too. Prints JSON: the failures, each with the
seconds and cases before it, until the first one unless MODE ends in `-all`.
"""

import contextlib
import json
import os
import re
import socket
import ssl
import sys
import time

import boofuzz

# What is asked in clear, before the upgrade or without it: each line in words and what joins them.
COMMANDS = {
    "imap": {
        "capability": "a1 CAPABILITY",
        "noop": "a2 NOOP",
        "login": "a3 LOGIN waxseal waxseal",
        "authenticate": "a4 AUTHENTICATE PLAIN",
    },
    "pop3": {"capa": "CAPA", "noop": "NOOP", "user": "USER waxseal", "auth": "AUTH PLAIN"},
    "smtp": {
        "ehlo": "EHLO waxseal.example",
        "noop": "NOOP",
        "mail": "MAIL FROM:<a@waxseal.example>",
        "auth": "AUTH PLAIN",
    },
}
UPGRADE = {"imap": "a9 STARTTLS", "pop3": "STLS", "smtp": "STARTTLS"}
TAIL = {"imap": "b1 NOOP\r\n", "pop3": "NOOP\r\n", "smtp": "NOOP\r\n"}
GRANTED = {"imap": rb"a9 OK", "pop3": rb"\+OK", "smtp": rb"220"}
# Nothing else than this one command can be answered like that.
PROBE = {
    "imap": (b"p1 NOOP\r\n", rb"p1 OK[^\r\n]*\r\n"),
    "pop3": (b"CAPA\r\n", rb"\+OK[^\r\n]*\r\n(?:[^.\r\n][^\r\n]*\r\n)*\.\r\n"),
    "smtp": (b"EHLO p1.example\r\n", rb"(?:250-[^\r\n]*\r\n)*250 [^\r\n]*\r\n"),
}
PATIENCE = 0.25


class Watch(boofuzz.IFuzzLogger):
    """Notes every failure that boofuzz tells of, and ends it all where that is asked for."""

    def __init__(self, seconds, overlooked, everything):
        self.began = time.monotonic()
        self.seconds, self.overlooked, self.everything = seconds, overlooked, everything
        self.cases, self.failures = 0, {}

    def spent(self):
        return round(time.monotonic() - self.began, 2)

    def failed(self, what):
        what = re.sub(r"\d+", "N", what)[:80]
        if what not in self.overlooked:
            self.failures.setdefault(what, [self.spent(), self.cases])
            if not self.everything:
                self.tell()

    def tell(self):
        done = {"cases": self.cases, "seconds": self.spent(), "failures": self.failures}
        print(json.dumps(done), flush=True)
        os._exit(0)

    def open_test_case(self, test_case_id, name, index, *args, **kwargs):
        if self.spent() >= self.seconds:
            self.tell()
        self.cases += 1

    def log_fail(self, description=""):
        self.failed(description)

    def log_error(self, description):
        self.failed(description)

    def log_info(self, description):
        if description == boofuzz.constants.WARN_CONN_FAILED_TERMINAL:
            self.failed("target down")
            self.tell()

    def nothing(self, *args, **kwargs):
        pass

    open_test_step = log_send = log_recv = log_check = log_pass = nothing
    close_test_case = close_test = nothing


def line(name, words, *more):
    """A request of a line whose words are fuzzed, and what joins them as well."""
    parts = []
    for at, word in enumerate(words.split(" ")):
        parts += [boofuzz.Delim(name=f"join{at}", default_value=" ")] if at else []
        parts.append(boofuzz.String(name=f"word{at}", default_value=word))
    return boofuzz.Request(
        name, children=(*parts, boofuzz.Delim(name="end", default_value="\r\n"), *more)
    )


def connect(session, protocol):
    """The graph: every command alone, the upgrade alone, and each command before the upgrade."""
    tail = boofuzz.String(name="tail", default_value=TAIL[protocol])
    upgrade = line("upgrade", UPGRADE[protocol], tail)
    session.connect(upgrade)
    for name, words in COMMANDS[protocol].items():
        command = line(name, words)
        session.connect(command)
        session.connect(command, upgrade)


def banner(target, fuzz_data_logger, session, *args, **kwargs):
    target.recv()


def probe(protocol):
    """The TLS probe, as a callback after each case."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    command, wanted = PROBE[protocol]

    def callback(target, fuzz_data_logger, session, *args, **kwargs):
        if not re.search(GRANTED[protocol], session.last_recv or b""):
            return
        raw = target._target_connection._sock
        copy = socket.socket(fileno=os.dup(raw.fileno()))
        copy.settimeout(1.0)
        try:
            sock = context.wrap_socket(copy)
        except OSError:
            return  # what was said behind the upgrade may be taken for TLS
        heard = b""
        with sock, contextlib.suppress(OSError):
            sock.sendall(command)
            sock.settimeout(PATIENCE)
            while data := sock.recv(65536):
                heard += data
                if re.fullmatch(wanted, heard):
                    sock.settimeout(0.02)
        if heard and not re.fullmatch(wanted, heard):
            fuzz_data_logger.log_fail("inside TLS, another reply than the probe's")

    return callback


def main():
    protocol, host, port, seconds, mode, *overlooked = sys.argv[1:]
    watch = Watch(float(seconds), overlooked, mode.endswith("-all"))
    session = boofuzz.Session(
        target=boofuzz.Target(boofuzz.TCPSocketConnection(host, int(port), PATIENCE * 4, PATIENCE)),
        fuzz_loggers=[watch],
        receive_data_after_fuzz=True,
        pre_send_callbacks=[banner],
        post_test_case_callbacks=[probe(protocol)] if mode.startswith("probe") else [],
        restart_sleep_time=0,
        # A node on which something was found is not to be left, as it would be.
        crash_threshold_request=10**9,
        crash_threshold_element=10**9,
        web_port=None,
        keep_web_open=False,
    )
    connect(session, protocol)
    watch.began = time.monotonic()
    session.fuzz()
    watch.tell()


if __name__ == "__main__":
    main()
