"""What docs/ci.md tells people to put into their pipelines, and the action: every line, run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "docs/ci.md").read_text()
ACTION = ROOT / ".github" / "action"
YAML = re.findall(r"^```yaml\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
SH = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
CONTAINER = (ROOT / ".ci" / "Containerfile").read_text()
# It plays python3 and whatever a virtual environment of it would have; says with what, one word a
# line, and ends as it is told.
STUB = """#!/bin/sh
printf '%s\\n' "${0##*/}" "$@" -- >>"$STUB/said"
case "${0##*/} $*" in
    'python3 -m venv'*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && cp "$0" "$3/bin/waxseal" ;;
    *certify*) printf '::error::from the target\\n'; exit "$STATUS" ;;
esac
"""


class Machine:
    """A runner with a python3 that only says what it was asked for."""

    def __init__(self, where):
        self.where = where
        (where / "bin").mkdir()
        (where / "bin" / "python3").write_text(STUB)
        (where / "bin" / "python3").chmod(0o755)
        shutil.copy(where / "bin" / "python3", where / "certify")
        self.environment = {
            "PATH": f"{where / 'bin'}:/usr/bin:/bin",
            "STUB": str(where),
            "STATUS": "0",
            "RUNNER_TEMP": str(where / "a temp"),
            "GITHUB_ACTION_PATH": str(ACTION),
            "GITHUB_OUTPUT": str(where / "output"),
        }

    def run(self, *command, **environment):
        return subprocess.run(
            command, cwd=self.where, env={**self.environment, **environment},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    @property
    def said(self):
        """Each call as a list of its words."""
        calls = (self.where / "said").read_text().split("\n--\n")
        return [call.split("\n") for call in calls if call]


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def action():
    return yaml.safe_load((ACTION / "action.yml").read_text())


def act(machine, status="0", **inputs):
    """Run the steps of the action as a runner does, with these inputs."""
    usual = {name: row.get("default", "") for name, row in action()["inputs"].items()}
    given = {**usual, **inputs}

    def filled(text):
        return re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda found: given[found[1]], text)

    for step in action()["runs"]["steps"]:
        environment = {name: filled(text) for name, text in step["env"].items()}
        done = machine.run("sh", "-e", "-c", step["run"], STATUS=status, **environment)
        if done.returncode:
            break
    return done


def test_inputs_are_options(machine):
    done = act(
        machine, target="imaps://a\npop3://b c:110\n", claims="my nginx.conf", baseline="k.toml",
        reports="a.json\nb.json", arguments="--login\nalice\n-k\ntls and not old",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    venv, pinned, own, certify = machine.said
    assert venv == ["python3", "-m", "venv", f"{machine.where}/a temp/waxseal"]
    assert pinned[5:] == ["--require-hashes", "--requirement", f"{ACTION}/../../.ci/locked.txt"]
    assert own[5:] == ["--no-deps", "--no-build-isolation", f"{ACTION}/../.."]
    assert certify == [
        "waxseal", "certify", "--target", "imaps://a", "--target", "pop3://b c:110",
        "--claims", "my nginx.conf", "--baseline", "k.toml", "--report", "a.json",
        "--report", "b.json", "--login", "alice", "-k", "tls and not old",
    ]  # fmt: skip


def test_what_is_not_given_is_no_option(machine):
    act(machine, launch="nginx")
    assert machine.said[-1][1:] == [
        "certify", "--launch", "nginx", "--report", "waxseal-report.json",
    ]  # fmt: skip


@pytest.mark.parametrize("status", ["0", "1", "2", "3", "4", "7"])
def test_the_exit_status_is_the_job_s(machine, status):
    done = act(machine, status, launch="nginx")
    assert done.returncode == int(status)
    assert (machine.where / "output").read_text() == f"status={status}\n"


EVIL = ["$(touch pwned)", "`touch pwned`", '"; touch pwned; "', "'; touch pwned; '", "EOF\n; x",
        "*", "${{ github.token }}", "\\", "-n", "a\\nb"]  # fmt: skip


@pytest.mark.parametrize("name", ["target", "launch", "claims", "kit", "baseline", "reports"])
@pytest.mark.parametrize("evil", EVIL)
def test_no_input_is_code(machine, name, evil):
    act(machine, **{"reports": "", name: evil})
    option = "--report" if name == "reports" else f"--{name}"
    values = [word for line in evil.splitlines() for word in (option, line)]
    assert machine.said[-1] == ["waxseal", "certify", *values]
    assert not list(machine.where.rglob("pwned"))


def test_more_arguments_are_words_and_no_code(machine):
    act(machine, reports="", arguments="\n".join(EVIL))
    assert machine.said[-1] == ["waxseal", "certify", *"\n".join(EVIL).splitlines()]
    assert not list(machine.where.rglob("pwned"))


def test_no_expression_is_in_a_script():
    for step in action()["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert "uses" not in step


def test_what_a_target_says_is_no_command_to_the_runner(machine):
    lines = act(machine, launch="nginx").stdout.splitlines()
    said = lines.index("::error::from the target")
    stop = lines[said - 1].removeprefix("::stop-commands::")
    assert re.fullmatch(r"[0-9a-f]{32}", stop)
    assert lines[said + 1 :] == [f"::{stop}::"]


def test_what_others_wrote_is_pinned():
    """To a commit; ours is for the reader to pin."""
    used = [word for text in YAML for word in re.findall(r"uses: (\S+)", text)]
    assert used
    for word in used:
        assert re.search(r"@([0-9a-f]{40}|COMMIT)$", word), word


def test_the_workflow_gives_the_action_what_it_takes():
    (job,) = yaml.safe_load(YAML[0])["jobs"].values()
    (ours,) = [step for step in job["steps"] if "waxseal" in step.get("uses", "")]
    inputs = action()["inputs"]
    assert set(ours["with"]) <= set(inputs)
    rows = re.findall(r"^\| (`.*?) \|", GUIDE, re.MULTILINE)
    assert {name.strip("`") for row in rows for name in row.split(", ")} == set(inputs)


@pytest.mark.parametrize("status", ["0", "1", "7"])
def test_the_job_of_gitlab(machine, status):
    """Each line of the script is a command; the first that fails ends the job."""
    job = yaml.safe_load(YAML[1])["tls"]
    script = "set -e\n" + "\n".join(job["script"])
    given = {"WAXSEAL_SOURCE": "/src dir", "MAIL_HOST": "mail.example.org", "STATUS": status}
    done = machine.run("sh", "-c", script, **given)
    assert done.returncode == int(status)
    assert machine.said[1][-1] == "/src dir"
    words = machine.said[-1]
    assert words[:3] == ["waxseal", "certify", "mail.example.org"]
    for path in (*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]):
        assert path in words


@pytest.mark.parametrize(
    ("status", "said"),
    [("0", "conformant"), ("1", "not conformant"), ("7", "no verdict"), ("4", "with status 4")],
)
def test_the_lines_of_a_plain_shell(machine, status, said):
    done = machine.run("sh", "-c", SH[-1], MAIL_HOST="mail.example.org", STATUS=status)
    assert done.returncode == int(status)
    assert said in done.stdout
    assert machine.said[0][:2] == ["certify", "mail.example.org"]


def test_options_that_the_guide_names_are_there(commands):
    words = {word for text in (*YAML, *SH) for word in re.findall(r"--[a-z-]+", text)}
    offered = commands.waxseal("certify", "--help").out
    others = {"--quiet", "--junitxml"}  # pip's, and pytest's own
    assert [word for word in sorted(words - others) if word not in offered] == []


# --- the container: there may be no runtime here, so its commands, in their order ---


def instructions():
    joined = CONTAINER.replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def test_the_container_installs_what_it_copies(tmp_path):
    """COPY and pip, in a clean directory and environment in place of the image."""
    environment = tmp_path / "venv"
    command = [sys.executable, "-m", "venv", "--without-pip", environment]
    subprocess.run(command, check=True, timeout=120)
    # What waxseal needs is here already, and pip: only waxseal itself is to be built and installed.
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "ours.pth").write_text(sysconfig.get_path("purelib"))
    source, ran = tmp_path / "src", []
    for word, rest in instructions():
        if word == "COPY":
            *what, where = rest.split()
            place = Path(where.replace("/src", str(source)))
            place.mkdir(parents=True, exist_ok=True)
            for name in what:
                path = ROOT / name
                if path.is_dir():
                    shutil.copytree(path, place, dirs_exist_ok=True)
                else:
                    shutil.copy(path, place)
        elif word == "RUN" and "/src" in rest:
            command = rest.replace("/src", str(source)).replace("--no-cache-dir", "--quiet")
            path = f"{environment / 'bin'}:{os.environ['PATH']}"
            subprocess.run(["sh", "-ec", command], check=True, timeout=300, cwd=tmp_path,
                           env={**os.environ, "PATH": path})  # fmt: skip
            ran.append(command)
    assert ran
    assert not source.exists()
    waxseal = environment / "bin" / "waxseal"
    clean = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(
        [waxseal, "certify", "-k", "greeting and imap-starttls", "--report", "report.json"],
        cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    judged = subprocess.run(
        [waxseal, "judge", "report.json"],
        cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_the_container_is_no_root_s():
    words = [word for word, _ in instructions()]
    rest = dict(instructions())
    assert re.fullmatch(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}", rest["FROM"])
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert shlex.split(rest["ENTRYPOINT"].strip("[]")) == ["waxseal"]
