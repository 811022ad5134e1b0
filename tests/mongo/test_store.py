"""One connection, and its parts."""

import re
from datetime import UTC, datetime, timedelta

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from tests.documents import prediction


def test_every_part_reads_the_same_predictions(store: Store) -> None:
    assert store.predictions.is_empty()
    made = prediction(trained=True)
    store.collection.insert_one(made)
    day = Period(made["timestamp"].date(), made["timestamp"].date())
    assert store.counts.of(Selection(day, "predicted")).documents == 1
    assert store.training.by_class() == {1: 1}
    assert store.predictions.read(made["_id"]) == store.collection.find_one()
    assert len(store.indexes.missing()) == len(store.indexes.create()) + 4  # it made all of them
    assert store.indexes.missing() == []


def test_the_time_is_the_database_s(store: Store) -> None:
    assert store.now().tzinfo == UTC
    assert abs(store.now() - datetime.now(UTC)) < timedelta(minutes=1)  # here it runs on the same machine
    assert re.fullmatch(r"\d+\.\d+\.\d+", store.server())


def test_another_way_to_the_database_is_used_by_every_part(store: Store) -> None:
    other = store.database.client[f"{store.settings.database}_other"]
    there = Store(store.settings, database=other)
    try:
        there.collection.insert_one(prediction())
        assert not there.predictions.is_empty()
        assert store.predictions.is_empty()
    finally:
        store.database.client.drop_database(other.name)
