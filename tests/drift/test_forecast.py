"""The forecast is about what the detector does in simulations."""

import numpy as np
import pytest

from monitor_core.drift.accuracy import accuracy_falling
from monitor_core.drift.forecast import days_to_prove, days_to_prove_by_class
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
