"""Agreement of second opinions: counted with Wilson's interval, by the day on which they were given."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from scipy import stats

from monitor_core.contract.calendar import Period
from monitor_core.mongo.reviewing.log import LoggedReview
from monitor_core.mongo.reviewing.writing import Reviewer
from monitor_core.mongo.store import Store
from monitor_core.reports.reviewers.agreement import Agreement, agreement, agreement_json, answer_in_words
from tests.documents import prediction


def review(
    store: Store, sample_id: int, target: int | None, by: str, first: LoggedReview | None = None
) -> LoggedReview:
    snapshot = Reviewer(store).read(sample_id)
    assert snapshot is not None
    return Reviewer(store).review(snapshot, target, by, first)


def of_today(store: Store) -> Agreement:
    today = store.now().date()
    counted = agreement(store, Period(today, today))
    assert counted is not None
    return counted


def test_agreement_is_counted_with_its_interval_and_what_differs_is_listed(make_store: Callable[..., Store]) -> None:
    store = make_store(reviewing=True, class_names={"1": "cat", "2": "dog"})
    assert of_today(store).sentence.startswith("No second opinion was given on")
    store.collection.insert_many([prediction(target=None, reviewed=None, _id=n, filename=f"{n}") for n in range(12)])
    seconds = []
    for n in range(12):
        first = review(store, n, 1, "ana")
        seconds.append(review(store, n, {10: 2, 11: None}.get(n, 1), "ben", first))
    of = of_today(store)
    interval = stats.binomtest(10, 12).proportion_ci(method="wilson")
    assert of.share == pytest.approx((10 / 12, interval.low, interval.high))
    assert f"10 of 12 second opinions given on {store.now().day} " in of.sentence
    assert "agree with the first: 83.3% (95% interval 55.2–95.3)" in of.sentence
    listed = [(second.sample.file, answer_in_words(second, store.settings)) for _, second in of.disagreements]
    assert listed == [("11", "rejected"), ("10", "dog")]
    made = agreement_json(of)
    assert (made["second_opinions"], made["agreeing"], made["share"]) == (12, 10, 10 / 12)
    assert [one["second"]["target"] for one in made["disagreements"]] == [None, 2]

    Reviewer(store).undo(seconds[10].id, "ben")
    assert len(of_today(store).pairs) == 11
    yesterday = store.now().date() - timedelta(days=1)
    earlier = agreement(store, Period(yesterday, yesterday))
    assert earlier is not None
    assert earlier.pairs == ()


def test_where_nobody_reviews_in_the_app_there_is_none(store: Store) -> None:
    today = store.now().date()
    assert agreement(store, Period(today, today)) is None
