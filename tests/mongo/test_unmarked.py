"""The logged predictions that cannot hold their mark."""

from collections.abc import Callable
from typing import Any

import pytest

from monitor_core.logger.tick import tick
from monitor_core.mongo.store import Store
from monitor_core.settings.documents import FieldNames
from tests.documents import FIELDS, Document, at, fields, prediction


def runs(store: Store, logged: int) -> None:
    """Run the logger twice: the first run logs so many, the second one nothing, and none of them fails."""
    for expected in (logged, 0):
        result = tick(store)
        assert result is not None
        assert (result.error, result.failures, result.logged) == (None, (), expected)
    assert store.predictions.waiting().rows == 0


def test_a_view_is_logged_once_and_never_written(make_store: Callable[..., Store]) -> None:
    store = make_store()
    store.database["behind"].insert_many([prediction(_id=n) for n in range(30)])
    store.database.create_collection(store.settings.collection, viewOn="behind", pipeline=[])
    assert store.indexes.create() == store.indexes.missing() == []
    runs(store, 30)
    assert store.unmarked.reasons() == {"it is a view, which cannot be written": 30}
    assert store.database["behind"].count_documents(fields(logged=True)) == 0


def test_a_validator_that_refuses_the_mark_of_some_documents(store: Store) -> None:
    store.collection.insert_many([prediction(_id=n, strict=n % 3 == 0) for n in range(30)])
    rule = {"$or": [{"strict": False}, fields(logged={"$exists": False})]}
    store.database.command({"collMod": store.settings.collection, "validator": rule})
    runs(store, 30)
    assert store.collection.count_documents(fields(logged=True)) == 20
    assert sum(store.unmarked.reasons().values()) == 10


def test_a_text_where_the_mark_should_lie_costs_its_document_only(make_store: Callable[..., Store]) -> None:
    store = make_store(fields=FieldNames(logged="monitor.logged"))
    store.collection.insert_many([prediction(_id=n, monitor={} if n else "a text") for n in range(20)])
    runs(store, 20)
    assert store.collection.count_documents({"monitor.logged": True}) == 19
    ((reason, number),) = store.unmarked.reasons().items()
    assert number == 1
    assert "a text" not in reason


def test_a_time_series_collection_is_logged(store: Store) -> None:
    store.database.create_collection(store.settings.collection, timeseries={"timeField": FIELDS.predicted_at})
    store.collection.insert_many([prediction(at(2026, 10, 1, hour)) for hour in range(10)])
    runs(store, 10)


@pytest.mark.parametrize("ids", [[{"a": 1}, {"a": 2}], ["one", 2, {"a": [1]}]])
def test_ids_that_are_documents_are_logged_too(store: Store, ids: list[Any]) -> None:
    documents: list[Document] = [prediction(_id=id) for id in ids]
    store.collection.insert_many(documents)
    runs(store, len(ids))
    assert store.collection.count_documents(fields(logged=True)) == len(ids)
