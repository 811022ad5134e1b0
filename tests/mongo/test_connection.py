"""The connection, and its errors in words."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from monitor_core.contract.errors import DatabaseUnavailable, SettingsError
from monitor_core.mongo.connection import Document, united
from monitor_core.mongo.store import Store
from tests.conftest import plans
from tests.documents import FIELDS, fields


def test_a_dead_database_is_said_with_the_remedy_and_without_the_password(make_store: Callable[..., Store]) -> None:
    uri = "mongodb://root:hunter2@127.0.0.1:9/?serverSelectionTimeoutMS=300"
    store = Store(make_store().settings.model_copy(update={"mongodb_uri": SecretStr(uri)}))
    with pytest.raises(DatabaseUnavailable) as caught:
        store.predictions.is_empty()
    assert "127.0.0.1:9" in str(caught.value)
    assert "MONITOR_MONGODB_URI" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("uri", ["mongodb://user:hunter2/x@db:27017", "mongodb://a:hunter2@db:port", "mongodb://"])
def test_an_address_the_driver_refuses_shows_no_password(make_store: Callable[..., Store], uri: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Store(make_store().settings.model_copy(update={"mongodb_uri": SecretStr(uri)}))
    assert "MONITOR_MONGODB_URI" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_several_aggregations_are_one_question_each_by_its_index(store: Store) -> None:
    store.indexes.create()
    hours = [datetime(2026, 10, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(300)]
    store.collection.insert_many([fields(predicted_at=hour, validated_at=hour) for hour in hours])
    pipelines: list[list[Document]] = [
        [{"$match": {name: {"$gte": hours[-n]}}}, {"$group": {"_id": f"${name}"}}]
        for name, n in ((FIELDS.predicted_at, 2), (FIELDS.validated_at, 250))
    ]
    found = list(united(store.collection, pipelines))
    assert sorted(document["_id"] for index, document in found if index == 0) == hours[-2:]
    assert sorted(document["_id"] for index, document in found if index == 1) == hours[-250:]
    assert {tuple(document) for _, document in found} == {("_id",)}
    (plan,) = plans(store, lambda watched: list(united(watched.collection, pipelines)))
    assert "COLLSCAN" not in plan
    assert [plan.count(f"'indexName': 'monitor_{name}'") for name in (FIELDS.predicted_at, FIELDS.validated_at)] == [
        1,
        1,
    ]
    assert list(united(store.collection, [])) == []
