"""certify, check and .ci/run: with Python and the tools played by a stub, and once in earnest."""

import os
import re
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCKS = (".ci/locked.txt", ".ci/locked-dev.txt")
SCRIPTS = ("certify", "check", ".ci/run", ".ci/environment.sh", *LOCKS)
UTILITIES = ("sh", "bash", "dirname", "readlink", "cat", "cksum", "rm", "mv", "mkdir", "cp", "sed")
DEADLINE = 60

# It plays python3, and in a virtual environment that it made, what pip would have put there. Each
# word it is called with goes to the test; the first `pip install` goes on when the test says so.
STUB = f"""#!/bin/sh
tool=${{0##*/}}
printf '%s %s\\n' "$tool" "$*" >"$STUB/events"
case "$tool $*" in
    python*' -m venv --clear '*)
        shift 3
        mkdir -p "$1/bin" && cp "$0" "$1/bin/python" ;;
    'python -m pip install '*--require-hashes*)
        read -r word <"$STUB/go"
        [ "$word" = go ] || {{ echo no such package; exit 1; }} ;;
    'python -m pip install '*)
        for made in waxseal ruff mypy; do cp "$0" "${{0%/*}}/$made"; done ;;
    "${{STUB_FAILS:-nothing}} "*) exit 5 ;;
    waxseal*|ruff*|mypy*|'python -m pytest'*) ;;
    *) exec "{sys.executable}" "$@" ;;
esac
"""


class Checkout:
    """A checkout of the scripts alone, and a machine that has little else."""

    def __init__(self, where):
        self.root = where / "a check out"
        self.bin = where / "bin"
        self.bin.mkdir(parents=True)
        for name in SCRIPTS:
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, self.root / name)
        (self.root / "pyproject.toml").write_text("[project]\n")
        for name in UTILITIES:
            self.bin.joinpath(name).symlink_to(shutil.which(name))
        self.provide("python3", STUB)
        self.environment = {"PATH": str(self.bin), "STUB": str(where)}
        self.pipes = {name: self.pipe(where / name) for name in ("events", "go")}

    def pipe(self, path):
        os.mkfifo(path)
        # For reading and writing, so that no end ever waits for the other to be there.
        return open(os.open(path, os.O_RDWR), "r+b", buffering=0)

    def provide(self, name, script="#!/bin/sh\n"):
        (self.bin / name).write_text(script)
        (self.bin / name).chmod(0o755)

    def start(self, *words, name="certify", **more):
        command = [self.bin / "sh", self.root / name, *words]
        environment = {**self.environment, **more}
        return subprocess.Popen(
            command, env=environment, stdout=-1, stderr=-1, text=True, cwd=self.bin
        )

    def run(self, *words, pip="go", **more):
        """Exit status, standard error and the tools called."""
        self.pipes["go"].write(f"{pip}\n".encode())
        process = self.start(*words, **more)
        _, errors = process.communicate(timeout=DEADLINE)
        return process.returncode, errors, self.calls()

    def calls(self):
        self.pipes["events"].write(b"end\n")
        return list(iter(self.call, "end"))

    def call(self):
        assert select.select([self.pipes["events"]], [], [], DEADLINE)[0], "nothing happens"
        return self.pipes["events"].readline().decode().rstrip("\n")

    def wait_for(self, start):
        while not self.call().startswith(start):
            pass

    def close(self):
        for pipe in self.pipes.values():
            pipe.close()


@pytest.fixture
def checkout(tmp_path):
    made = Checkout(tmp_path)
    yield made
    made.close()


def installs(calls):
    """Of each installation the step that brings what others wrote."""
    return [call for call in calls if " -m pip install" in call and "--require-hashes" in call]


def test_certify_makes_the_environment_and_becomes_waxseal(checkout):
    status, errors, calls = checkout.run("host:993", "--claim", "a  b")
    assert (status, calls[-1]) == (0, "waxseal certify host:993 --claim a  b")
    assert len(errors.splitlines()) == 3


def test_a_warm_start_makes_nothing(checkout):
    checkout.run()
    status, errors, calls = checkout.run()
    assert (status, errors, installs(calls)) == (0, "", [])
    assert not [call for call in calls if call.startswith("python3 ")], "it looked for a Python"


def test_the_exit_status_of_waxseal_passes_through(checkout):
    assert checkout.run(STUB_FAILS="waxseal")[0] == 5


def test_certify_works_through_links(checkout, tmp_path):
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to(checkout.root / "certify")
    assert checkout.run(name=tmp_path / "one")[2][-1] == "waxseal certify"


def test_a_failed_installation_says_so_and_is_repaired(checkout):
    status, errors, _ = checkout.run(pip="stop")
    assert (status, "no such package" in errors) == (3, True)
    status, _, calls = checkout.run()
    assert (status, len(installs(calls))) == (0, 1)


@pytest.mark.parametrize("stale", ["pyproject.toml", ".venv/waxseal-stamp", *LOCKS])
def test_a_stale_environment_is_made_anew(checkout, stale):
    checkout.run()
    with (checkout.root / stale).open("a") as file:
        file.write("# newer\n")
    assert len(installs(checkout.run()[2])) == 1


def test_a_failed_renewal_leaves_no_stamp_behind(checkout):
    checkout.run()
    settings = checkout.root / "pyproject.toml"
    older = settings.read_text()
    settings.write_text("[project] # newer\n")
    checkout.run(pip="stop")
    settings.write_text(older)
    assert len(installs(checkout.run()[2])) == 1


def test_an_environment_whose_python_is_gone_is_made_anew(checkout):
    checkout.run()
    (checkout.root / ".venv/bin/python").unlink()
    assert len(installs(checkout.run()[2])) == 1


def test_a_moved_checkout_gets_an_environment_of_its_own(checkout):
    checkout.run()
    checkout.root = checkout.root.rename(checkout.root.with_name("moved"))
    assert len(installs(checkout.run()[2])) == 1


def test_two_at_once_make_one_environment(checkout):
    first = checkout.start()
    checkout.wait_for("python -m pip install")
    second = checkout.start()
    checkout.wait_for("python3 -c import fcntl")
    checkout.pipes["go"].write(b"go\n")
    outputs = [process.communicate(timeout=DEADLINE) for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), outputs
    assert installs(checkout.calls()) == []


@pytest.mark.parametrize(
    ("python", "remedy"),
    [
        ("exit 1", "python3 python3-venv"),
        ('case "$*" in *ensurepip*) exit 1 ;; esac', "python3.12-venv"),
    ],
)
def test_what_is_missing_is_named(checkout, python, remedy):
    checkout.provide("python3", f"#!/bin/sh\n{python}\n")
    status, errors, _ = checkout.run()
    assert (status, remedy in errors) == (3, True)


def test_a_newer_python_beside_an_old_one_is_found(checkout):
    (checkout.bin / "python3").rename(checkout.bin / "python3.13")
    checkout.provide("python3", "#!/bin/sh\nexit 1\n")
    assert checkout.run()[0] == 0


@pytest.fixture
def equipped(checkout):
    (listed,) = re.findall(r"^programs='([^']*)'$", (ROOT / "check").read_text(), re.MULTILINE)
    for name in listed.split():
        checkout.provide(name)
    checkout.provide("nginx", "#!/bin/sh\necho configure arguments: --with-mail >&2\n")
    return checkout


def steps_of(calls):
    """Without what is done beside them."""
    steps = [call for call in calls if call.startswith(("ruff", "mypy", "python -m pytest"))]
    return [step for step in steps if "--collect-only" not in step]


def test_check_runs_every_step(equipped):
    status, _, calls = equipped.run(name="check")
    steps = steps_of(calls)
    assert status == 0
    assert [step.split()[0] for step in steps] == ["ruff", "mypy", "python", "python", "python"]
    assert "tests" in steps[2]
    assert "conformance/scenarios fuzz" in steps[3]
    assert "--launch nginx" in steps[4]


def test_check_stops_at_the_first_step_that_fails(equipped):
    status, errors, calls = equipped.run(name="check", STUB_FAILS="mypy")
    assert (status, steps_of(calls)[-1]) == (5, "mypy ")
    assert "mypy: failed with exit status 5" in errors


def test_check_needs_more_than_certify_made(equipped):
    equipped.run()
    assert "--requirement .ci/locked-dev.txt" in installs(equipped.run(name="check")[2])[0]
    assert installs(equipped.run()[2]) == []


def test_check_installs_what_is_missing_as_root(equipped):
    curl = (equipped.bin / "curl").rename(equipped.bin.parent / "curl")
    equipped.provide("id", "#!/bin/sh\necho 0\n")
    equipped.provide("apt-get", f'#!/bin/sh\n[ "$1" = update ] || mv "{curl}" "{equipped.bin}"\n')
    assert equipped.run(name="check")[0] == 0


def test_check_says_what_to_install_to_anybody_else(equipped):
    (equipped.bin / "curl").unlink()
    equipped.provide("id", "#!/bin/sh\necho 1000\n")
    equipped.provide("apt-get")
    status, errors, calls = equipped.run(name="check")
    assert (status, "apt-get install python3" in errors, installs(calls)) == (3, True, [])


def test_check_wants_the_mail_module(equipped):
    equipped.provide("nginx", "#!/bin/sh\necho --with-mail=dynamic --modules-path=/nowhere >&2\n")
    assert equipped.run(name="check", STUB_FAILS="nothing")[0] == 3


def test_check_wants_the_engine_where_openssl_has_engines(equipped, tmp_path):
    said = f"#!/bin/sh\necho 'ENGINESDIR: \"{tmp_path}\"'\n"
    equipped.provide("openssl", said)
    assert equipped.run(name="check")[0] == 3
    (tmp_path / "pkcs11.so").touch()
    assert equipped.run(name="check")[0] == 0


def test_ci_runs_check_in_the_checkout(checkout, tmp_path):
    (checkout.root / "check").write_text("#!/bin/sh\npwd\nexit 6\n")
    command = ["bash", checkout.root / ".ci/run"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (6, f"{checkout.root}\n")


def test_nothing_is_installed_but_what_is_pinned_and_waxseal(checkout):
    pips = [call for call in checkout.run()[2] if " -m pip install" in call]
    assert [call.partition("check ")[2] for call in pips] == [
        "--require-hashes --requirement .ci/locked.txt",
        "--no-deps --no-build-isolation --editable .",
    ]


def test_a_clean_checkout_certifies_the_reference(tmp_path):
    # In earnest: pip, and the registry it is set up for.
    copy = tmp_path / "a clean check out"
    unwanted = shutil.ignore_patterns(".git", ".venv*", ".*_cache", ".hypothesis", "__pycache__")
    shutil.copytree(ROOT, copy, ignore=unwanted)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "PYTHON"))}
    command = [copy / "certify", "-k", "ssl_crl and imap"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "reference (waxseal-reference/" in done.stdout
