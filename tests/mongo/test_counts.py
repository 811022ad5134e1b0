"""Counts of the predictions, and the index that answers them."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from bson.datetime_ms import DatetimeMS

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.scores.counts import Counts
from tests.conftest import plans
from tests.documents import ODD_DATES, at, fields, prediction

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))


def counts(store: Store, basis: Any = "validated", period: Period = OCTOBER) -> Counts:
    return store.counts.of(Selection(period, basis))


@pytest.mark.parametrize("indexed", [False, True])
def test_reviews_without_a_usable_date_are_counted_and_in_no_day(store: Store, indexed: bool) -> None:
    store.collection.insert_many([prediction(reviewed=odd) for odd in ODD_DATES])
    store.collection.insert_many([prediction(reviewed=DatetimeMS(10**15)), prediction()])
    store.collection.insert_one(fields(prediction=1, validated=1))
    store.collection.insert_many([prediction(target=None, reviewed=odd) for odd in ODD_DATES])
    if indexed:
        store.indexes.create()
    counted = counts(store)
    assert counted.validated == counted.documents == 1
    assert counted.excluded["undated_review"] == len(ODD_DATES) + 2


def test_false_without_a_review_date_is_not_a_review_and_with_one_a_rejection(store: Store) -> None:
    store.collection.insert_many([prediction(target=False), prediction(target=False)])
    store.collection.insert_one(fields(prediction=1, validated=False, predicted_at=at(2026, 10, 3)))
    by_review, by_prediction = counts(store), counts(store, "predicted")
    assert by_review.excluded["undated_review"] == 0
    assert int(by_review.confusion.total().rejected) == int(by_prediction.confusion.total().rejected) == 2
    assert (by_review.not_reviewed, by_prediction.not_reviewed) == (0, 1)


def test_by_prediction_day_a_review_needs_no_date_but_a_prediction_does(store: Store) -> None:
    store.collection.insert_many([prediction(predicted_at=odd) for odd in ODD_DATES])
    store.collection.insert_many([prediction(reviewed=None), prediction(target=None)])
    counted = counts(store, "predicted")
    assert (counted.documents, counted.validated, counted.not_reviewed) == (2, 1, 1)
    assert counted.excluded["undated_prediction"] == len(ODD_DATES)


def test_odd_confidences_and_classes_are_noticed_and_kept(make_store: Callable[..., Store]) -> None:
    store = make_store(class_names={1: "one"})
    odd = [2, -0.1, "half", True, float("inf"), [0.5]]
    store.collection.insert_many([prediction(confidence=value) for value in [*odd, None, 0, "1", 0.5]])
    store.collection.insert_many([prediction(target=8), prediction(predicted=9)])
    counted = counts(store)
    assert counted.validated == 12
    assert counted.noticed == {"bad_confidence": len(odd), "unknown_class": 2}


@pytest.mark.parametrize("basis", ["validated", "predicted"])
def test_counts_are_answered_through_an_index(store: Store, basis: Any) -> None:
    store.collection.insert_many([prediction() for _ in range(200)])
    store.indexes.create()
    assert store.indexes.missing() == []
    plan, *others = plans(store, lambda watched: list(watched.live.day_groups(Selection(OCTOBER, basis))))
    assert "IXSCAN" in plan
    assert "COLLSCAN" not in plan
    assert not [one for one in others if "COLLSCAN" in one]


def test_yes_and_no_as_text_are_counted_where_they_are_classes(make_store: Callable[..., Store]) -> None:
    texts = [prediction(predicted=p, target=t) for p in ("True", "False") for t in ("True", "false")]
    make_store().collection.insert_many([*texts, prediction(predicted=True, target=False)])
    assert counts(make_store()).excluded["unreadable_prediction"] == 5
    found = counts(make_store(boolean_classes=True))
    assert (found.confusion.labels, found.confusion.matrix().tolist()) == ((0, 1), [[1, 2], [1, 1], [0, 0]])


@pytest.mark.parametrize("basis", ["validated", "predicted"])
def test_dates_as_text_are_counted_once_over_the_end_of_a_year(store: Store, basis: Any) -> None:
    days = [f"{year}{month:02}15" for year in (2025, 2026) for month in range(1, 13)]
    texts = [text for day in days for text in (f"{day}T0905", f" {day[:4]}-{day[4:6]}-{day[6:]}t09")]
    store.collection.insert_many([prediction(predicted_at=text, reviewed=text) for text in texts])
    period = Period(date(2025, 1, 1), date(2026, 12, 31))
    assert sum(int(group["n"]) for group in store.live.day_groups(Selection(period, basis))) == len(texts)
    found = counts(store, basis, period)
    assert (found.validated, found.excluded["undated_prediction"], found.excluded["undated_review"]) == (48, 0, 0)
    assert store.predictions.first_day(basis) == date(2025, 1, 15)


@pytest.mark.parametrize("basis", ["validated", "predicted"])
def test_numbers_as_text_are_dates_by_the_setting(make_store: Callable[..., Store], basis: Any) -> None:
    store = make_store(date_numbers="seconds")
    texts = [f"{int(at(2026, 10, day, 12).timestamp())}" for day in range(1, 32)]
    store.collection.insert_many([prediction(predicted_at=text, reviewed=text) for text in texts])
    found = counts(store, basis)
    assert (found.validated, found.excluded["undated_prediction"], found.excluded["undated_review"]) == (31, 0, 0)
    assert counts(store, basis, Period(date(2026, 10, 4), date(2026, 10, 5))).validated == 2
