"""One run of the logger: when it may begin the next piece of work, and how it keeps its lease."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from monitor_core.contract.errors import LeaseLost
from monitor_core.logger.run import DESTINATION_SECONDS, Run, Turns
from monitor_core.mongo.delivery import leases
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.store import Store

LATE = leases.SPAN.total_seconds() / 4 + 1  # the lease is renewed before the next piece of work


def run_of(store: Store, owner: str = "one", stops: bool = False) -> Run:
    return Run(store, Outbox(store), owner, lambda: stops, patient=True, progress=lambda rows: None)


@pytest.mark.parametrize("stops", [False, True])
def test_it_goes_on_until_it_is_stopped(store: Store, stops: bool) -> None:
    assert run_of(store, stops=stops).goes_on() is not stops


def test_the_lease_is_renewed_in_time_and_not_before(store: Store) -> None:
    run = run_of(store)
    assert run.goes_on()
    assert run.outbox.acquire("two")  # so it has not taken the lease
    run.outbox.release("two")
    run.renewed_at -= LATE
    assert run.goes_on()
    assert not run.outbox.acquire("two")
    assert time.monotonic() - run.renewed_at < LATE - 1


def test_a_run_whose_lease_another_logger_has_ends(store: Store) -> None:
    run = run_of(store)
    assert run.outbox.acquire("two")
    run.renewed_at -= LATE
    with pytest.raises(LeaseLost, match="stands by"):
        run.goes_on()


def test_a_step_with_a_limit_begins_nothing_after_it(store: Store) -> None:
    run = run_of(store)
    run.begin_step(60)
    assert run.goes_on()
    run.begin_step(-1)
    assert not run.goes_on()
    run.begin_step(60)
    assert run.goes_on()  # the limit is the step's, not the run's


def test_a_destination_that_has_had_its_share_of_time_is_left_alone(store: Store) -> None:
    run = run_of(store)
    run.note_spent("quick", DESTINATION_SECONDS / 4)
    for _ in range(2):
        run.note_spent("slow", DESTINATION_SECONDS / 2)
    assert (run.down, run.gave_way, run.error) == ({"slow"}, True, None)


class Visitors:
    """Runs of several models that take turns, each in a thread of its own, until they are told to end."""

    def __init__(self, turns: Turns, number: int) -> None:
        self.turns = turns
        self.began: list[int] = []
        self.over = [threading.Event() for _ in range(number)]
        self.threads = [threading.Thread(target=self._take, args=(n,), daemon=True) for n in range(number)]
        for begun, thread in enumerate(self.threads, 1):
            thread.start()
            until(lambda begun=begun: len(self.began) + len(turns._waiting) == begun)

    def _take(self, number: int) -> None:
        with self.turns.turn(lambda: True):
            self.began.append(number)
            self.over[number].wait(10)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_few_runs_work_at_a_time_in_the_order_in_which_they_asked() -> None:
    visitors = Visitors(Turns(most=2), 5)
    assert visitors.began == [0, 1]
    for number in (1, 0, 2):
        visitors.over[number].set()
        visitors.threads[number].join(10)
    until(lambda: visitors.began == [0, 1, 2, 3, 4])
    for over in visitors.over:
        over.set()


def test_a_run_that_hangs_does_not_keep_the_others_waiting() -> None:
    visitors = Visitors(Turns(most=1, seconds=0.2), 3)
    until(lambda: visitors.began == [0, 1, 2])
    for over in visitors.over:
        over.set()


def test_a_turn_can_end_early_and_who_is_stopped_does_not_wait_for_one() -> None:
    turns = Turns(most=1)
    with ExitStack() as stack:
        end_turn = stack.enter_context(turns.turn(lambda: True))
        with turns.turn(lambda: False):  # stopped: it goes on at once, to end
            pass
        end_turn()
        end_turn()
        with turns.turn(lambda: True):
            pass
