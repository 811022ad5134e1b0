"""The numbers of documents of each day."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor_core.contract.bases import BASES
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.logger import history
from monitor_core.logger.tick import tick
from monitor_core.mongo.history import recent
from monitor_core.mongo.history.numbers import CLOCKS, differing, numbers, traces_of_all
from monitor_core.mongo.store import Store
from tests.conftest import plans
from tests.documents import at, fields, prediction

DAYS = Period(date(2026, 10, 1), date(2026, 10, 3))


def test_each_day_is_counted_by_an_index_alone(store: Store) -> None:
    store.indexes.create()
    store.collection.insert_many([prediction(at(2026, 10, day, 12)) for day in (1, 1, 3, 9)])
    store.collection.insert_many([prediction(predicted_at="2026-10-02T23:00:00-05:00"), prediction(predicted_at=None)])
    days = {f"predicted/2026-10-0{day}": number for day, number in ((1, 2), (2, 0), (3, 1))}
    assert numbers(store.live, "predicted", DAYS) == days | {f"predicted/2026-10-03{CLOCKS}": 1}
    for plan in plans(store, lambda watched: numbers(watched.live, "predicted", DAYS)):
        assert "FETCH" not in plan
        assert "COLLSCAN" not in plan


def test_days_differ_by_their_numbers() -> None:
    then = {"predicted/2026-10-01": 2, "predicted/2026-10-02": 0, f"predicted/2026-10-02{CLOCKS}": 4}
    assert differing(then, then, only_known=True) == {}
    assert differing({}, then, only_known=True) == {}
    assert set(differing({}, {"predicted/2026-10-01": 2, "predicted/2026-10-02": 0}, only_known=False)) == {
        ("predicted", date(2026, 10, 1))
    }
    now = {"predicted/2026-10-01": 3, "predicted/2026-10-02": 0}
    assert set(differing(then, now, only_known=True)) == {("predicted", day) for day in DAYS.days}


@pytest.mark.parametrize("text", [False, True])
def test_predictions_with_ids_of_their_own_that_arrive_late_are_counted_by_the_next_run(
    store: Store, text: bool
) -> None:
    old = store.now() - timedelta(days=3)
    made: Any = old.isoformat() if text else old
    store.collection.insert_many(
        [prediction(predicted_at=made, reviewed=None, target=None, _id=f"a{n}") for n in range(5)]
    )
    tick(store)
    tick(store)
    store.collection.insert_many(
        [prediction(predicted_at=made, reviewed=None, target=None, _id=f"b{n}") for n in range(20)]
    )
    tick(store)
    day = old.astimezone(ZoneInfo("UTC")).date()
    selection = Selection(Period(day, day), "predicted")
    assert store.counts.of(selection).documents == store.counts.of(selection, exact=True).documents == 25


def test_after_an_import_the_days_are_counted_and_the_documents_not_looked_at_one_by_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "MOST_INSERTED", 25)
    now: datetime = store.now()
    days = Period((now - timedelta(days=60)).date(), now.date())
    store.collection.insert_many([prediction(now - timedelta(days=n)) for n in range(0, 60, 5)])
    history.note_changes(store)
    history.refresh(store)
    history.note_changes(store)
    store.collection.insert_many([prediction(now - timedelta(days=n)) for n in range(1, 60, 2)])

    def same(of: Store) -> None:
        for basis in BASES:
            selection = Selection(days, basis)
            assert of.counts.of(selection).digest == of.counts.of(selection, exact=True).digest

    same(store)
    assert not any("'v': {'$floor'" in plan and "'_id': {'$gte'" in plan for plan in plans(store, same))
    history.note_changes(store)
    history.refresh(store)
    same(store)
    store.collection.insert_one(prediction(now - timedelta(days=50)))
    same(store)


def test_a_change_of_any_document_s_instant_shows_in_the_traces_of_its_day(store: Store) -> None:
    day = date(2026, 10, 3)
    period = Period(day, date(2026, 10, 4))
    store.collection.insert_many([prediction(at(2026, 10, 3, hour), _id=hour) for hour in range(5)])
    before = traces_of_all(store.live, "predicted", period)
    assert traces_of_all(store.live, "predicted", Period(day, day)) == {day: before[day]}
    for change in (at(2026, 10, 3, 9), "2026-10-03T09:00:00Z", None):
        store.collection.update_one({"_id": 2}, {"$set": fields(predicted_at=change)})
        after = traces_of_all(store.live, "predicted", period)
        assert after[day] != before[day]
        before = after
