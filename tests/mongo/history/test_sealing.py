"""Days whose documents are deleted: sealed ones keep their figures, the others follow the documents."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.logger import history
from monitor_core.logger.day_profiles import refresh_profiles
from monitor_core.mongo.history.sealing import sealed_before
from monitor_core.mongo.history.tables import packed
from monitor_core.mongo.store import Store
from monitor_core.reports.performance import read_performance, whole_period
from monitor_core.reports.quality import quality_report
from monitor_core.scores.counts import is_right
from tests.documents import FIELDS, fields, prediction

OLD, YOUNG = 100, 10  # days ago
SAMPLES = 40
AFTER = timedelta(minutes=5)


def midnight(store: Store, ago: int) -> datetime:
    now = store.now()
    return datetime(now.year, now.month, now.day, tzinfo=now.tzinfo) - timedelta(days=ago)


def fill(store: Store) -> dict[int, date]:
    """Predictions of an old and a young day, of which a quarter is wrong, and the days."""
    for ago in (OLD, YOUNG):
        start = midnight(store, ago)
        store.collection.insert_many(
            [
                prediction(
                    start + timedelta(minutes=n), target=1 if n % 4 else 2, reviewed=timedelta(minutes=5), logged=True
                )
                for n in range(SAMPLES)
            ]
        )
    store.history.create_indexes()
    recount(store)
    return {ago: midnight(store, ago).date() for ago in (OLD, YOUNG)}


def recount(store: Store, later: timedelta = timedelta(0)) -> None:
    """Count every day again, as each is within MONITOR_HISTORY_CHECK."""
    store.history.days.update_many({}, {"$set": {"checked_at": store.now() - timedelta(days=3)}})
    history.refresh(store)
    history.note_changes(store)


def delete(store: Store, ago: int, left: int = 0) -> None:
    start = midnight(store, ago)
    query = {FIELDS.predicted_at: {"$gte": start + timedelta(minutes=left), "$lt": start + timedelta(days=1)}}
    assert store.collection.delete_many(query).deleted_count == SAMPLES - left


def figures(store: Store, day: date, basis: Any = "validated") -> tuple[int, int]:
    """The samples of a day, and the right ones among them, as a page has them."""
    total = store.counts.of(Selection(Period(day, day), basis)).confusion.total()
    return int(total.reviewed), int(total.hits.sum())


@pytest.mark.parametrize("basis", ["validated", "predicted"])
@pytest.mark.parametrize("left", [0, 30])
def test_a_sealed_day_keeps_its_figures_and_a_young_one_follows_its_documents(
    store: Store, basis: Any, left: int
) -> None:
    days = fill(store)
    delete(store, OLD, left)
    delete(store, YOUNG, left)
    recount(store)
    assert figures(store, days[OLD], basis) == (SAMPLES, SAMPLES * 3 // 4)
    assert figures(store, days[YOUNG], basis)[0] == left
    (lossy,) = store.history.preserved(basis)
    assert (lossy.day, lossy.documents, lossy.left) == (days[OLD], SAMPLES, left)
    assert whole_period(store, basis, store.now().date()).first == days[OLD]
    recount(store)
    assert store.history.preserved(basis) == [lossy]
    report = read_performance(store, Selection(Period(days[OLD], days[YOUNG]), basis))
    assert report.counts.preserved == [days[OLD]]
    assert report.scores["accuracy"].samples == SAMPLES + left


def test_pages_show_a_sealed_day_whose_documents_nobody_has_missed_yet(store: Store) -> None:
    """Also where no logger runs any more, so that every day is counted from the documents."""
    days = fill(store)
    delete(store, OLD)
    long_ago = store.now() - timedelta(days=30)
    store.history.days.update_many({}, {"$set": {"checked_at": long_ago}})
    fresh = Store(store.settings)
    assert figures(fresh, days[OLD]) == (SAMPLES, SAMPLES * 3 // 4)
    assert (
        fresh.counts.by_day(Selection(Period(days[OLD], days[OLD]), "validated"))[0].confidence[:, 3].sum() == SAMPLES
    )
    exact = fresh.counts.of(Selection(Period(days[OLD], days[OLD]), "validated"), exact=True)
    assert exact.documents == 0


def test_a_correction_of_a_sealed_day_counts(store: Store) -> None:
    days = fill(store)
    store.collection.update_many({FIELDS.validated: 2}, {"$set": fields(validated=1)})
    recount(store)
    assert figures(store, days[OLD]) == (SAMPLES, SAMPLES)
    assert store.history.preserved() == []


def test_a_review_that_is_entered_again_leaves_its_sealed_day(store: Store) -> None:
    """A day that also loses a document keeps its figures: one review may have left it, and two are missing."""
    days = fill(store)
    first = store.collection.find_one({FIELDS.predicted_at: midnight(store, OLD)})
    assert first
    store.collection.update_one({"_id": first["_id"]}, {"$set": fields(validated=1, validated_at=store.now())})
    history.note_changes(store)
    history.refresh(store)
    assert figures(store, days[OLD])[0] == SAMPLES - 1
    assert figures(store, store.now().date())[0] == 1
    assert store.history.preserved() == []


def test_what_comes_back_is_counted_again(store: Store) -> None:
    days = fill(store)
    gone = list(store.collection.find({FIELDS.predicted_at: {"$lt": midnight(store, OLD - 1)}}))
    delete(store, OLD)
    recount(store)
    store.collection.insert_many(gone)
    recount(store)
    assert store.history.preserved() == []
    assert figures(store, days[OLD]) == (SAMPLES, SAMPLES * 3 // 4)


def test_sealing_can_be_off(make_store: Callable[..., Store]) -> None:
    store = make_store(seal_after=0)
    days = fill(store)
    delete(store, OLD)
    recount(store)
    assert figures(store, days[OLD]) == (0, 0)
    assert sealed_before(store.now(), store.settings) == date.min


def test_a_counted_for_the_format_before_stays_readable_and_is_never_overwritten(store: Store) -> None:
    """As an upgraded installation has it whose documents have expired."""
    days = fill(store)
    stored = store.history.read("predicted", Period(days[OLD], days[OLD]))[days[OLD]]
    rows = stored.confidence.copy()
    rows[:, 1] = rows[:, 0] == rows[:, 1]
    before = {"made_from": store.history.made_before[0], "confidence": packed(rows), "digest": "an earlier one"}
    store.history.days.update_many({}, {"$set": before, "$unset": dict.fromkeys(("format", "counted_for", "hours"), 1)})
    delete(store, OLD)
    history.refresh(store)
    history.note_changes(store)
    for basis in ("validated", "predicted"):
        assert figures(store, days[OLD], basis) == (SAMPLES, SAMPLES * 3 // 4)
    read = store.history.read("predicted", Period(days[OLD], days[OLD]))[days[OLD]]
    assert read.preserved
    right = is_right(read.confidence)
    assert (read.confidence[right, 3].sum(), read.confidence[~right, 3].sum()) == (30, 10)
    history.invalidate(store)
    history.refresh(store)
    assert figures(Store(store.settings), days[OLD]) == (SAMPLES, SAMPLES * 3 // 4)
    young = store.history.days.find_one({"_id": f"predicted/{days[YOUNG]}"})
    assert young
    assert young["format"] == 5


def test_another_zone_counts_again_what_is_there_and_keeps_hidden_what_is_not(
    store: Store, make_store: Callable[..., Store]
) -> None:
    days = fill(store)
    delete(store, OLD)
    other = make_store(database=store.settings.database, time_zone="Asia/Tokyo")
    history.refresh(other)
    assert other.history.read("predicted", Period(days[OLD], days[OLD])).get(days[OLD]) is None
    assert history.refresh(other).counted == 0
    history.refresh(store)
    assert figures(store, days[OLD], "predicted") == (SAMPLES, SAMPLES * 3 // 4)


def test_the_profile_of_a_sealed_day_stays(store: Store) -> None:
    days = fill(store)
    refresh_profiles(store)
    made = store.profiles.read(days[OLD])
    delete(store, OLD)
    recount(store)
    store.profiles.invalidate()
    refresh_profiles(store, pause=timedelta(0))
    after = store.profiles.read(days[OLD])
    assert made
    assert after
    assert (after.rows, after.made_at) == (made.rows, made.made_at)


def test_a_day_that_loses_most_of_its_documents_is_said(store: Store) -> None:
    days = fill(store)
    delete(store, OLD, 30)  # a quarter
    delete(store, YOUNG, 5)
    recount(store)
    recount(store)
    report = quality_report(store, Period(days[OLD], days[YOUNG]), store.now())
    assert [(lost.day, lost.documents, lost.left) for lost in report.lost] == [(days[YOUNG], SAMPLES, 5)]


def test_dropped_days_are_gone(store: Store) -> None:
    days = fill(store)
    delete(store, OLD)
    recount(store)
    assert store.history.drop_preserved() == 2
    assert figures(Store(store.settings), days[OLD]) == (0, 0)
