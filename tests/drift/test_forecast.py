"""The forecast is about what the detector does in simulations."""

import numpy as np
import pytest

from monitor_core.drift.accuracy import accuracy_falling
from monitor_core.drift.forecast import (
    days_to_prove,
    days_to_prove_by_class,
    reviews_for_interval,
    reviews_to_prove,
)
from monitor_core.scores.design import share_interval
from tests.drift.simulated import TRAILING, after, drifted, part, reviews_of


@pytest.mark.parametrize(("n", "drop"), [(20, 10), (50, 10), (50, 5), (200, 5)])
def test_days_to_prove_is_about_what_happens(n: int, drop: int) -> None:
    estimates, seen = [], []
    for seed in range(25):
        reviews = reviews_of(seed, after(90, [0.1] * 3, [0.1 + drop / 100] * 3, days=190), n=n, days=190)
        estimates.append(days_to_prove(drop, part(reviews, 90), TRAILING))
        seen.append(next((i - 89 for i in drifted(accuracy_falling(reviews, TRAILING)) if i >= 90), 100))
    assert np.median(seen) / 1.7 - 1 <= np.median([days or 999 for days in estimates]) <= np.median(seen) * 1.7 + 1


def test_days_to_prove_is_silent_where_it_cannot_tell() -> None:
    reviews = reviews_of(1, 0.1)
    assert days_to_prove(1, reviews, TRAILING) is None  # below the floor
    assert days_to_prove(5, part(reviews, 10), TRAILING) is None  # learning
    assert (days_to_prove(5, reviews, TRAILING) or 0) < (days_to_prove(3, reviews, TRAILING) or 999)


@pytest.mark.parametrize("n", [20, 100])
def test_days_by_class_are_about_what_happens(n: int) -> None:
    estimates, seen = [], []
    for seed in range(25):
        reviews = reviews_of(seed, after(90, [0.1] * 3, [0.1, 0.1, 0.5], days=190), n=n, days=190)
        estimates.append(days_to_prove_by_class(40, part(reviews, 90), TRAILING)[2] or 999)
        seen.append(next((i - 89 for i in drifted(accuracy_falling(reviews, TRAILING)) if i >= 90), 100))
    assert np.median(seen) / 1.7 - 1 <= np.median(estimates) <= np.median(seen) * 1.7 + 2


def test_a_rare_class_takes_longer_or_is_never_found() -> None:
    days = days_to_prove_by_class(30, reviews_of(1, 0.1, n=60), TRAILING)
    assert (days[0] or 999) < (days[2] or 999)
    assert days_to_prove_by_class(30, part(reviews_of(1, 0.1), 10), TRAILING) == [None] * 3
    assert None in days_to_prove_by_class(5, reviews_of(1, 0.1, n=10), TRAILING)


@pytest.mark.parametrize(("drop", "within"), [(10, 7), (3, 14)])
def test_so_many_reviews_a_day_find_a_fall_in_time(drop: int, within: int) -> None:
    """The median over simulated falls is the wanted number of days, to a third at so few runs."""
    worlds = (reviews_of(900 + seed, 0.1, n=80) for seed in range(7))
    needed = np.median([reviews_to_prove(drop, within, reviews, TRAILING) or 0 for reviews in worlds])
    length, seen = 3 * within, []
    for seed in range(30):
        rates = after(90, [0.1] * 3, [0.1 + drop / 100] * 3, days=90 + length)
        reviews = reviews_of(seed, rates, n=round(needed), days=90 + length)
        tests = drifted(accuracy_falling(reviews, TRAILING))
        seen.append(next((i - 89 for i in tests if i >= 90), length + 1))
    assert within / 1.34 - 1 <= np.median(seen) <= within * 1.34 + 1


def test_reviews_to_prove_are_the_inverse_of_the_days() -> None:
    reviews = reviews_of(1, 0.1, n=50)
    days = days_to_prove(5, reviews, TRAILING)
    assert days is not None
    enough, fewer = (reviews_to_prove(5, within, reviews, TRAILING) for within in (days, days - 1))
    assert (enough or 99) <= 50 * 1.05 < (fewer or 0) * 1.1
    assert reviews_to_prove(1, 30, reviews, TRAILING) is None  # below the floor
    assert reviews_to_prove(2, 1, reviews_of(1, 0.1, n=2), TRAILING) is None  # too many
    assert reviews_to_prove(5, 30, part(reviews, 10), TRAILING) is None  # learning


def test_reviews_for_an_interval_give_it_in_simulations() -> None:
    needed = reviews_for_interval(2, 30, reviews_of(1, 0.1, n=200), TRAILING)
    assert needed is not None
    widths = []
    for seed in range(20):
        reviews = reviews_of(seed, 0.1, n=round(needed), days=30)
        low, high = share_interval(reviews.n - reviews.errors, reviews.n)
        widths.append(100 * (high - low) / 2)
    assert np.median(widths) == pytest.approx(2, rel=0.2)
    assert reviews_for_interval(2, 30, part(reviews_of(1, 0.1), 10), TRAILING) is None
