import os
import threading
from functools import partial

import pytest

from conformance.ahead import Ahead, Errand, Lost, processes

# A test runner may have threads of its own, which Python 3.12 and later warn of.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


def number_of(n):
    return {"made": n}


def errands(count, group=str):
    return [Errand(f"key{n}", group(n), partial(number_of, n)) for n in range(count)]


def test_each_outcome_is_its_own_in_whatever_order_they_are_asked_for():
    with Ahead(errands(40), 3) as ahead:
        order = [*range(39, -1, -2), *range(0, 40, 2)]
        assert [ahead.outcome(f"key{n}") for n in order] == [{"made": n} for n in order]


def test_a_group_is_one_process_s_and_keeps_its_order():
    made = [Errand(f"key{n}", f"group{n % 3}", os.getpid) for n in range(12)]
    with Ahead(made, 2) as ahead:
        pids = [ahead.outcome(f"key{n}") for n in range(12)]
    assert [set(pids[n::3]) for n in range(3)] == [{pid} for pid in pids[:3]]
    assert (len(set(pids)), os.getpid() in pids) == (2, False)


def test_whoever_has_a_large_group_has_no_other():
    groups = ["small 1", *["large"] * 6, "small 2", "small 3", "small 4"]
    with Ahead([Errand(f"key{n}", g, os.getpid) for n, g in enumerate(groups)], 2) as ahead:
        pids = {group: ahead.outcome(f"key{n}") for n, group in enumerate(groups)}
    assert len({pid for group, pid in pids.items() if group != "large"} - {pids["large"]}) == 1
    assert list(pids.values()).count(pids["large"]) == 1


def test_waits_overlap(tmp_path):
    """Each of two waits for what only the other brings."""
    first, second = tmp_path / "first", tmp_path / "second"
    for path in (first, second):
        os.mkfifo(path)

    def meet(mine, theirs):
        if mine == first:
            mine.write_text("here")
        answer = theirs.read_text()
        if mine == second:
            mine.write_text("here")
        return answer

    both = [
        Errand("a", "a", lambda: meet(first, second)),
        Errand("b", "b", lambda: meet(second, first)),
    ]
    with Ahead(both, 2) as ahead:
        assert [ahead.outcome(key) for key in "ab"] == ["here", "here"]


def test_who_is_left_out_does_not_hold_up_the_others():
    with Ahead(errands(500), 2) as ahead:
        assert ahead.outcome("key499") == {"made": 499}


def test_what_a_dead_process_did_not_bring_is_lost_and_the_others_go_on():
    deadly = [Errand("a", "a", lambda: os._exit(9)), Errand("b", "b", partial(number_of, 1))]
    with Ahead([*deadly, Errand("c", "a", partial(number_of, 2))], 2) as ahead:
        assert ahead.outcome("b") == {"made": 1}
        for key in "ac":
            with pytest.raises(Lost, match=r"ended \(9\)"):
                ahead.outcome(key)


def test_with_no_process_it_knows_nothing():
    with Ahead(errands(3), 0) as ahead:
        assert not ahead.knows("key1")


def test_the_processes_end_with_it(tmp_path):
    os.mkfifo(tmp_path / "never")
    stuck = Errand("b", "a", (tmp_path / "never").read_text)
    with Ahead([Errand("a", "a", os.getpid), stuck], 1) as ahead:
        pid = ahead.outcome("a")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_beside_a_thread_nothing_is_forked():
    over = threading.Event()
    threading.Thread(target=over.wait).start()
    try:
        assert processes() == 0
    finally:
        over.set()
