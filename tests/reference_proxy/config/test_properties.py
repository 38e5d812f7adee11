"""Whatever the text, it is judged; and a good configuration with one slip is judged as by nginx."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reference_proxy.config.directives import DIRECTIVES
from reference_proxy.config.errors import ConfigError
from reference_proxy.config.loader import load
from tests.reference_proxy.config import oracle, paper

GOOD = """
pid DIR/pid ; worker_processes 1 ; error_log DIR/log info ;
events { worker_connections 64 ; multi_accept on ; }
mail {
    auth_http 127.0.0.1:9/auth ; timeout 30s ; max_errors 3 ; server_name mx.example.org ;
    imap_auth plain login ; imap_capabilities IMAP4rev1 UIDPLUS ; proxy_buffer 8k ;
    ssl_certificate cert.pem ; ssl_certificate_key key.pem ; ssl_protocols TLSv1.2 ;
    server { listen 127.0.77.1:9931 ; protocol imap ; starttls on ; "timeout" '1m 5s' ; }
    server { listen 127.0.77.1:9932-9933 ssl backlog=5 ; protocol pop3 ; xclient off ; }
    server {
        listen unix:DIR/fuzz ; listen [::1]:9934 ipv6only=on ; protocol smtp ; # a comment
        smtp_auth none ; smtp_greeting_delay 3s ; ssl_verify_client optional_no_ca ;
    }
}
"""
TOKENS = re.findall(r"#[^\n]*\n|'[^']*'|\S+|\n", GOOD)
POSITIONS = st.integers(0, len(TOKENS) - 1)
SLIPS = st.tuples(
    st.sampled_from(["delete", "double", "swap", "copy", "glue", "quote", "cut", "again", "omit"]),
    POSITIONS,
    POSITIONS,
)

# What names no line: it is about the whole, or a file's contents.
PLACELESS = ("no ssl_client_certificate for ssl_verify_client", "pread() ")

WORDS = st.one_of(
    st.sampled_from([*DIRECTIVES, "on", "off", "1", "5s", "127.0.0.1:9", "ssl", '"a b"', "''"]),
    st.sampled_from([";", "; ", " ", "\n", "{", "}", '"', "'", "\\", "$", "#", "\0"]),
    st.text(max_size=4),
    st.binary(max_size=4),
)


@given(st.sampled_from(["", "mail {", "mail { server {"]), st.lists(WORDS, max_size=30))
def test_any_text_is_read_or_refused_with_its_line(start: str, parts: list[str | bytes]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        text = b"".join(part if isinstance(part, bytes) else part.encode() for part in parts)
        (Path(directory) / "nginx.conf").write_bytes(b"events {} %s %s" % (start.encode(), text))
        try:
            load("nginx.conf", directory)
        except ConfigError as error:
            refusal = str(error)
            assert re.search(r" in [^\n]+:\d+$", refusal) or refusal.startswith(PLACELESS)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("slips")
    paper.write(directory)
    return directory


def slipped(tokens: list[str], slip: tuple[str, int, int]) -> list[str]:
    kind, at, other = slip
    end = tokens.index(";", at) + 1 if ";" in tokens[at:] else len(tokens)
    start = next((n for n in range(at, 0, -1) if tokens[n - 1] in (";", "{", "}")), 0)
    match kind:
        case "delete":
            return tokens[:at] + tokens[at + 1 :]
        case "double":
            return [*tokens[:at], tokens[at], *tokens[at:]]
        case "swap":
            tokens = list(tokens)
            tokens[at], tokens[other] = tokens[other], tokens[at]
            return tokens
        case "copy":
            return [*tokens[:at], tokens[other], *tokens[at:]]
        case "glue":
            return [*tokens[:at], "".join(tokens[at : at + 2]), *tokens[at + 2 :]]
        case "again":  # a whole statement
            return [*tokens[:end], *tokens[start:]]
        case "omit":
            return tokens[:start] + tokens[end:]
        case "quote":
            return [*tokens[:at], '"', *tokens[at:]]
    return tokens[:at]


def test_the_good_one_is_good(directory: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    words = oracle.arguments(oracle.place(" ".join(TOKENS).encode(), directory))
    assert oracle.in_process(words, capfdbinary).status == 0


@pytest.mark.skipif(
    not (shutil.which("nginx") and oracle.MODULE.exists()), reason="no nginx with its mail module"
)
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(slip=SLIPS)
def test_a_slip_is_judged_as_by_nginx(
    slip: tuple[str, int, int], directory: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    text = " ".join(slipped(TOKENS, slip)).encode()
    words = oracle.arguments(oracle.place(text, directory))
    theirs = oracle.run(oracle.NGINX, words, directory)
    assert oracle.in_process(words, capfdbinary, theirs.pid) == theirs
