"""One run over many targets, as a user starts it."""

import json

from tests.test_remote import refusal

FEW = ("-k", "greeting", "--fuzz-examples", "0")


def test_a_file_of_targets(commands, shop, tmp_path):
    file = tmp_path / "targets.txt"
    file.write_text(
        f"{shop.host}:22143 --claims {shop.conf}  # by claims\n"
        f"pop3s://{shop.host}:22995\n"
        f"{shop.host}:1\n"
        f"{shop.host}:22025 --claims {shop.conf} --claim 'ssl_frob on'\n"
    )
    words = ("--targets", str(file), *FEW, "--report", f"{tmp_path}/{{target}}.json")
    done = commands.certify(*words, "--report", f"{tmp_path}/all.json")
    assert done.status == 4, done.out + done.err
    assert "refused" in done.out
    assert "unknown directive" in done.out
    assert done.out.splitlines()[-1] == "4 targets: 2 conformant, 1 usage, 1 no verdict"
    assert len(done.err.splitlines()) == 4
    one = json.loads((tmp_path / f"{shop.host}-22143.json").read_text())
    assert one["listeners"][0]["name"] == "imap"
    whole = json.loads((tmp_path / "all.json").read_text())
    assert [x["exit_status"] for x in whole["targets"]] == [0, 0, 7, 4]
    assert whole["summary"]["checks"] == len(whole["checks"])


def test_targets_on_several_hosts_are_runs_of_their_own(commands, shop):
    words = (
        "--target",
        f"{shop.host}:22143",
        "--target",
        "127.0.0.1:1",
        "--claims",
        str(shop.conf),
    )
    done = commands.certify(*words, "--claims-server", "imap", *FEW)
    assert done.status == 7, done.out + done.err
    assert done.out.splitlines()[-1] == "2 targets: 1 conformant, 1 no verdict"


def test_what_many_targets_cannot_share(commands, tmp_path):
    file = tmp_path / "targets.txt"
    file.write_text("127.0.0.1:1\n127.0.0.1:2\n")
    words = ("--targets", str(file))
    assert "--target exclude each other" in refusal(commands, *words, "--target", "127.0.0.1:1")
    assert "put {target} into its name" in refusal(commands, *words, "--junitxml", "x.xml")
    assert "suffix" in refusal(commands, *words, "--report", "{target}.pdf")
    file.write_text("127.0.0.1:x\n")
    assert f"{file}:1: not a port" in refusal(commands, *words)
