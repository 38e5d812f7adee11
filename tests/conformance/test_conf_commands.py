import pytest

from conformance.conf_commands import overridden

CLAIMS = {
    "ssl_protocols": ("TLSv1.1", "TLSv1.2", "TLSv1.3"), "ssl_ciphers": ("HIGH",),
    "ssl_session_tickets": ("on",), "ssl_dhparam": ("/dh.pem",), "ssl_ecdh_curve": ("auto",),
    "ssl_prefer_server_ciphers": ("on",),
}  # fmt: skip


@pytest.mark.parametrize(
    ("command", "directive", "values"),
    [
        ("MinProtocol TLSv1.2", "ssl_protocols", ("TLSv1.2", "TLSv1.3")),
        ("minprotocol tlsv1.3", "ssl_protocols", ("TLSv1.3",)),
        ("MinProtocol None", "ssl_protocols", CLAIMS["ssl_protocols"]),
        ("MaxProtocol TLSv1.2", "ssl_protocols", ("TLSv1.1", "TLSv1.2")),
        ("MaxProtocol None", "ssl_protocols", CLAIMS["ssl_protocols"]),
        ("Protocol -TLSv1.1", "ssl_protocols", ("TLSv1.2", "TLSv1.3")),
        ("Protocol -ALL,TLSv1.2", "ssl_protocols", ("TLSv1.2",)),
        ("CipherString ECDHE", "ssl_ciphers", ("ECDHE",)),
        ("Groups X25519", "ssl_ecdh_curve", ("X25519",)),
        ("Curves P-256:X25519", "ssl_ecdh_curve", ("P-256:X25519",)),
        ("Options -SessionTicket", "ssl_session_tickets", ("off",)),
        ("Options PrioritizeChaCha,-ServerPreference", "ssl_prefer_server_ciphers", ("off",)),
        ("DHParameters /other.pem", "ssl_dhparam", None),
        ("RecordPadding 512", "ssl_ciphers", ("HIGH",)),
    ],
)
def test_a_command_overrides_a_directive(command, directive, values):
    effective = overridden({**CLAIMS, "ssl_conf_command": tuple(command.split())})
    assert effective.get(directive) == values
    others = set(CLAIMS) - {directive}
    assert {name: effective[name] for name in others} == {name: CLAIMS[name] for name in others}


def test_the_later_command_counts():
    words = ("CipherString", "HIGH", "CipherString", "ECDHE")
    assert overridden({"ssl_conf_command": words})["ssl_ciphers"] == ("ECDHE",)


def test_without_commands_nothing_changes():
    assert overridden(CLAIMS) == CLAIMS
