"""Predictions that tests of reviewing share, and a look into the collection without our own code."""

from typing import Any

from monitor_core.mongo.reviewing.snapshots import Snapshot
from monitor_core.mongo.reviewing.writing import Reviewer
from monitor_core.mongo.store import Store
from tests.documents import at, fields, prediction

MADE = at(2026, 10, 5, 8)


def insert(store: Store, **values: Any) -> Any:
    """Insert a prediction of class 3 that nobody has reviewed, but for these values; return its id."""
    made = prediction(**{"day": MADE, "predicted": 3, "target": None, "reviewed": None, "filename": "a.png"} | values)
    return store.collection.insert_one(made).inserted_id


def seen(store: Store, sample_id: Any) -> Snapshot:
    snapshot = Reviewer(store).read(sample_id)
    assert snapshot is not None
    return snapshot


def change(store: Store, sample_id: Any, **values: Any) -> None:
    """Write into a prediction as another program does."""
    store.collection.update_one({"_id": sample_id}, {"$set": fields(**values)})


def raw(store: Store, sample_id: Any) -> dict[str, Any]:
    document = store.collection.find_one({"_id": sample_id})
    assert document is not None
    return document
