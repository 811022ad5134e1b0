"""Which classes are new, and that they are not compared with their own first weeks."""

import tracemalloc
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from monitor_core.drift.accuracy import accuracy_falling, reviewed_rows
from monitor_core.drift.newcomers import NEW_DAYS, are_new, new_classes, new_targets
from monitor_core.drift.series import Reviews
from monitor_core.scores.design import share_interval
from tests.drift.simulated import FIRST, TRAILING, days_of

BEGINS = 60


def with_a_new_class(seed: int, a_day: float = 5, miss: float = 0.7, days: int = 150, n: int = 100) -> Reviews:
    """Two classes from the first day on, and a third one from BEGINS on."""
    rng = np.random.default_rng(seed)
    old = rng.multinomial(n, [0.6, 0.4], days)
    new = rng.poisson(a_day, days) * (np.arange(days) >= BEGINS)
    support = np.column_stack([old, new])
    misses = rng.binomial(support, [0.1, 0.1, miss])
    return Reviews(days_of(days), support.sum(axis=1), misses.sum(axis=1), support, misses)


def until(reviews: Reviews, days: int) -> Reviews:
    parts: dict[str, Any] = {
        name: getattr(reviews, name)[:days] for name in ("days", "n", "errors", "support", "misses")
    }
    return Reviews(**parts)


def test_a_class_is_new_from_its_fifth_sample_on_for_as_long_as_a_reference_takes() -> None:
    reviews = with_a_new_class(1)
    new = are_new(reviews.support, reviews.n)
    fifth = int(np.flatnonzero(reviews.support[:, 2].cumsum() >= 5)[0])
    first = int(np.flatnonzero(reviews.support[:, 2])[0])
    assert np.flatnonzero(new[:, 2]).tolist() == list(range(fifth, first + NEW_DAYS))
    assert not new[:, :2].any()
    assert are_new(reviews.support[:, [2]], reviews.n, 3)[:, 0].tolist() == new[:, 2].tolist()


def test_its_figures_are_those_of_its_samples() -> None:
    reviews = until(with_a_new_class(2), 80)
    (new,) = new_classes(reviews)
    support, misses = reviews.support[:, 2], reviews.misses[:, 2]
    first = int(np.flatnonzero(support)[0])
    assert (new.index, new.since, new.last) == (2, FIRST + timedelta(first), reviews.days[-1])
    assert (new.samples, new.recognised) == (support.sum(), support.sum() - misses.sum())
    assert [new.low, new.high] == share_interval((support - misses)[first:], support[first:]).tolist()
    assert new.judged_from == new.since + timedelta(NEW_DAYS)


def by_target(reviews: Reviews, targets: list[int]) -> dict[date, Any]:
    """Rows of target, samples and right ones, as the history has them: only of classes with samples."""
    days: dict[date, Any] = {}
    for day, support, misses in zip(reviews.days, reviews.support, reviews.misses, strict=True):
        rows = np.column_stack([targets, support, support - misses])
        days[day] = rows[rows[:, 1] > 0]
    return days


@pytest.mark.parametrize("days", [62, 80, BEGINS + NEW_DAYS, 150])
def test_by_target_it_is_new_on_the_same_days(days: int) -> None:
    reviews = until(with_a_new_class(2), days)
    rows = by_target(reviews, [3, 7, 11])
    expected = [(11, new) for new in new_classes(reviews)]
    by_number = [(target, replace(new, index=2)) for target, new in new_targets(dict(reversed(rows.items())))]
    assert by_number == expected
    assert len(expected) == (days < 150)


def test_by_target_none_is_new_without_reviews() -> None:
    assert new_targets({}) == []
    assert new_targets({FIRST: np.zeros((0, 3), int)}) == []


@pytest.mark.parametrize("times", [1, 5])
def test_targets_that_differ_each_time_take_no_memory_for_each_day_and_target(times: int) -> None:
    """A field that holds another number each time, or for a few samples; a class is new among them."""
    days, a_day = 240, 100
    rows = {
        day: np.column_stack([100 + a_day * n + np.arange(a_day), np.full(a_day, times), np.zeros(a_day, int)])
        for n, day in enumerate(days_of(days))
    }
    for day in days_of(days)[-20:]:
        rows[day] = np.vstack([[7, 50 * times, 40 * times], rows[day]])
    tracemalloc.start()
    new = new_targets(rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (new[-1][0], new[-1][1].samples, new[-1][1].recognised) == (7, 1000 * times, 800 * times)
    assert peak < days * (days * a_day) * 8  # one array of numbers by day and target


@pytest.mark.parametrize("labels", [7, 200])
def test_rare_classes_are_hardly_ever_called_new(labels: int) -> None:
    """Of classes that were there from the first day on, however rarely; each run sees 300 days."""
    false = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        support = rng.multinomial(50, rng.dirichlet(np.full(labels, 0.3)), 300)
        false += bool(are_new(support, support.sum(axis=1)).any())
    assert false <= 3


def test_without_earlier_reviews_no_class_is_new() -> None:
    reviews = with_a_new_class(3)
    later = Reviews(*(getattr(reviews, name)[BEGINS - 10 :] for name in ("days", "n", "errors", "support", "misses")))
    assert not are_new(later.support, later.n).any()
    assert new_classes(Reviews((), *(np.zeros(shape, int) for shape in (0, 0, (0, 0), (0, 0))))) == []


def test_a_new_class_is_not_its_own_reference() -> None:
    reviews = with_a_new_class(4)
    rows = reviewed_rows(reviews, TRAILING)
    first = int(np.flatnonzero(reviews.support[:, 2])[0])
    assert not rows.baseline.n[first : first + NEW_DAYS, 3].any()
    assert not rows.tested.n[first : first + NEW_DAYS, 3].any()
    assert rows.baseline.n[first + NEW_DAYS, 3] > 0
    assert (rows.baseline.n[first:, 1:3] > 0).all()


def test_when_a_badly_recognised_new_class_gets_worse_it_is_not_named_by_its_first_weeks() -> None:
    """Its recall falls from 60 to 0 percent two weeks after it came: no figures of a reference of its own are said."""
    for seed in range(5):
        reviews = with_a_new_class(seed, a_day=4, miss=0.4, days=110)
        misses = reviews.misses.copy()
        misses[BEGINS + 14 :, 2] = reviews.support[BEGINS + 14 :, 2]
        worse = replace(reviews, misses=misses, errors=misses.sum(axis=1))
        tests = accuracy_falling(worse, TRAILING)
        assert not [test.day for test in tests if 2 in (test.falls, test.moved)]
