"""The table of goals: what is read from benchmarks' words, and what it says of rows not run."""

import pytest

from tests.benchmarks import __main__ as table
from tests.benchmarks.goals import GOALS
from tests.benchmarks.nginx_tests import asserted
from tests.benchmarks.timed import Cost, Held

SAID = {
    "suite-nginx": (
        "373 requirements on 121 listeners, 45133 checks accounted for: 7551 pass, 3 n/a\n"
        "measured: 19.9 s by the clock, 36.0 s of processor time, 200 MiB",
        "7551 of 45133 judged, 19.9 s, 36.0 s of processor",
        True,
    ),
    "targets": (
        "rate of a target among them: 4.74 by the clock, 0.79 by processor\n"
        "memory: 86 MiB for one, 322 MiB at most for all\n"
        "descriptors: 70 open at most in all, 21 in one process",
        "4.74 by the clock, 0.79 by processor, 322 MiB, 21 descriptors in a process",
        False,
    ),
    "infer-nginx": (
        "nginx: 96.5 % of the observable values are exact (100.0 % where …), 1 wrong",
        "96.5 % exact, 1 wrong",
        True,  # as its exit status says
    ),
    "interruptions": (
        "nginx      14 interrupted, ended: 14 with 2; 0 wrong\n"
        "many       14 interrupted, ended: 13 with 2, 1 with 0; 0 wrong",
        "28 runs of 2 kinds, 0 wrong",
        True,
    ),
    "listeners": (
        "listeners        seconds     processor  of each more           MiB\n"
        "1                    8.9           5.2                          90\n"
        "10                  13.7           8.3          0.34           103\n"
        "100                107.2          72.1          0.71           204\n",
        "1: 8.9 s, 90 MiB; 10: 13.7 s, 103 MiB; 100: 107.2 s, 204 MiB; "
        "of processor for each more 0.34, 0.71",
        False,
    ),
    "scanners": (
        "                   seconds  processor  ratio  versions\n"
        "waxseal infer         10.7        1.3    1.0  TLSv1.2 TLSv1.3\n"
        "testssl              109.2        9.1   10.2  TLSv1.2 TLSv1.3\n"
        "sslyze           left out\nagree: yes\n",
        "waxseal infer 10.7 s, testssl 109.2 s",
        True,
    ),
    "plugin": ("without    203.1 ms of processor\nthe plugin costs 10.0 ms", "10.0 ms", False),
    "handshakes": ("tls12      431        682    1.58\n", "tls12 1.58", None),
    "nginx-tests": (
        "waxseal's rate is 20.0 times theirs by the clock, 5.6 times by\nprocessor time",
        "20.0 times by the clock, 5.6 by processor",
        True,
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_what_a_benchmark_says_is_read(name):
    said, told, met = SAID[name]
    (goal,) = (x for x in GOALS if x.name == name)
    assert goal.read(0, said) == (told, met)
    with pytest.raises(LookupError):
        goal.read(0, "nothing of the kind")


def test_names_are_each_their_own():
    assert len({x.name for x in GOALS}) == len(GOALS)


def rows(capsys, monkeypatch, *words, said="", status=0):
    """The exit status and the table, where each benchmark says that."""
    asked = []

    def timed(command, *_):
        asked.append(command)
        return Cost(1.0, 1.0, Held(), status, said)

    monkeypatch.setattr(table, "timed", timed)
    return table.main(words), capsys.readouterr().out, asked


def test_a_row_that_is_not_run_says_why(capsys, monkeypatch):
    said = SAID["targets"][0].replace("0.79", "0.80")
    status, out, asked = rows(capsys, monkeypatch, "targets", said=said)
    assert (status, len(asked)) == (0, 1)
    assert out.count("not measured: it was not named") == len(GOALS) - 1
    assert "0.80 by processor" in out


def test_long_ones_and_those_that_need_something_are_not_run_unasked(capsys, monkeypatch):
    _, out, asked = rows(capsys, monkeypatch)
    assert "not measured: it takes about 60 minutes, name it" in out
    assert "not measured: say --nginx-tests WHERE" in out
    assert not any("tests.benchmarks.steadiness" in command for command in asked)


def test_a_missed_goal_and_one_that_cannot_be_read_end_with_1(capsys, monkeypatch):
    assert rows(capsys, monkeypatch, "targets", said=SAID["targets"][0])[0] == 1
    status, out, _ = rows(capsys, monkeypatch, "targets", said="Traceback", status=1)
    assert status == 1
    assert "no figure: exit status 1: Traceback" in out


def test_quick_says_so(capsys, monkeypatch):
    said = SAID["targets"][0].replace("0.79", "0.80")
    _, out, _ = rows(capsys, monkeypatch, "targets", "--quick", said=said)
    assert "[quick: tests.benchmarks.targets --targets 8" in " ".join(out.split())


def test_lines_of_tap_are_counted():
    assert asserted("1..4\nok 1 - a\nnot ok 2 # TODO b\nok 3 # skip no tls\nok 4\nokay 5\n") == 3
