import shlex
from pathlib import Path

import pytest

from conformance.options import Options
from conformance.reproduce import command


def test_every_option_is_repeated():
    options = Options(
        targets=("imaps://a:993", "b:25"), claims=Path("my conf"), claims_server="x",
        claim=("ssl_crl x", "starttls on"),
        kit=Path("kit"), client_certs={"trusted": Path("t.pem")},
        login="joe", patience=2.5, faults=("a", "b"),
    )  # fmt: skip
    assert shlex.split(command(options, "test_x[imap-only]")) == [
        "waxseal", "certify", "--target", "imaps://a:993", "--target", "b:25",
        "--claims", "my conf", "--claims-server", "x", "--claim", "ssl_crl x",
        "--claim", "starttls on", "--kit", "kit", "--client-cert", "trusted=t.pem",
        "--login", "joe", "--faults", "a,b", "--patience", "2.5",
        "-k", "test_x and imap-only",
    ]  # fmt: skip


def test_no_option_is_made_up():
    assert command(Options(launch="nginx"), "test_x") == "waxseal certify --launch nginx -k test_x"


@pytest.mark.parametrize(
    ("test", "selection"),
    [
        ("test_x[x:1144]", "test_x and x:1144"),
        ("test_x[imaps://[::1]:993]", "test_x and imaps:// and ::1 and :993"),
        ("test_x[a name @ 'home']", "test_x and a and name and home"),
    ],
)
def test_selections_are_in_the_grammar_of_k(test, selection):
    from _pytest.mark.expression import Expression

    assert shlex.split(command(Options(), test))[-1] == selection
    assert Expression.compile(selection).evaluate(lambda word, **_: word in test)
