"""One connection, and its parts."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.logger import tick as jobs
from monitor_core.mongo.store import Store
from tests.documents import FIELDS, fields, prediction


def test_every_part_reads_the_same_predictions(store: Store) -> None:
    assert store.predictions.is_empty()
    made = prediction(trained=True)
    store.collection.insert_one(made)
    day = Period(made[FIELDS.predicted_at].date(), made[FIELDS.predicted_at].date())
    assert store.counts.of(Selection(day, "predicted")).documents == 1
    assert store.training.by_class() == {1: 1}
    assert store.predictions.read(made["_id"]) == store.collection.find_one()
    assert store.indexes.missing() != []
    assert store.indexes.create() == []
    assert store.indexes.missing() == []


def test_the_time_is_the_database_s(store: Store) -> None:
    assert store.now().tzinfo == UTC
    assert abs(store.now() - datetime.now(UTC)) < timedelta(minutes=1)  # here it runs on the same machine
    assert re.fullmatch(r"\d+\.\d+\.\d+", store.server())


def test_the_version_is_asked_once_and_again_only_where_something_is_missing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = ["5.0.1", "6.0.1", "asked again"]
    monkeypatch.setattr(Store, "server", lambda _self: versions.pop(0))
    assert "5.0.1" in str(store.lacks("data quality"))
    assert store.lacks("data quality") is store.lacks("data quality") is None  # it has been upgraded
    assert versions == ["asked again"]


def test_our_own_collections_may_be_in_another_database(store: Store, make_store: Callable[..., Store]) -> None:
    theirs, ours = store.settings.database, f"{store.settings.database}_ours"
    apart = make_store(database=theirs, state_database=ours)
    try:
        store.collection.insert_many([prediction(_id=n) for n in range(5)])
        result = jobs.tick(apart)
        assert result
        assert (result.logged, result.failures, result.error) == (5, (), None)
        assert store.database.list_collection_names() == [store.collection.name]
        assert {"monitor_worker", "monitor_history", "monitor_batches"} <= set(
            store.database.client[ours].list_collection_names()
        )
        assert store.collection.count_documents(fields(logged=True)) == 5
        assert apart.history.state().days > 0
        assert apart.state.last_tick() == result
    finally:
        store.database.client.drop_database(ours)


def test_the_stores_of_several_models_share_a_connection(store: Store) -> None:
    bottles = store.settings.model_copy(update={"model": "bottles", "collection": "bottles"})
    other = store.of_another(bottles)
    assert other.database.client is store.database.client
    other.collection.insert_one(prediction())
    assert (store.collection.count_documents({}), other.collection.count_documents({})) == (0, 1)
    assert other.ours is not store.ours
