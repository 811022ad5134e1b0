"""Days with outliers need more before they count, and normal days do not."""

import numpy as np
import pytest
from scipy import stats

from monitor_core.drift.reference import Spans
from monitor_core.drift.tails import allowing_for_outliers, freedom_of_days

DAYS = 60
WHOLE = Spans(np.zeros(DAYS, np.int64), np.full(DAYS, DAYS))


def freedom(z: np.ndarray) -> float:
    return float(freedom_of_days(2 * stats.norm.sf(np.abs(z)), np.ones(DAYS, bool), WHOLE)[0])


def test_normal_days_are_taken_as_normal_and_days_with_outliers_are_not() -> None:
    rng = np.random.default_rng(1)
    normal = [freedom(rng.normal(size=DAYS)) for _ in range(200)]
    heavy = [freedom(rng.standard_t(3, DAYS)) for _ in range(200)]
    assert np.mean(np.isinf(normal)) > 0.9
    assert np.mean(np.isinf(heavy)) < 0.4


def test_the_p_value_is_that_of_students_distribution_of_the_same_variance() -> None:
    p = 2 * stats.norm.sf(np.array([3.5]))
    expected = 2 * stats.t.sf(3.5 * np.sqrt(6 / 4), 6)
    assert allowing_for_outliers(p, 1, np.array([6.0]))[0] == pytest.approx(expected)
    assert p[0] < allowing_for_outliers(p, 7, np.array([6.0]))[0] < expected
    assert allowing_for_outliers(p, 1, np.array([np.inf])) == pytest.approx(p)


def test_a_few_days_say_nothing_of_outliers() -> None:
    z, tested = np.zeros(DAYS), np.arange(DAYS) < 10
    z[3] = 9
    assert np.isinf(freedom_of_days(2 * stats.norm.sf(z), tested, WHOLE)).all()
