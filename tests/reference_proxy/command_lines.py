"""Command lines, good and bad, for nginx and the reference: each is run in FILES' directory.

`-e e.log` is in most of them: without it Debian's nginx has its log on standard error.
"""

from __future__ import annotations

_SERVER = "mail { auth_http 127.0.0.1:9; server { protocol imap; listen %s; %s } }"
# Nobody's address: binding it fails after the logs are open.
_NOT_OURS = _SERVER % ("192.0.2.1:99", "")

FILES = {
    "nginx.conf": "pid pid; events {}\n",
    "sub/x.conf": "pid pid; events {}\ninclude part;\ninclude part;\ninclude [p]art;\n",
    "sub/part": "# part\n",
    "bad.conf": "pid pid; events {}\nnosuch;\n",
    "no-newline.conf": "pid pid; events {}",
    "crlf.conf": "pid pid;\r\nevents {}\r\n",
    "empty.conf": "",
    "own-log.conf": "pid pid; events {} error_log own.log; " + _NOT_OURS,
    "own-log-emerg.conf": "pid pid; events {} error_log own.log emerg;"
    "worker_processes 3; worker_cpu_affinity 01 10; " + _NOT_OURS,
    "two-logs.conf": "pid pid; events {} error_log own.log crit; error_log e.log; " + _NOT_OURS,
    "stderr-log.conf": "pid pid; events {} error_log stderr; " + _NOT_OURS,
    "stderr-and-file.conf": "pid pid; events {} error_log stderr alert; error_log own.log; "
    + _NOT_OURS,
    "no-log.conf": "pid pid; events {} error_log none/log; ",
    "inner-log.conf": "pid pid; events {} mail { error_log none/log; }",
    "warning.conf": "pid pid; events {} " + _SERVER % ("127.0.77.1:9931", "ssl off;"),
    "many-connections.conf": "pid pid; events { worker_connections 99999999; }",
    "no-pid.conf": "pid none/pid; events {}",
    "pid-word.conf": "pid pid.word; events {}",
    "pid.word": "x\n",
    "pid-empty.conf": "pid pid.empty; events {}",
    "pid.empty": "",
    "pid-huge.conf": "pid pid.huge; events {}",
    "pid.huge": "4" * 30,
    "pid-negative.conf": "pid pid.negative; events {}",
    "pid.negative": "-5",
    "pid-blank.conf": "pid pid.blank; events {}",
    "pid.blank": " 5",
    "pid-dead.conf": "pid pid.dead; events {}",
    "pid.dead": "4194305\n",
    "pid-crlf.conf": "pid pid.crlf; events {}",
    "pid.crlf": "4194305\r\n\n",
    "pid-directory.conf": "pid sub; events {}",
    "globals": "daemon off;\n",
}

PLAIN = (
    [""],
    ["-x"],
    ["-tx"],
    ["test"],
    ["--"],
    ["--help"],
    ["-é"],
    ["-t", "é"],
    *(["-" + letter] for letter in "cegps"),
    ["-tc"],
    ["-t", "-c"],
    ["-s", "start"],
    ["-s", ""],
    ["-sstart"],
    ["-s", "start", "-x"],
    ["-x", "-s", "start"],
    ["-s", "stop", "-x"],
    ["-s", "STOP"],
    ["-tT", "-q", "-x"],
    ["-v"],
    ["-qv"],
    ["-v", "-v"],
    ["-v", "-x"],
    ["-vs", "reload"],
)

PREFIX = (
    ["-t", "-p", ".", "-c", "nginx.conf"],
    ["-t", "-p", "./", "-c", "bad.conf"],
    ["-t", "-p.", "-cbad.conf"],
    ["-t", "-p", "sub", "-c", "x.conf"],
    ["-t", "-p", "sub/", "-c", "../bad.conf"],
    ["-t", "-p", "sub//", "-c", "../bad.conf"],
    ["-t", "-p", "", "-c", "bad.conf"],
    ["-t", "-p", "nosuch", "-c", "x.conf"],
    ["-t", "-c", "DIR/bad.conf"],
    ["-t", "-p", "nosuch", "-c", "DIR/bad.conf"],
    ["-T", "-p", "sub", "-c", "x.conf"],
)

TESTS = (
    ["-t", "-c", "nginx.conf"],
    ["-c", "nginx.conf", "-t"],
    ["-tc", "nginx.conf"],
    ["-tcnginx.conf"],
    ["-t", "-c", ""],
    ["-t", "-c", "nosuch"],
    ["-t", "-c", "sub"],
    ["-t", "-c", "nginx.conf/"],
    ["-t", "-c", "bad.conf", "-c", "nginx.conf"],
    ["-t", "-c", "empty.conf"],
    ["-tq", "-c", "empty.conf"],
    ["-tq", "-c", "nginx.conf"],
    ["-q", "-t", "-c", "bad.conf"],
    ["-tq", "-c", "warning.conf"],
    ["-t", "-c", "warning.conf"],
    ["-t", "-c", "many-connections.conf"],
    ["-t", "-c", "no-pid.conf"],
    ["-t", "-c", "pid-directory.conf"],
    ["-vt", "-c", "nginx.conf"],
    ["-vt", "-c", "bad.conf"],
    ["-T", "-c", "nginx.conf"],
    ["-T", "-c", "sub/x.conf"],
    ["-Tq", "-c", "sub/x.conf"],
    ["-tT", "-c", "no-newline.conf"],
    ["-T", "-c", "crlf.conf"],
    ["-T", "-c", "bad.conf"],
    ["-T", "-c", "warning.conf"],
    ["-T", "-c", "empty.conf"],
    ["-T", "-c", "no-pid.conf"],
    ["-t", "-s", "stop", "-c", "nginx.conf"],
    ["-t", "-s", "stop", "-c", "no-pid.conf"],
)

LOGS = (
    ["-t", "-c", "own-log.conf"],
    ["-t", "-c", "own-log-emerg.conf"],
    ["-t", "-c", "two-logs.conf"],
    ["-t", "-c", "stderr-log.conf"],
    ["-t", "-c", "stderr-and-file.conf"],
    ["-t", "-c", "no-log.conf"],
    ["-t", "-c", "inner-log.conf"],
    ["-t", "-c", "bad.conf", "-e", "stderr"],
    ["-t", "-c", "bad.conf", "-e", ""],
    ["-t", "-c", "warning.conf", "-e", "stderr"],
    ["-t", "-c", "own-log.conf", "-e", "stderr"],
    ["-t", "-c", "bad.conf", "-e", "none/e.log"],
    ["-t", "-c", "nginx.conf", "-e", "none/e.log"],
    ["-t", "-c", "nginx.conf", "-e", "sub"],
    ["-t", "-c", "bad.conf", "-e", "DIR/own.log"],
    ["-t", "-c", "bad.conf", "-eown.log"],
)

_GLOBALS = (
    *("daemon off;", "daemon off", "daemon x;", "nosuch;", "", " ", "# c", "pid x;", ";"),
    *("'daemon off;", "include nosuch;", "include bad.conf;", "include globals;", "}"),
    *("events {}", "mail {", "daemon off; daemon on;", "daemon off;\n nosuch y;", "é;"),
    *("x" * 5000, "x" * 5000 + ";", "error_log memory:2098;", "user nosuch;", '"a"b'),
    *("worker_connections 5;", "load_module nosuch", "daemon off; # x", "\\", "$"),
)
GLOBALS = (
    *(["-t", "-c", "nginx.conf", "-g", text] for text in _GLOBALS),
    ["-t", "-c", "nginx.conf", "-g", "daemon x;", "-g", "daemon off;"],
    ["-t", "-c", "nginx.conf", "-gdaemon off;"],
    ["-t", "-c", "bad.conf", "-g", "daemon off;"],
)

SIGNALS = (
    *(["-s", word, "-c", "pid-dead.conf"] for word in ("stop", "quit", "reopen", "reload")),
    *(
        ["-s", "quit", "-c", f"pid-{name}.conf"]
        for name in ("word", "empty", "huge", "negative", "blank", "crlf", "directory")
    ),
    ["-sstop", "-c", "no-pid.conf"],
    ["-s", "stop", "-c", "bad.conf"],
    ["-s", "stop", "-c", "empty.conf"],
    ["-s", "stop", "-c", "warning.conf"],
    ["-s", "stop", "-c", "own-log.conf"],
    ["-s", "stop", "-c", "nginx.conf", "-e", "stderr"],
    ["-s", "stop", "-q", "-c", "no-pid.conf", "-s", "quit"],
)
