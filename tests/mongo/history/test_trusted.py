"""Which days are known to be as the history has them, and what a page is then spared."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from monitor_core.contract.bases import BASES, Basis
from monitor_core.contract.calendar import ONE_DAY, Period, stretches
from monitor_core.contract.selection import Selection
from monitor_core.logger import history
from monitor_core.logger import tick as jobs
from monitor_core.mongo.store import Store
from tests.conftest import plans
from tests.documents import FIELDS, fields

DAYS = 20


@pytest.fixture
def today(store: Store) -> date:
    return store.now().date()


@pytest.fixture
def period(today: date) -> Period:
    return Period(today - timedelta(days=DAYS), today)


@pytest.fixture
def watched(store: Store, period: Period) -> Store:
    """Twenty days of reviewed documents, all logged, with their history."""
    store.collection.insert_many([old_document(n, today=period.last) for n in range(DAYS * 5)])
    jobs.tick(store)
    return store


def old_document(n: int, today: date, **changes: Any) -> dict[str, Any]:
    """Predicted n // 5 + 1 days ago and reviewed an hour later; its id tells as much."""
    predicted = datetime.combine(today, datetime.min.time(), UTC) - timedelta(days=n // 5 + 1) + timedelta(hours=3)
    made = fields(_id=ObjectId.from_datetime(predicted + timedelta(seconds=n)), predicted_at=predicted)
    made |= fields(prediction=n % 3, validated=n % 2, confidence=0.5, validated_at=predicted + timedelta(hours=1))
    return made | fields(**changes)


def known(store: Store, period: Period, basis: Basis = "validated") -> list[date]:
    return list(store.trusted.trust(Selection(period, basis), store.trusted.last_look()).stored)


@pytest.mark.parametrize("basis", BASES)
def test_days_without_a_hint_of_change_are_known_and_not_counted_again(
    watched: Store, period: Period, basis: Basis
) -> None:
    past = Period(period.first, period.last - ONE_DAY)
    assert known(watched, past, basis) == list(past.days)
    before = watched.counts.of(Selection(past, basis), exact=True)

    def ask(store: Store) -> None:
        assert store.counts.of(Selection(past, basis)).digest == before.digest

    query_plans = plans(watched, ask)
    # The last look, how much was inserted, what may have changed since, and what has no date: none of the days.
    assert len(query_plans) == 4, query_plans


def test_a_day_with_a_new_review_is_counted(watched: Store, period: Period) -> None:
    one = watched.collection.find_one(fields(predicted_at={"$lt": datetime.now(UTC) - timedelta(days=9)}))
    assert one
    review = fields(validated=7, validated_at=datetime.now(UTC))
    watched.collection.update_one({"_id": one["_id"]}, {"$set": review})
    corrected = set(known(watched, period))
    assert not corrected & {period.last, one[FIELDS.validated_at].date()}  # the day it left, and the one it came to
    assert one[FIELDS.predicted_at].date() not in known(watched, period, "predicted")
    assert set(known(watched, period, "predicted")) >= set(
        Period(period.first, one[FIELDS.predicted_at].date() - ONE_DAY).days
    )
    assert 7 in watched.counts.of(Selection(period, "validated")).confusion.labels


def test_an_old_prediction_brought_in_late_is_seen_at_once(watched: Store, period: Period) -> None:
    late = old_document(40, period.last)
    del late["_id"]
    watched.collection.insert_one(late)
    assert late[FIELDS.predicted_at].date() not in known(watched, period, "predicted")


def reviewed_late(store: Store, today: date, at: Any) -> list[str]:
    """Ids of predictions of several days that have been reviewed just now."""
    late = [old_document(n, today, _id=f"late {n}", validated=7, validated_at=at) for n in (3, 40, 70)]
    store.collection.insert_many(late)
    return [one["_id"] for one in late]


@pytest.mark.parametrize("as_text", [False, True])
def test_what_the_worker_has_seen_is_known_however_new(watched: Store, period: Period, as_text: bool) -> None:
    """A review of the last minutes may have come since, by a slow clock; it has not if all is as the worker saw it."""
    at = watched.now() - timedelta(minutes=5)
    reviewed_late(watched, period.last, at.isoformat() if as_text else at)
    assert known(watched, period, "predicted") != list(period.days)
    jobs.tick(watched)
    for basis in BASES:
        assert known(watched, period, basis) == list(period.days)
        selection = Selection(period, basis)
        assert watched.counts.of(selection).digest == watched.counts.of(selection, exact=True).digest
    history.note_changes(watched)
    assert watched.database["monitor_history_due"].count_documents({}) == 0


def test_a_worker_that_counts_in_the_middle_of_a_question_leaves_no_old_day(watched: Store, period: Period) -> None:
    selection = Selection(period, "predicted")
    watched.counts.of(selection)  # holds the records
    reviewed_late(watched, period.last, watched.now() - timedelta(minutes=5))
    history.note_changes(watched)
    looked = watched.trusted.last_look()
    history.refresh(watched)
    trust = watched.trusted.trust(selection, looked).stored
    right = dict(zip(period.days, watched.live.plain_days(selection), strict=True))
    assert {day: counts.digest for day, counts in trust.items()} == {day: right[day].digest for day in trust}
    assert len(trust) >= DAYS


def test_a_day_that_changed_is_counted_once_until_it_changes_again(watched: Store, period: Period) -> None:
    """Of the many days that reviews come in for, each question counts those of the newest reviews only."""
    by_prediction = Selection(period, "predicted")

    def to_count() -> set[date]:
        """The days that a question has to count, which it then does."""
        trust = watched.trusted.trust(by_prediction, watched.trusted.last_look())
        assert set(trust.stored) | set(trust.recounted) | set(trust.changed) == set(period.days)
        assert watched.counts.of(by_prediction).digest == watched.counts.of(by_prediction, exact=True).digest
        return set(trust.changed)

    def day_of(n: int) -> date:
        return old_document(n, period.last)[FIELDS.predicted_at].date()  # type: ignore[no-any-return]

    reviewed_late(watched, period.last, watched.now())
    assert to_count() >= {day_of(3), day_of(40), day_of(70)}
    assert to_count() == set()
    review = fields(validated=8, validated_at=watched.now())
    watched.collection.update_one({"_id": "late 40"}, {"$set": review})
    assert to_count() == {day_of(40)}
    watched.collection.delete_one({"_id": "late 3"})
    assert to_count() == set()  # it is what the worker has counted once more
    watched.changes.note([("predicted", day_of(70))])
    assert to_count() == {day_of(70)}
    whole = ([day.digest for day in watched.counts.by_day(by_prediction, exact=exact)] for exact in (False, True))
    assert next(whole) == next(whole)


@pytest.mark.parametrize("change", ["come", "gone", "moved", "other class"])
def test_what_a_slow_clock_writes_after_the_worker_s_look_is_counted(
    watched: Store, period: Period, change: str
) -> None:
    ids = reviewed_late(watched, period.last, watched.now() - timedelta(minutes=5))
    jobs.tick(watched)
    assert known(watched, period, "predicted") == list(period.days)
    if change == "come":
        at = watched.now() - timedelta(minutes=8)
        watched.collection.insert_one(old_document(45, period.last, _id="late 45", validated_at=at))
    elif change == "gone":
        watched.collection.delete_one({"_id": ids[0]})
    elif change == "moved":
        moved = fields(validated=1, validated_at=watched.now() - timedelta(minutes=6))
        watched.collection.update_one({"_id": ids[0]}, {"$set": moved})
    else:
        watched.collection.update_one({"_id": ids[0]}, {"$set": fields(validated=4)})
    for basis in BASES:
        selection = Selection(period, basis)
        assert watched.counts.of(selection).digest == watched.counts.of(selection, exact=True).digest
    history.note_changes(watched)
    assert watched.database["monitor_history_due"].count_documents({}) > 0


def test_a_record_that_was_replaced_is_read_again(watched: Store, period: Period) -> None:
    """A class corrected without a new date leaves no trace: it shows once the worker has counted the day again."""
    selection = Selection(Period(period.first, period.last - ONE_DAY), "validated")
    stale = watched.counts.of(selection)
    watched.collection.update_many(fields(validated=1), {"$set": fields(validated=8)})
    assert watched.counts.of(selection).digest == stale.digest
    assert 8 in watched.counts.of(selection, exact=True).confusion.labels
    watched.database["monitor_history"].update_many({}, {"$set": {"checked_at": datetime(2026, 1, 1, tzinfo=UTC)}})
    history.refresh(watched)
    assert watched.counts.of(selection).digest == watched.counts.of(selection, exact=True).digest


def test_without_a_worker_nothing_is_known_for_longer_than_its_check(watched: Store, period: Period) -> None:
    past = Period(period.first, period.last - ONE_DAY)
    assert known(watched, past)
    ago = watched.now() - 1.6 * watched.settings.history_check
    watched.database["monitor_history"].update_many({}, {"$set": {"checked_at": ago}})
    other = Store(watched.settings)  # the app, which has held nothing yet
    assert known(other, past) == []
    assert (
        other.counts.of(Selection(past, "validated")).digest == watched.counts.of(Selection(past, "validated")).digest
    )


@pytest.mark.parametrize("name", ["monitor_worker", "monitor_history"])
def test_without_our_collections_all_is_counted(watched: Store, period: Period, name: str) -> None:
    watched.database[name].drop()
    assert known(Store(watched.settings), period) == []


def test_another_setting_s_records_are_not_ours(
    watched: Store, period: Period, make_store: Callable[..., Store]
) -> None:
    assert known(make_store(time_zone="America/Los_Angeles"), period) == []


def test_a_segment_is_always_counted(watched: Store, period: Period) -> None:
    segment = replace(Selection(period, "validated"), where=(("camera", "left"),))
    trust = watched.trusted.trust(segment, watched.trusted.last_look())
    assert not trust.stored
    assert not trust.recounted


@pytest.mark.parametrize("basis", BASES)
def test_looking_for_the_undated_skips_the_dated(store: Store, period: Period, basis: Basis) -> None:
    """Also the texts, unless these are asked for: a collection whose dates are texts has millions."""
    rows = [old_document(n, period.last) for n in range(200)]
    texts = [row | fields(_id=n, predicted_at=str(n), validated_at=str(n)) for n, row in enumerate(rows[:150])]
    store.collection.insert_many([*rows, *texts, fields(_id="none", validated=1)])
    store.indexes.create()
    assert store.live.undated_but_texts(basis) == 1
    assert store.live.undated_texts(basis) == 150
    for act, keys in ((lambda s: s.live.undated_but_texts(basis), 10), (lambda s: s.live.undated_texts(basis), 160)):
        for stats in plans(store, act, "executionStats"):
            assert "'stage': 'COLLSCAN'" not in stats
            assert int(re.search(r"'totalKeysExamined': (\d+)", stats)[1]) <= keys  # type: ignore[index]


def test_texts_that_are_no_dates_are_counted_by_the_worker(watched: Store, period: Period) -> None:
    selection = Selection(period, "validated")
    bad = old_document(3, period.last, validated_at="yesterday")
    del bad["_id"]
    watched.collection.insert_one(bad)
    assert watched.counts.of(selection, exact=True).excluded["undated_review"] == 1
    assert watched.counts.of(selection).excluded["undated_review"] == 0  # as the worker found it
    two_hours_ago = {"$set": {"texts_at": watched.now() - timedelta(hours=2)}}
    watched.database["monitor_worker"].update_one({"_id": "history"}, two_hours_ago)
    assert watched.counts.of(selection).excluded["undated_review"] == 1  # which is too long ago
    watched.database["monitor_worker"].update_one({"_id": "history"}, {"$unset": {"undated_texts": 1, "texts_at": 1}})
    history.note_changes(watched)
    assert watched.trusted.undated_texts("validated", watched.trusted.last_look()) == 1


def test_what_is_counted_is_told_day_by_day(store: Store, period: Period) -> None:
    progress: list[tuple[int, int]] = []
    long = Period(period.last - timedelta(days=99), period.last)
    store.counts.of(Selection(long, "validated"), progress=lambda done, of: progress.append((done, of)))
    assert progress == [(31, 100), (62, 100), (93, 100), (100, 100)]


def test_days_fall_into_stretches() -> None:
    days = [date(2026, 10, 30), date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 3)]
    assert stretches(days) == [Period(days[0], days[2]), Period(days[3], days[3])]
    assert [len(piece) for piece in Period(days[0], days[3]).pieces(2)] == [2, 2, 1]
