"""The stored days."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

from monitor_core.contract.calendar import Period
from monitor_core.mongo.history.days import DayToStore
from monitor_core.mongo.store import Store
from monitor_core.scores.counts import DayCounts

DAY = date(2026, 10, 4)
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))


def counts(reviewed: int) -> DayCounts:
    cells = np.array([[1, 1, reviewed]] if reviewed else [], np.int64).reshape(-1, 3)
    return DayCounts(reviewed, 0, 0, 0, 0, cells, *(np.zeros((0, width), np.int64) for width in (4, 2)))


def to_store(reviewed: int) -> DayToStore:
    return DayToStore(DAY, counts(reviewed), {"accuracy": [1.0, 0.5, 1.0]}, {"median": None})


def test_a_day_is_read_as_it_was_stored_by_its_basis_and_settings(make_store: Callable[..., Store]) -> None:
    store = make_store()
    assert store.history.store("validated", [to_store(7)], store.now()) == 1
    assert store.history.read("validated", OCTOBER)[DAY].cells.tolist() == [[1, 1, 7]]
    assert store.history.read("predicted", OCTOBER) == {}
    assert make_store(time_zone="Asia/Tokyo").history.read("validated", OCTOBER) == {}


def test_a_day_that_is_the_same_is_only_checked(store: Store) -> None:
    first = store.now()
    store.history.store("validated", [to_store(7)], first)
    version = store.state.history_version()
    assert store.history.store("validated", [to_store(7)], later := first + timedelta(minutes=5)) == 0
    assert store.state.history_version() == version
    assert store.history.are_checked_since(first, "validated", Period(DAY, DAY))
    assert store.history.checked_outside(later, later) == []
    assert store.history.store("validated", [to_store(8)], later) == 1
    assert store.state.history_version() != version


def test_an_older_count_does_not_replace_a_newer_one(store: Store) -> None:
    now = store.now()
    store.history.store("validated", [to_store(1)], now)
    store.history.store("validated", [to_store(0)], now - timedelta(seconds=1))
    assert store.history.read("validated", OCTOBER)[DAY].reviewed == 1


def test_forgotten_days_take_their_notes_along(store: Store) -> None:
    store.history.store("validated", [to_store(1)], store.now())
    store.changes.note([("validated", DAY), ("predicted", DAY)])
    store.history.forget_before("validated", DAY)
    assert store.history.state().days == 1
    store.history.forget_before("validated", DAY + timedelta(days=1))
    assert store.history.state().days == 0
    assert list(store.changes.noted()) == [("predicted", DAY)]


def test_an_invalid_day_is_as_if_it_were_not_there(store: Store) -> None:
    store.history.store("predicted", [to_store(1)], store.now())
    assert set(store.history.digests()) == set(store.history.reviews_digests()) == {DAY}
    store.history.invalidate()
    assert store.history.digests() == store.history.reviews_digests() == {}
    assert store.history.stored() == set()


def test_a_look_at_the_history_reads_no_tables(store: Store) -> None:
    store.history.create_indexes()
    store.history.store("predicted", [to_store(1)], store.now())
    for query, shown in (
        ({"made_from": store.history.made_from}, {"_id": 0, "basis": 1, "day": 1}),
        (
            {"made_from": store.history.made_from, "basis": "predicted", "reviewed": {"$gt": 0}},
            {"_id": 0, "day": 1, "reviews_digest": 1},
        ),
    ):
        plan = str(store.history.days.find(query, shown).explain()["queryPlanner"]["winningPlan"])
        assert "PROJECTION_COVERED" in plan
        assert "FETCH" not in plan
