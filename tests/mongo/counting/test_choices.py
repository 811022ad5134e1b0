"""The values of a segment; tests/mongo/test_live.py has the queries."""

from collections.abc import Callable

from monitor_core.mongo.counting.choices import MOST_CHOICES, choices_of
from monitor_core.mongo.store import Store
from tests.documents import prediction


def test_without_an_index_there_is_no_choice(make_store: Callable[..., Store]) -> None:
    store = make_store(segments={"camera": "camera"})
    store.collection.insert_many([prediction(camera=value) for value in ("left", "right")])
    assert choices_of(store.settings, store.collection, "camera") is None
    store.indexes.create()
    assert choices_of(store.settings, store.collection, "camera") == ["left", "right"]
    assert MOST_CHOICES > 2
