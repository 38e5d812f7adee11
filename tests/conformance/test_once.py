import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance.once import Once


def test_a_thing_is_made_once():
    once, made = Once[str, int](), []
    values = [once.get("a", lambda: made.append(1) or len(made)) for _ in range(3)]
    assert values == [1, 1, 1]


def test_keys_are_apart():
    once = Once[str, str]()
    assert [once.get(key, key.upper) for key in "aba"] == ["A", "B", "A"]


def test_who_asks_while_it_is_being_made_waits_for_it():
    once, made, asked = Once[str, int](), [], threading.Event()

    def make():
        asked.wait(5)
        made.append(1)
        return 7

    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(once.get, "a", make) for _ in range(3)]
        asked.set()
        assert [future.result(5) for future in waiting] == [7, 7, 7]
    assert made == [1]


def test_what_the_making_raised_is_raised_to_everybody():
    once = Once[str, int]()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            once.get("a", lambda: 1 // 0)
