"""How the logger's last run ended, as a document that the next run replaces."""

from datetime import timedelta

from monitor_core.mongo.state import State, TickResult
from monitor_core.mongo.store import Store
from tests.conftest import at


def test_the_last_run_is_kept_until_the_next(store: Store) -> None:
    state = State(store)
    assert state.last_tick() is None
    first = TickResult(at(2026, 10, 1), 3, {"no date": 2}, "WhyLabs is away.")
    state.save_tick(first)
    found = state.last_tick()
    assert found
    assert (found.finished_at, found.logged, found.set_aside, found.error) == (
        at(2026, 10, 1),
        3,
        {"no date": 2},
        first.error,
    )
    state.save_tick(TickResult(at(2026, 10, 2), 1))
    found = state.last_tick()
    assert found
    assert (found.logged, found.error, found.next_at) == (1, None, None)


def test_the_next_run_is_due_by_the_database_s_clock(store: Store) -> None:
    state = State(store)
    state.save_tick(TickResult(store.now(), 1))
    state.save_next_run(timedelta(hours=1))
    found = state.last_tick()
    assert found
    assert found.next_at
    assert timedelta(minutes=59) < found.next_at - store.now() <= timedelta(hours=1)
    assert not found.is_overdue(store.now())
    assert found.is_overdue(found.next_at + timedelta(minutes=6))
