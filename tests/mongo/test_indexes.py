"""The indexes of the predictions: which will do, which are made, which are dropped."""

from collections.abc import Callable
from typing import Any

import pytest

from monitor_core.mongo.indexes import of_pending
from monitor_core.mongo.store import Store
from tests.documents import prediction


def test_an_index_of_another_name_will_do(store: Store) -> None:
    wanted = store.indexes.missing()[0]
    store.collection.create_index([(key, 1) for key in (*wanted.keys, "camera")], name="theirs")
    assert wanted not in store.indexes.missing()
    assert store.indexes.create() == []


@pytest.mark.parametrize("fewer", [{"sparse": True}, {"partialFilterExpression": {"camera": 1}}, {"hidden": True}])
def test_an_index_that_holds_fewer_documents_will_not_do(store: Store, fewer: dict[str, Any]) -> None:
    """Read through it, the worker would never see the others."""
    store.collection.insert_many([prediction() for _ in range(3)])
    wanted = of_pending(store.settings)
    store.collection.create_index([(key, 1) for key in wanted.keys], name="theirs", **fewer)
    assert wanted in store.indexes.missing()
    assert [len(some) for some in store.predictions.pending()] == [3]


def test_other_settings_make_other_indexes_and_drop_what_nothing_leans_on(make_store: Callable[..., Store]) -> None:
    def names() -> set[str]:
        return {name for name in plain.collection.index_information() if name.startswith("monitor_")}

    plain, cameras, models = make_store(), make_store(segments={"c": "camera"}), make_store(segments={"m": "meta.v"})
    assert plain.indexes.create() == []
    before = names()
    assert cameras.indexes.missing() != []
    assert cameras.indexes.create() == []
    assert len(names()) == 5
    assert all(name in names() for name in ("monitor_camera", *(index.name for index in cameras.indexes.missing())))
    assert cameras.indexes.missing() == []
    assert models.indexes.create() == []
    assert not any("camera" in name for name in names())
    assert plain.indexes.create() == []  # the longer ones stand for the shorter
    assert plain.indexes.missing() == []
    assert "monitor_meta.v" not in names()
    assert before - names()
