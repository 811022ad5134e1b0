"""A limit on calls of foreign code: what it returns, what it raises, and what hangs."""

import threading
import time

import pytest

from monitor_core.logger.deadline import Overdue, call_within


def test_what_returns_or_raises_in_time_does_so() -> None:
    assert call_within(5, "quick", lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        call_within(5, "faulty", lambda: 1 // 0)


def test_what_hangs_is_given_up_and_not_begun_again_while_it_hangs() -> None:
    calls, end = list[int](), threading.Event()

    def hang() -> None:
        calls.append(1)
        end.wait(20)

    began = time.monotonic()
    for _ in range(3):
        with pytest.raises(Overdue):
            call_within(0.2, "hanging", hang)
    assert time.monotonic() - began < 15
    assert len(calls) == 1
    assert call_within(5, "other", lambda: "free") == "free"
    end.set()
    time.sleep(0.2)
    assert call_within(5, "hanging", lambda: "free again") == "free again"
