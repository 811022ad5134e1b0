"""A day's profile equals its rows, and follows them."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from monitor_core.logger import history
from monitor_core.logger.day_profiles import refresh_profiles
from monitor_core.mongo.store import Store
from tests.documents import FIELDS, at, fields
from tests.workers import confusion


def document(**changes: Any) -> dict[str, Any]:
    dates = fields(predicted_at=at(2026, 10, 3), validated_at=at(2026, 10, 4))
    return dates | fields(prediction=1, validated=1, confidence=0.5) | fields(**changes)


def test_a_days_profile_equals_its_rows_and_follows_them(make_store: Callable[..., Store]) -> None:
    store = make_store(time_zone="Europe/Madrid", class_names={1: "one", 2: "two"})
    late, early = at(2026, 10, 3, 21, 59), "2026-10-03T00:00:00"  # both ends of the local day
    store.collection.insert_many(
        [
            document(predicted_at=late),
            document(predicted_at=early, validated=2, confidence=None),
            document(predicted_at=late, validated=False),
            document(predicted_at=at(2026, 10, 3, 22)),  # the next day
            document(predicted_at=late, validated=None),
        ]
    )
    history.refresh(store)
    assert refresh_profiles(store) == 2
    assert store.profiles.days() == [date(2026, 10, 4), date(2026, 10, 3)]
    profile = store.profiles.read(date(2026, 10, 3))
    assert profile
    assert (profile.rows, profile.current) == (3, True)
    assert profile.summary[FIELDS.confidence]["missing"] == 1
    assert profile.summary[FIELDS.confidence]["max"] == 0.5
    assert profile.summary[FIELDS.prediction]["frequent"] == [["one", 3]]
    assert profile.summary[FIELDS.validated]["missing"] == 1  # the rejected one
    assert confusion(store.profiles.data(date(2026, 10, 3))) == {("one", "one"): 1, ("two", "one"): 1}
    assert refresh_profiles(store) == 0

    store.collection.delete_many(fields(validated=2))
    store.database["monitor_history"].update_many({}, {"$set": {"checked_at": at(2026, 1, 1)}})
    history.refresh(store)
    assert refresh_profiles(store) == 0  # it was made a moment ago
    stale = store.profiles.read(date(2026, 10, 3))
    assert stale
    assert not stale.current
    assert refresh_profiles(store, pause=timedelta(0)) == 1
    fresh = store.profiles.read(date(2026, 10, 3))
    assert fresh
    assert (fresh.rows, fresh.current) == (2, True)

    store.collection.delete_many({})
    store.database["monitor_history"].update_many({}, {"$set": {"checked_at": at(2026, 1, 1)}})
    history.refresh(store)
    refresh_profiles(store)
    assert store.profiles.days() == []
