"""Within a moment a question is asked once, and no two moments share an answer."""

from threading import Thread

import pytest

from monitor_core.contract.moments import asked_once, one_moment


def test_each_moment_asks_for_itself() -> None:
    answers = iter(range(10))
    with one_moment():
        assert [
            asked_once("a", answers.__next__),
            asked_once("b", answers.__next__),
            asked_once("a", answers.__next__),
        ] == [0, 1, 0]
        seen: list[int] = []
        thread = Thread(target=lambda: seen.append(asked_once("a", answers.__next__)))
        thread.start()
        thread.join()
        assert seen == [2]  # another session has its own moment, or none
    assert asked_once("a", answers.__next__) == 3


def test_an_error_is_no_answer() -> None:
    def fail() -> int:
        raise ValueError

    with one_moment():
        with pytest.raises(ValueError):
            asked_once("a", fail)
        assert asked_once("a", lambda: 1) == 1
