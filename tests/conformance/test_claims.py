import shutil
import subprocess
from pathlib import Path

import pytest

from conformance.claims import ClaimsError, parse_claims, read_claims
from conformance.harness.endpoint import Endpoint, Protocol, Way
from conformance.harness.fixtures import fixture

IMAP = "listen 127.0.0.1:29143; protocol imap;"
MODULE = Path("/usr/lib/nginx/modules/ngx_mail_module.so")


def written(directory, mail, around="%s", name="nginx.conf"):
    path = directory / name
    path.write_text(around % f"mail {{\nauth_http 127.0.0.1:1;\n{mail}\n}}\n")
    return path


def listeners(directory, mail, around="%s", extra=()):
    return read_claims(written(directory, mail, around), extra)


def server(directory, inside, general=""):
    (listener,) = listeners(directory, f"{general} server {{ {IMAP} {inside} }}")
    return listener


@pytest.mark.parametrize(
    ("listen", "host", "port"),
    [
        ("993", "127.0.0.1", 993),
        ("*:993", "127.0.0.1", 993),
        ("0.0.0.0:993 ssl", "127.0.0.1", 993),
        ("192.0.2.1:143", "192.0.2.1", 143),
        ("[::]:143 ipv6only=on", "::1", 143),
        ("[2001:db8::1]:993 ssl", "2001:db8::1", 993),
        ("mail.example.org:25 so_keepalive=on", "mail.example.org", 25),
        ('"127.0.0.1:110"', "127.0.0.1", 110),
    ],
)
def test_addresses(tmp_path, listen, host, port):
    (listener,) = listeners(tmp_path, f"server {{ listen {listen}; }}")
    assert (listener.endpoint.host, listener.endpoint.port) == (host, port)


@pytest.mark.parametrize(
    ("inside", "endpoints"),
    [
        ("listen unix:/run/mail.sock; listen 143;", [("imap", 143, "none")]),
        (
            "listen 10143-10145; protocol imap;",
            [("imap", p, "none") for p in (10143, 10144, 10145)],
        ),
        ("listen 110; listen 995 ssl;", [("pop3", 110, "none"), ("pop3", 995, "implicit")]),
        (
            "listen 25; listen 465 ssl; starttls on;",
            [("smtp", 25, "starttls"), ("smtp", 465, "implicit")],
        ),
        ("listen 29143; listen 995; listen 25;", [("pop3", p, "none") for p in (29143, 995, 25)]),
        ("listen 143; protocol smtp; starttls ONLY;", [("smtp", 143, "starttls")]),
        ("listen 143; ssl on;", [("imap", 143, "implicit")]),
    ],
)
def test_listeners_of_a_server(tmp_path, inside, endpoints):
    found = [x.endpoint for x in listeners(tmp_path, f"server {{ {inside} }}")]
    assert [(e.protocol.value, e.port, e.way.value) for e in found] == endpoints


@pytest.mark.parametrize(
    ("general", "inside", "directive", "values"),
    [
        ("", "", "ssl_protocols", ("TLSv1", "TLSv1.1", "TLSv1.2")),
        ("", "", "ssl_ciphers", ("HIGH:!aNULL:!MD5",)),
        ("", "", "ssl_crl", ()),
        ("ssl_protocols TLSv1.2;", "", "ssl_protocols", ("TLSv1.2",)),
        ("ssl_protocols TLSv1.2;", "ssl_protocols TLSv1.3;", "ssl_protocols", ("TLSv1.3",)),
        ("", "ssl_protocols tlsv1.3 TLSV1.2; ssl_protocols TLSv1.3 SSLv3;", "ssl_protocols",
         ("TLSv1.3", "TLSv1.2", "SSLv3")),
        ("imap_capabilities A;", "imap_capabilities B; imap_capabilities C;", "imap_capabilities",
         ("B", "C")),
        ("", "ssl_verify_client Optional_No_CA;", "ssl_verify_client", ("optional_no_ca",)),
        ("", "ssl_prefer_server_ciphers ON;", "ssl_prefer_server_ciphers", ("on",)),
        ("", "ssl_ciphers 'A:!B';  # why\n", "ssl_ciphers", ("A:!B",)),
        ("ssl_dhparam dh.pem;", 'ssl_dhparam "";', "ssl_dhparam", ()),
        ("", "ssl_certificate_key engine:a:b;", "ssl_certificate_key", ("engine:a:b",)),
        ("", "ssl_certificate data:-----BEGIN;", "ssl_certificate", ("data:-----BEGIN",)),
        ("", "ssl_crl /etc/crl.pem;", "ssl_crl", ("/etc/crl.pem",)),
        ("", "protocol pop3;", "protocol", ("pop3",)),
        ("", "auth_http a:1; auth_http b:2;", "auth_http", ("b:2",)),
    ],
)  # fmt: skip
def test_values(tmp_path, general, inside, directive, values):
    assert server(tmp_path, inside, general).values(directive) == values


def test_an_inherited_list_is_replaced_whole(tmp_path):
    general = "ssl_certificate a.pem; ssl_certificate b.pem;"
    assert server(tmp_path, "ssl_certificate c.pem;", general).files("ssl_certificate") == (
        tmp_path / "c.pem",
    )
    assert len(server(tmp_path, "", general).files("ssl_certificate")) == 2


def test_what_stands_around_mail_is_passed_over(tmp_path):
    around = 'events {}\ninclude /nowhere/*.conf;\ninclude missing;\nhttp { frobnicate "}"; }\n%s'
    assert len(listeners(tmp_path, f"server {{ {IMAP} }}", around)) == 1


def test_a_module_of_somebody_else_may_bring_directives(tmp_path):
    inside = f"server {{ {IMAP} frobnicate; frobnicate on {{ a; }} }}"
    for module in ("ngx_mail_frob_module.so", "modules/frob.so"):
        (listener,) = listeners(tmp_path, inside, f"load_module {module};\n%s")
        assert not listener.knows("frobnicate")
    with pytest.raises(ClaimsError, match=r'"ssl_crls" in mail \{\}: correct it, as "ssl_crl"'):
        listeners(tmp_path, f"server {{ {IMAP} ssl_crls x; }}", "load_module frob.so;\n%s")
    for module in ("ngx_mail_module.so", "ngx_http_frob_module.so", "ngx_stream_frob_module.so"):
        with pytest.raises(ClaimsError, match="unknown directive"):
            listeners(tmp_path, inside, f"load_module {module};\n%s")


def test_the_mail_block_of_a_file_that_is_not_here_is_named(tmp_path):
    path = tmp_path / "nginx.conf"
    path.write_text("events {}\ninclude /nowhere/mail.conf;\n")
    with pytest.raises(
        ClaimsError, match=r"no mail \{\} block .* that /nowhere/mail.conf includes"
    ):
        read_claims(path)


OTHERS = """
user nobody; env TZ; env A=b; pcre_jit on;
http {
    map $host $x { default "a}"; ~*^(\\w+)\\. $1; }
    log_format x '$remote_addr "$request" ' '{"a":"$b"}';
    server { location / { content_by_lua_block { local s = "}" if x then f('it"s') end } } }
}
stream { server { listen 9993 ssl; proxy_pass $name; } }
rtmp { server { listen 1935; } }
%s
"""


def test_quoting_comments_and_the_blocks_of_others(tmp_path):
    mail = f"""server {{ {IMAP}  # a comment; with }} and "
        auth_http_header X-Key "a;b}}#c"; imap_capabilities "IMAP4" 'QUOTA X' UID\\ PLUS;\r
        ssl_certificate ${{prefix}}/a.pem; server_name 'mail.test'; }}"""
    (listener,) = listeners(tmp_path, mail, OTHERS)
    assert listener.name == "mail.test"
    assert listener.values("auth_http_header") == ("X-Key", "a;b}#c")
    assert listener.files("ssl_certificate") == (tmp_path / "${prefix}/a.pem",)


def test_includes_at_every_level(tmp_path):
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d/b.conf").write_text("server { include listen.inc; protocol imap; }")
    (tmp_path / "conf.d/a.conf").write_text("ssl_protocols TLSv1.3; include conf.d/b.conf;")
    (tmp_path / "listen.inc").write_text("listen 29143;")
    mail = written(tmp_path, "include conf.d/a*.conf; include conf.d/none*.conf;", name="mail.inc")
    (tmp_path / "nginx.conf").write_text(f"include {mail.name};")
    (listener,) = read_claims(tmp_path / "nginx.conf")
    assert listener.versions == ("TLSv1.3",)
    assert listener.where == f"{tmp_path}/conf.d/b.conf:1"


def test_names(tmp_path):
    named = "server_name x; protocol imap;"
    found = listeners(
        tmp_path,
        f"server {{ {named} listen 1143; listen 1144; listen 192.0.2.1:1144; listen [::]:1144; }}"
        "server { listen 993; } server { server_name x; protocol imap; listen 1145; }",
    )
    assert [x.name for x in found] == [
        "x", "x:1144", "x:192.0.2.1:1144", "x:[::1]:1144", "imap-993", "x:1145",
    ]  # fmt: skip


def test_names_where_a_wildcard_hides_an_address(tmp_path):
    found = listeners(
        tmp_path, "server { server_name x; listen 143; listen 127.0.0.1:143; listen *:993; }"
        "server { server_name x; listen 127.0.0.1:993; }"
    )  # fmt: skip
    assert len({x.name for x in found}) == len(found) == 4


BAD = {
    "": "no server {} with a port",
    "server { listen unix:/s; }": "no server {} with a port",
    "server { protocol imap; }": ":3: server: it has no listen",
    "server { listen 29143; }": ":3: server: port 29143 does not tell the protocol",
    "server { listen; }": ":3: listen: it needs a value",
    "server { listen 127.0.0.1; protocol imap; }": ":3: listen: \"127.0.0.1\" has no port",
    "server { listen [::1]; protocol imap; }": ":3: listen: \"[::1]\" has no port",
    "server { listen 0; protocol imap; }": "is no port",
    "server { listen 65536; protocol imap; }": "is no port",
    "server { listen 29150-29145; protocol imap; }": "no range of ports",
    "server { listen 29150-; protocol imap; }": "has no port",
    "server { listen 143; listen *:143; }": ":3: listen: *:143 is taken by",
    f"server {{ {IMAP} frobnicate on; }}": 'unknown directive "frobnicate" in mail {}: correct it',
    f"server {{ {IMAP} ssl_session_cache shared; }}": ':3: ssl_session_cache: "shared" is none of',
    f"server {{ {IMAP} ssl_session_cache shared:A:1k; }}": "too small: a zone has 32k at least",
    f"server {{ {IMAP} ssl_session_cache off none builtin; }}": "two values at most, not 3",
    f"server {{ {IMAP} ssl_session_timeout 5x; }}": ':3: ssl_session_timeout: "5x" is no time',
    f"server {{ {IMAP} ssl_session_timeout 1m 1h; }}": "it takes one value, not 2",
    f"server {{ {IMAP} ssl_session_timeout '1m 1h'; }}": "the larger ones first",
    f"server {{ {IMAP} ssl_session_tickets maybe; }}": "none of on, off",
    f"server {{ {IMAP} STARTTLS on; }}": 'unknown directive "STARTTLS"',
    f"server {{ {IMAP} ssl_protocls TLSv1.2; }}": 'in mail {}: correct it, as "ssl_protocols", or',
    "include none*.conf;": "add one (and nothing here that none*.conf includes)",
    f"server {{ {IMAP} starttls maybe; }}": ':3: starttls: "maybe" is none of on, off, only',
    f"server {{ {IMAP} starttls on on; }}": ":3: starttls: it takes one value, not 2",
    f"server {{ {IMAP} starttls; }}": ":3: starttls: it needs a value",
    f"server {{ {IMAP} starttls on; starttls on; }}": ":3: starttls: nginx refuses it twice",
    f"server {{ {IMAP} ssl_protocols; }}": ":3: ssl_protocols: it needs a value",
    f"server {{ {IMAP} ssl_protocols TLSv9; }}": '"tlsv9" is none of',
    f"server {{ {IMAP} ssl_verify_depth -1; }}": '"-1" is not a number',
    f"server {{ {IMAP} ssl_crl a b; }}": "it takes one value, not 2",
    "server { listen 143; protocol IMAP; }": '"IMAP" is none of imap, pop3, smtp',
    "protocol imap; server { listen 143; }": "protocol: it belongs into a server {}",
    "listen 143; server { listen 144; }": "listen: it belongs into a server {}",
    "include missing.inc; server { listen 143; }": ":3: include: there is no ",
    "include; server { listen 143; }": ":3: include: it takes one file",
    "include nginx.conf; server { listen 143; }": "nginx.conf includes itself",
    "server { listen 143;": "unexpected end of file",
    "} mail { server { listen 143; }": ":3: mail: nginx takes one such block",
}  # fmt: skip


@pytest.mark.parametrize("mail", BAD)
def test_bad_claims(tmp_path, mail):
    with pytest.raises(ClaimsError) as raised:
        listeners(tmp_path, mail)
    text = str(raised.value)
    assert BAD[mail].lower() in text.lower()
    assert text.startswith(str(tmp_path / "nginx.conf"))
    assert "\n" not in text


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda path: None, "nginx.conf: No such file or directory"),
        (lambda path: path.mkdir(), "nginx.conf: Is a directory"),
        (lambda path: path.write_text("events {}"), "there is no mail {} block"),
        (lambda path: path.write_bytes(b"\xff\x00"), "nginx.conf"),
    ],
)
def test_bad_files(tmp_path, make, text):
    make(tmp_path / "nginx.conf")
    with pytest.raises(ClaimsError, match=text) as raised:
        read_claims(tmp_path / "nginx.conf")
    assert str(raised.value).count(str(tmp_path / "nginx.conf")) == 1


def test_claims_on_top(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    extra = ["ssl_protocols TLSv1.3;", "ssl_crl crl.pem", "starttls only"]
    (listener,) = listeners(tmp_path, f"ssl_protocols TLSv1.2; server {{ {IMAP} }}", extra=extra)
    assert listener.versions == ("TLSv1.3",)
    assert listener.files("ssl_crl") == (tmp_path / "crl.pem",)
    assert listener.way is Way.STARTTLS


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("starttls", "give a directive and its value"),
        ("", "give a directive and its value"),
        ("ssl_ciphers 'A", "No closing quotation"),
        ("frobnicate on", "unknown directive"),
        ("starttls maybe", "is none of"),
        ("listen 143", "give the address as --target"),
    ],
)
def test_bad_claims_on_top(text, why):
    with pytest.raises(ClaimsError, match=why) as raised:
        parse_claims([text])
    assert str(raised.value).startswith(f'--claim "{text}": ')


@pytest.mark.parametrize("name", ["certification.conf", "defaults.conf"])
def test_our_own_configurations(name):
    found = read_claims(fixture(name))
    assert len(found) > 1
    assert len({x.name for x in found}) == len({x.endpoint for x in found}) == len(found)


def test_an_endpoint_is_what_the_claims_make_of_it(tmp_path):
    endpoint = Endpoint("127.0.0.1", 29143, Protocol.IMAP, Way.STARTTLS)
    assert server(tmp_path, "starttls on;").endpoint == endpoint


GOOD = [
    f"server {{ {IMAP} {inside} }}"
    for inside in (
        "ssl_protocols TLSv1.2; ssl_protocols TLSv1.3;",
        "imap_capabilities A; imap_capabilities B;",
        "auth_http 127.0.0.1:1; auth_http 127.0.0.1:2;",
        "protocol pop3;",
        "ssl_crl ''; ssl_dhparam ''; ssl_client_certificate '';",
        "ssl_verify_client OFF; ssl_prefer_server_ciphers ON;",
        "ssl_session_cache none; ssl_session_cache off;",
        "ssl_session_cache builtin:5 shared:A:32k; ssl_session_timeout '1h 30m';",
        "error_log stderr; error_log stderr info;",
    )
]
# nginx has its own view of these: an empty mail {}, a server for sockets, no port at all.
OURS_ALONE = {
    "",
    "server { listen unix:/s; }",
    "server { listen 127.0.0.1; protocol imap; }",
    "server { listen [::1]; protocol imap; }",
    "include nginx.conf; server { listen 143; }",
    "include none*.conf;",
}


@pytest.mark.skipif(shutil.which("nginx") is None or not MODULE.exists(), reason="no nginx here")
@pytest.mark.parametrize("mail", [*GOOD, *(mail for mail in BAD if mail not in OURS_ALONE)])
def test_nginx_is_of_the_same_opinion(tmp_path, mail):
    path = written(tmp_path, mail, "events {}\n%s")
    command = ["nginx", "-t", "-p", tmp_path, "-c", path, "-e", tmp_path / "error.log"]
    load = f"load_module {MODULE}; pid {tmp_path}/pid;"
    done = subprocess.run([*command, "-g", load], capture_output=True, timeout=20)
    assert (done.returncode == 0) is (mail in GOOD), done.stderr
