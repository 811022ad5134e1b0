"""The performance history equals the documents, whatever happened to them."""

import math
import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from bson.datetime_ms import DatetimeMS
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

from monitor_core.contract import documents as contract
from monitor_core.contract.bases import BASES, Basis
from monitor_core.contract.calendar import Period, local_day
from monitor_core.contract.selection import Selection
from monitor_core.logger import history
from monitor_core.logger import tick as jobs
from monitor_core.mongo.store import Store
from monitor_core.scores.confusion import REJECTED
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED, DayCounts
from monitor_core.scores.delays import delay_quantile
from tests.conftest import plans
from tests.documents import FIELDS, at, fields
from tests.lanes import examples

ZONE = ZoneInfo("Europe/Madrid")
Oracle = dict[str, Any]


def expected(documents: list[dict[str, Any]], basis: str, day: date, zone: ZoneInfo) -> Oracle:
    """What a day's record has to hold, by one look at each raw document."""
    oracle: Oracle = {
        "documents": 0,
        "not_reviewed": 0,
        "cells": Counter(),
        "confidence": Counter(),
        "delays": Counter(),
    }
    for document in documents:
        instants = {
            name: contract.Notation(zone).instant_of(document.get(field))
            for name, field in (("validated", FIELDS.validated_at), ("predicted", FIELDS.predicted_at))
        }
        if not instants[basis] or local_day(instants[basis], zone) != day:
            continue
        oracle["documents"] += 1
        value, prediction = document.get(FIELDS.validated), document[FIELDS.prediction]
        if value is None or (value is False and not instants["validated"]):
            oracle["not_reviewed"] += 1
            result = NOT_REVIEWED
        else:
            target = REJECTED if value is False else prediction if value is True else value
            oracle["cells"][target, prediction] += 1
            result = target
            if all(instants.values()):
                minutes = (instants["validated"] - instants["predicted"]) / timedelta(minutes=1)
                oracle["delays"][contract.delay_bucket(minutes)] += 1
        confidence = contract.PLAIN.confidence_of(document.get(FIELDS.confidence))
        at_bin = NO_CONFIDENCE if confidence is None else contract.confidence_bin(confidence)
        oracle["confidence"][prediction, result, at_bin] += 1
    return oracle


def as_counters(counts: DayCounts) -> Oracle:
    return {
        "documents": counts.documents,
        "not_reviewed": counts.not_reviewed,
        "cells": Counter({(t, p): n for t, p, n in counts.cells.tolist()}),
        "confidence": Counter({(p, o, b): n for p, o, b, n in counts.confidence.tolist()}),
        "delays": Counter(dict(counts.delays.tolist())),
    }


NOTHING: Oracle = {"documents": 0, "not_reviewed": 0, "cells": {}, "confidence": {}, "delays": {}}


def assert_equals_the_documents(store: Store, first: date, last: date) -> None:
    documents = list(store.collection.find())
    for basis in BASES:
        stored_days = store.history.read(basis, Period(first, last))
        for day in Period(first, last).days:
            stored_counts = as_counters(stored_days[day]) if day in stored_days else NOTHING
            assert stored_counts == expected(documents, basis, day, store.settings.zone), (basis, day)


def document(**changes: Any) -> dict[str, Any]:
    dates = fields(predicted_at=at(2026, 10, 3), validated_at=at(2026, 10, 4))
    return dates | fields(prediction=1, validated=1, confidence=0.5) | fields(**changes)


OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))

EXAMPLES = examples(int(os.environ.get("HISTORY_EXAMPLES", "8")))  # of some twenty steps
OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(
            ["insert"] * 3
            + ["import"] * 2
            + ["review"] * 4
            + ["old review", "correct", "correct", "silent", "delete", "tick", "tick"]
        ),
        st.integers(0, 10**6),
        st.sampled_from([0, 1, 2, True, False]),
        st.integers(0, 96),  # hours ago
    ),
    min_size=3,
    max_size=40,
)


@given(OPERATIONS)
@settings(
    max_examples=EXAMPLES,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_after_a_tick_the_history_equals_the_documents(
    make_store: Callable[..., Store], operations: list[tuple[str, int, Any, int]]
) -> None:
    """Inserts, reviews and corrections with the reviewer's date by the next tick; what left no trace by a check.

    And what the pages are told, known days and counted ones together, equals a full count all along: but for a review
    entered with an old date, until the next tick.
    """
    store = make_store(time_zone="Europe/Madrid")
    for name in store.database.list_collection_names():
        store.database[name].delete_many({})
    today = local_day(datetime.now(UTC), ZONE)
    span = (today - timedelta(days=6), today + timedelta(days=1))
    silent = backdated = False
    for kind, chosen, answer, hours in [*operations, ("tick", 0, 0, 0)]:
        if kind == "tick":
            jobs.tick(store)
            if silent:
                store.database["monitor_history"].update_many({}, {"$set": {"checked_at": at(2026, 1, 1)}})
                history.refresh(store)
            silent = backdated = False
            assert_equals_the_documents(store, *span)
        else:
            silent = _change(store, kind, chosen, answer, hours) or silent
            backdated = backdated or kind == "old review"
        if not (silent or backdated):
            assert_told_as_counted_now(store, Period(*span))


def assert_told_as_counted_now(store: Store, period: Period) -> None:
    for basis in BASES:
        selection = Selection(period, basis)
        reported, counted = store.counts.of(selection), store.counts.of(selection, exact=True)
        assert reported.digest == counted.digest, (reported, counted)
        told_days, counted_days = store.counts.by_day(selection), store.counts.by_day(selection, exact=True)
        assert [as_counters(day) for day in told_days] == [as_counters(day) for day in counted_days]


def _change(store: Store, kind: str, chosen: int, answer: Any, hours: int) -> bool:
    """Change one document; whether nothing in it tells that it was changed."""
    now = datetime.now(UTC)
    if kind in ("insert", "import"):
        predicted = now - timedelta(hours=hours if kind == "import" else 0)
        written = fields(
            prediction=chosen % 3,
            predicted_at=predicted,
            confidence=chosen / 10**6 if chosen % 5 else None,
        )
        store.collection.insert_one(written | (fields(logged=False) if chosen % 2 else {}))
        return False
    reviewed = kind in ("correct", "silent")
    documents = list(store.collection.find(fields(validated={"$exists": reviewed}) if kind != "delete" else {}))
    if not documents:
        return False
    one = documents[chosen % len(documents)]
    changes = {
        "review": fields(validated=answer, validated_at=now),
        "old review": fields(
            validated=answer,
            # A review before the prediction is found too, but a second one of it only by the check.
            validated_at=max(one[FIELDS.predicted_at], now - timedelta(hours=hours)).isoformat(),
        ),
        "correct": fields(validated=answer, validated_at=now),
        "silent": fields(validated=answer),
    }
    if kind == "delete":
        store.collection.delete_one({"_id": one["_id"]})
    else:
        store.collection.update_one({"_id": one["_id"]}, {"$set": changes[kind]})
    return kind in ("silent", "delete")


def test_a_days_scores_equal_scikit_learn(store: Store) -> None:
    rng = np.random.default_rng(3)
    rows = [(int(t), int(p)) for t, p in rng.integers(0, 4, (200, 2))]
    store.collection.insert_many([document(validated=t, prediction=p) for t, p in rows])
    history.refresh(store)
    scores = store.database["monitor_history"].find_one({"_id": "validated/2026-10-04"})["scores"]
    targets, predictions = [t for t, _ in rows], [p for _, p in rows]
    assert scores["accuracy"][0] == pytest.approx(accuracy_score(targets, predictions), abs=1e-12)
    for kind in ("macro", "weighted"):
        right = precision_recall_fscore_support(targets, predictions, average=kind, zero_division=np.nan)
        for metric, value in zip(("precision", "recall", "f1"), right, strict=False):
            found, low, high = scores[f"{kind}_{metric}"]
            assert found == pytest.approx(value, abs=1e-12)
            assert low < found < high


def test_a_record_says_when_and_from_what_it_was_made_and_is_undefined_as_null(store: Store) -> None:
    store.collection.insert_one(document(validated=None))
    before = store.now()
    history.refresh(store)
    record = store.database["monitor_history"].find_one({"_id": "predicted/2026-10-03"})
    assert (record["documents"], record["not_reviewed"], record["reviewed"]) == (1, 1, 0)
    assert record["scores"]["accuracy"] == [None, None, None]
    assert record["hours_to_review"] == {"median": None, "p90": None}
    assert record["computed_at"] >= before
    assert record["made_from"]


def test_the_time_to_review_is_kept_within_five_per_cent(store: Store) -> None:
    hours = np.random.default_rng(5).lognormal(1.5, 1, 400)
    reviewed = at(2026, 10, 20, 12)
    store.collection.insert_many(
        [document(predicted_at=reviewed - timedelta(hours=h), validated_at=reviewed) for h in hours.tolist()]
    )
    history.refresh(store)
    stored_hours = store.database["monitor_history"].find_one({"_id": "validated/2026-10-20"})["hours_to_review"]
    assert stored_hours["median"] == pytest.approx(np.quantile(hours, 0.5), rel=0.05)
    assert stored_hours["p90"] == pytest.approx(np.quantile(hours, 0.9), rel=0.05)


def test_the_quantile_of_swapped_dates_is_no_time_at_all() -> None:
    assert delay_quantile(np.array([[-1, 5], [8, 1]]), 0.5) == 0.0
    assert delay_quantile(np.zeros((0, 2), np.int64), 0.5) is None


def test_a_second_refresh_counts_nothing(store: Store) -> None:
    store.collection.insert_many([document(), document(validated=2)])
    first = history.refresh(store)
    assert first.changed == first.counted > 50
    again = history.refresh(store)
    assert (again.counted, again.changed, again.left) == (0, 0, 0)


def test_a_rebuild_makes_every_day_anew_and_comes_to_the_same(store: Store) -> None:
    store.collection.insert_many([document(), document(validated=2)])
    history.refresh(store)

    def content() -> list[dict[str, Any]]:
        leave_out = dict.fromkeys(("computed_at", "checked_at"), 0)
        return list(store.database["monitor_history"].find({}, leave_out).sort("_id"))

    before = content()
    history.invalidate(store)
    assert store.history.read("validated", OCTOBER) == {}
    history.refresh(store)
    assert content() == before


def test_a_class_corrected_in_silence_is_found_by_the_check(make_store: Callable[..., Store]) -> None:
    store = make_store(history_check=timedelta(hours=2))
    one = store.collection.insert_one(document()).inserted_id
    history.refresh(store)
    store.collection.update_one({"_id": one}, {"$set": fields(validated=7)})
    assert history.refresh(store).counted == 0
    store.database["monitor_history"].update_many({}, {"$set": {"checked_at": datetime.now(UTC) - timedelta(hours=3)}})
    refreshed = history.refresh(store)
    assert refreshed.changed == 2  # the day of its review and that of its prediction
    assert store.history.read("validated", OCTOBER)[date(2026, 10, 4)].cells.tolist() == [[7, 1, 1]]


def test_a_correction_with_a_new_date_is_taken_from_its_old_day_at_once(store: Store) -> None:
    now = datetime.now(UTC)
    earlier = now - timedelta(days=9)
    one = store.collection.insert_one(document(predicted_at=earlier, validated_at=earlier)).inserted_id
    jobs.tick(store)
    store.collection.update_one({"_id": one}, {"$set": fields(validated=2, validated_at=store.now())})
    jobs.tick(store)
    assert_equals_the_documents(store, earlier.date() - timedelta(days=1), now.date() + timedelta(days=1))


def test_a_day_noted_again_while_it_is_counted_is_counted_once_more(store: Store) -> None:
    store.collection.insert_one(document())
    history.refresh(store)
    store.changes.note([("validated", date(2026, 10, 4))])
    counted = store.live.binned_groups
    store.live.binned_groups = lambda selection: (
        counted(selection),
        store.changes.note([("validated", date(2026, 10, 4))]),
    )[0]  # type: ignore[method-assign]
    assert history.refresh(store).counted == 1
    assert store.history.state().due == 1


def test_other_settings_make_other_days(make_store: Callable[..., Store]) -> None:
    store = make_store()
    store.collection.insert_one(document(validated_at=at(2026, 10, 4, 23)))
    history.refresh(store)
    moved = make_store(database=store.settings.database, time_zone="Europe/Madrid")
    assert moved.history.read("validated", OCTOBER) == {}
    history.refresh(moved)
    stored_days = moved.history.read("validated", OCTOBER)
    assert stored_days[date(2026, 10, 5)].reviewed == 1


def test_the_retention_forgets_what_lies_before_it(make_store: Callable[..., Store]) -> None:
    store = make_store()
    store.collection.insert_one(document())
    history.refresh(store)
    short = make_store(database=store.settings.database, history_days=3)
    history.refresh(short)
    days = sorted(record["_id"] for record in store.database["monitor_history"].find({}, {"_id": 1}))
    today = local_day(short.now(), UTC)  # type: ignore[arg-type]
    assert days == [f"{basis}/{today - timedelta(days=n)}" for basis in sorted(BASES) for n in (2, 1, 0)]


def test_rejections_odd_confidences_and_unreadable_ones_have_their_place(store: Store) -> None:
    store.collection.insert_many(
        [
            document(validated=False, confidence=1),
            document(validated="cat"),
            document(prediction="cat"),
            document(confidence=7),
            document(confidence=None),
        ]
    )
    history.refresh(store)
    counts = store.history.read("validated", OCTOBER)[date(2026, 10, 4)]
    assert (counts.documents, counts.reviewed, counts.rejected) == (5, 3, 1)
    assert (counts.unreadable_review, counts.unreadable_prediction, counts.bad_confidence) == (1, 1, 1)
    assert counts.confidence.tolist() == [[1, REJECTED, 199, 1], [1, 1, NO_CONFIDENCE, 2]]


def test_the_worker_keeps_the_history_even_when_a_destination_fails(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = store.settings.state_folder / "profiles"
    folder.parent.mkdir(parents=True)
    folder.write_text("a file where the folder should be")
    store.collection.insert_one(document())
    result = jobs.tick(store)
    assert result
    assert result.error
    assert store.history.read("validated", OCTOBER)[date(2026, 10, 4)].reviewed == 1


def test_a_long_history_is_counted_in_stretches_and_can_be_interrupted(store: Store) -> None:
    store.collection.insert_many([document(validated_at=at(2025, 1, 1)), document()])
    seen: list[int] = []
    refreshed = history.refresh(store, lambda: len(seen) < 3, progress=lambda counted, left: seen.append(left))
    assert refreshed.left == seen[-1] > 0
    rest = history.refresh(store)
    assert rest.left == 0
    assert rest.counted == refreshed.left


@pytest.mark.parametrize("basis", BASES)
def test_the_counts_of_a_day_are_answered_through_an_index(store: Store, basis: Basis) -> None:
    store.collection.insert_many([document() for _ in range(300)])
    store.indexes.create()
    selection = Selection(OCTOBER, basis)
    for act in (
        lambda watched: list(watched.live.binned_groups(selection)),
        lambda watched: watched.live.delays(selection),
    ):
        for plan in plans(store, act):
            assert "IXSCAN" in plan
            assert "COLLSCAN" not in plan


def test_nan_never_reaches_a_record(store: Store) -> None:
    store.collection.insert_one(document(validated=False))
    history.refresh(store)
    for record in store.database["monitor_history"].find():
        for score in record["scores"].values():
            assert not any(isinstance(x, float) and math.isnan(x) for x in score)


def test_a_date_beyond_the_year_9999_does_not_stop_the_logger(store: Store) -> None:
    """Brought in just now, so that it is looked at for the days that it may have changed."""
    beyond, before_christ = DatetimeMS(320_000_000_000_000), DatetimeMS(-320_000_000_000_000)
    store.collection.insert_many([document(predicted_at=beyond), document(validated_at=before_christ)])
    result = jobs.tick(store)
    assert result
    assert result.error is None


def test_a_review_brought_in_late_is_in_its_day_at_the_next_tick(store: Store) -> None:
    store.collection.insert_one(document(validated=None, validated_at=None))
    jobs.tick(store)
    store.collection.update_one({}, {"$set": fields(validated=2, validated_at=at(2026, 10, 4))})
    jobs.tick(store)
    assert store.history.read("validated", OCTOBER)[date(2026, 10, 4)].cells.tolist() == [[2, 1, 1]]
    assert store.history.read("predicted", OCTOBER)[date(2026, 10, 3)].reviewed == 1


@pytest.mark.parametrize("as_text", [False, True])
def test_reviews_that_another_program_enters_and_marks_are_in_both_days_at_the_next_tick(
    store: Store, as_text: bool
) -> None:
    now, zone = store.now(), store.settings.zone
    predicted, reviewed = now - timedelta(days=6), now - timedelta(days=3)
    store.collection.insert_many(
        [document(_id=f"image {n}", validated=None, validated_at=None, predicted_at=predicted) for n in range(40)]
    )
    other = predicted + timedelta(days=2)
    today = [document(_id=f"of today {n}", validated=None, validated_at=None, predicted_at=other) for n in range(5)]
    store.collection.insert_many(today)
    for _ in range(2):
        assert jobs.tick(store) is not None
    store.collection.update_many({"_id": {"$regex": "of today"}}, {"$set": fields(validated=1, validated_at=now)})
    reviews = fields(validated=1, validated_at=reviewed.isoformat() if as_text else reviewed, logged=True)
    store.collection.update_many({"_id": {"$in": [f"image {n}" for n in range(10)]}}, {"$set": reviews})
    assert jobs.tick(store) is not None
    period = Period(local_day(predicted, zone), local_day(now, zone))
    for basis in BASES:
        counts = store.counts.of(Selection(period, basis))
        assert counts.validated == store.counts.of(Selection(period, basis), exact=True).validated == 15
