"""Days with outliers need more before they count, and normal days do not."""

import numpy as np
import pytest
from scipy import stats

from monitor_core.drift.reference import Spans
from monitor_core.drift.tails import (
    allowing_for_estimates,
    allowing_for_outliers,
    freedom_of_days,
    largest_before,
    lone_days,
    of_normal,
)

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


def test_an_estimated_variance_makes_students_t_of_the_normal_distribution() -> None:
    p = 2 * stats.norm.sf(np.array([0.0, 2.0, 4.0]))
    assert allowing_for_estimates(p, np.full(3, 8.0)) == pytest.approx(2 * stats.t.sf(np.array([0.0, 2.0, 4.0]), 8))
    assert allowing_for_estimates(of_normal(0.001, np.array([8.0])), np.array([8.0])) == pytest.approx(0.001)


def test_the_day_that_stands_alone_counts_as_the_next_one() -> None:
    deviations = np.array([1.0, 8.0, 2.0, 0.0, 8.0, 7.0])
    lone = lone_days(deviations, deviations > 0, np.zeros(6), 3)
    assert lone.day[2:].tolist() == [1, 1, 4, 4]
    assert lone.part[2:] == pytest.approx([1 - 2 / 8, 1 - 2 / 8, 1 - 2 / 8, 1 - 7 / 8])
    assert lone.is_credible.tolist() == [True] * 6
    assert lone_days(deviations, deviations > 0, np.full(6, 6.0), 3).part[2] == pytest.approx(1 - 6 / 8)


def test_an_only_day_is_credible_if_it_deviates_like_none_before() -> None:
    lone = lone_days(np.array([1.0, 3.0, 7.0]), np.ones(3, bool), np.array([0.0, 2.0, 3.0]), 1)
    assert lone.is_credible.tolist() == [True, False, True]
    assert lone.part.tolist() == [0, 0, 0]


def test_the_largest_deviation_is_that_of_the_reference() -> None:
    deviations, tested = np.arange(40.0), np.ones(40, bool)
    ends = np.arange(40)
    spans = Spans(np.zeros(40, np.int64), ends, ends != 24)
    assert largest_before(deviations, tested, spans)[[10, 24, 25, 26]].tolist() == [0, 23, 23, 25]
