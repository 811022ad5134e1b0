"""Which classes are new, and that they are not compared with their own first weeks."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from monitor_core.drift.accuracy import accuracy_falling, reviewed_rows
from monitor_core.drift.newcomers import NEW_DAYS, are_new, new_classes
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
