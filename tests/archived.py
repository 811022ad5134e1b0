"""A history with a day of every kind, for the tests of what is exported of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from monitor_core.contract.calendar import END_DAY, FIRST_DAY, ONE_DAY, Period
from monitor_core.logger import history
from monitor_core.logger.day_profiles import refresh_profiles
from monitor_core.mongo.history.tables import packed
from monitor_core.mongo.store import Store
from tests.documents import ROWS, prediction

EVER = Period(FIRST_DAY, END_DAY - ONE_DAY)
SETTINGS: dict[str, Any] = {"fields": {"scene": "scene"}, "class_names": {0: "pear", 1: "apple"}}
YOUNG, LOSSY, OLD = 3, 100, 90  # days ago


def filled_store(make_store: Callable[..., Store]) -> Store:
    """Return a filled store of the test's database."""
    return fill_store(make_store(**SETTINGS))


def fill_store(store: Store) -> Store:
    """Store scenes, yes/no reviews, a sealed day that has lost documents, a due one, and one of format 4."""
    store.collection.insert_many([dict(row) for row in ROWS])
    for ago in (LOSSY, OLD, YOUNG):
        at = noon(store, ago)
        store.collection.insert_many(
            [prediction(at + timedelta(minutes=n), target=n % 3, scene=n // 4, logged=True) for n in range(40)]
        )
    store.history.create_indexes()
    history.refresh(store)
    store.collection.delete_many(
        {store.fields.predicted_at: {"$gte": noon(store, LOSSY), "$lt": noon(store, LOSSY - 1)}}
    )
    store.history.days.update_many({}, {"$set": {"checked_at": store.now() - timedelta(days=3)}})
    history.refresh(store)
    refresh_profiles(store, pause=timedelta(0))
    of_format_4(store, f"predicted/{noon(store, OLD).date()}")
    store.changes.note([("validated", noon(store, 2).date())], {("validated", noon(store, 2).date()): 2})
    return store


def noon(store: Store, ago: int) -> datetime:
    return store.now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=ago)


def of_format_4(store: Store, name: str) -> None:
    """Make a stored day one as earlier versions stored it."""
    stored = store.history.days.find_one({"_id": name})
    assert stored
    counts = next(day for day in store.archive.days() if name == f"{day.basis}/{day.day}").counts
    rows = counts.confidence.copy()
    rows[:, 1] = [2 if not result >= 0 else result == guess for guess, result in rows[:, :2]]
    before = {"made_from": store.history.made_before[0], "confidence": packed(rows), "digest": "an earlier one"}
    gone = dict.fromkeys(("format", "counted_for", "hours", "scenes"), 1)
    store.history.days.update_one({"_id": name}, {"$set": before, "$unset": gone})


def raw(store: Store) -> dict[str, dict[str, Any]]:
    """The documents of the history and its profiles, without the mark of an import."""
    return {
        f"{collection.name} {document['_id']}": {name: document[name] for name in document.keys() - {"imported_at"}}
        for collection in (store.history.days, store.profiles.profiles)
        for document in collection.find()
    }


def drop(store: Store) -> None:
    for collection in (store.history.days, store.profiles.profiles, store.changes.due):
        collection.delete_many({})
