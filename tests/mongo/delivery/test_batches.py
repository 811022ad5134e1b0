"""The batches: one exposed at a time, and how far each is."""

from collections import Counter
from datetime import timedelta

import pytest

from monitor_core.mongo.delivery.batches import Batches
from monitor_core.mongo.store import Store


@pytest.fixture
def batches(store: Store) -> Batches:
    made = Batches(store)
    made.create_indexes()
    return made


def test_a_second_start_gives_the_batch_that_is_exposed(batches: Batches) -> None:
    first = batches.start(demo=False)
    assert (first.state, first.exposed, first.demo) == ("claiming", True, False)
    assert batches.start(demo=True) == first
    batches.hold(first)
    second = batches.start(demo=True)
    assert second.id != first.id
    assert second.demo
    assert [batch.id for batch in batches.open()] == [first.id, second.id]


def test_only_the_first_attempt_counts(batches: Batches) -> None:
    batch = batches.start(demo=False)
    assert batches.prepare(batch, "first", 7)
    assert not batches.prepare(batch, "second", 9)
    stored = batches.get(batch.id)
    assert stored
    assert (stored.state, stored.attempt) == ("prepared", "first")


def test_a_prepared_batch_is_not_abandoned_and_an_abandoned_one_not_prepared(batches: Batches) -> None:
    batch = batches.start(demo=False)
    batches.prepare(batch, "first", 7)
    batches.abandon(batch)
    assert batches.get(batch.id)
    batches.mark(batch)
    empty = batches.start(demo=False)
    batches.abandon(empty)
    assert batches.get(empty.id) is None
    assert not batches.prepare(empty, "first", 7)


def test_rows_are_newly_logged_once(batches: Batches) -> None:
    batch = batches.start(demo=False)
    batches.prepare(batch, "first", 7)
    assert batches.mark(batch)
    assert not batches.mark(batch)
    stored = batches.get(batch.id)
    assert stored
    assert (stored.stands, stored.exposed) == ("marked", False)


def test_a_batch_is_held_until_its_rows_are_logged(batches: Batches) -> None:
    assert not batches.is_one_held()
    batch = batches.start(demo=False)
    assert not batches.is_one_held()
    batches.prepare(batch, "first", 7)
    batches.hold(batch)
    assert batches.is_one_held()
    batches.mark(batch)
    assert not batches.is_one_held()


def test_what_is_done_is_counted_by_the_hour_for_a_day(batches: Batches) -> None:
    for rows in (7, 9):
        batch = batches.start(demo=False)
        batches.finish(batch)  # not prepared yet: it stays open
        assert batches.open_of([batch.id]) == {batch.id}
        batches.prepare(batch, "first", rows)
        batches.mark(batch)
        batches.finish(batch)
        assert batches.open_of([batch.id]) == set()
    old = {"_id": "old", "state": "done", "rows": 5, "finished_at": batches.store.now() - timedelta(hours=25)}
    batches.documents.insert_one(old)
    assert batches.open() == []
    assert batches.count_done() == 3
    by_hour = batches.rows_by_hour()
    assert sum(by_hour.values()) == 16
    assert Counter(hour.minute for hour in by_hour) == {0: len(by_hour)}


def test_the_demo_s_and_those_of_an_earlier_release_are_deleted(batches: Batches) -> None:
    demo = batches.start(demo=True)
    batches.documents.insert_one({"_id": "of old", "state": "claiming", "demo": False})
    assert batches.of_demo() == [demo.id]
    batches.delete_claiming_of_old()
    assert batches.get("of old") is None
    assert batches.get(demo.id)
    batches.delete(demo.id)
    assert batches.of_demo() == []
