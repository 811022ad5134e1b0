"""The number of predictions against the same weekdays before: quiet where nothing is wrong, quick where they vanish."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import nbinom

from monitor_core.drift.traffic import LEAST_DISPERSION, TAIL, _quantiles, dispersion, is_unusual, last_traffic

WEEKDAYS = np.array([1.0, 1.05, 1.1, 1.05, 1.0, 0.4, 0.25])
DAYS, LEARNED = 120, 60


def means(kind: str, level: float, rng: Any) -> Any:
    day = np.arange(DAYS)
    weekly = level * WEEKDAYS[day % 7] / WEEKDAYS.mean()
    return {
        "poisson": np.full(DAYS, level),
        "weekly": weekly,
        "rest at weekends": np.where(day % 7 < 5, 1.4 * level, 0),
        "growth": weekly * np.exp(0.01 * day / 7),
        "holidays": np.where(rng.random(DAYS) < 10 / 365, 0.05, 1) * weekly,
    }[kind]


def drawn(kind: str, level: float, rng: Any, overdispersion: float = 0.03) -> Any:
    mean = means(kind, level, rng)
    if kind == "poisson":
        return rng.poisson(mean)
    return rng.poisson(mean * rng.gamma(1 / overdispersion, overdispersion, DAYS))


@pytest.mark.parametrize("kind", ["poisson", "weekly", "rest at weekends", "growth", "holidays"])
@pytest.mark.parametrize("level", [5, 200, 5000])
def test_it_is_quiet_where_nothing_is_wrong(kind: str, level: int) -> None:
    rng = np.random.default_rng([level, len(kind)])
    alarms = [
        is_unusual(last_traffic(counts[: day + 1]))
        for counts in (drawn(kind, level, rng) for _ in range(4))
        for day in range(LEARNED, DAYS)
    ]
    assert sum(map(bool, alarms)) <= 2


@pytest.mark.parametrize("kind", ["poisson", "weekly", "holidays"])
def test_it_fires_within_two_days_if_nine_tenths_vanish_of_200_a_day(kind: str) -> None:
    rng = np.random.default_rng(3)
    for since in range(80, 94):
        counts = drawn(kind, 200, rng)
        counts[since:] = rng.binomial(counts[since:], 0.1)
        assert is_unusual(last_traffic(counts[: since + 2])) == -1
        assert is_unusual(last_traffic(counts[:since])) == 0


def test_a_day_of_rest_is_not_judged_and_one_holiday_is_no_alarm() -> None:
    counts = np.array([100, 110, 105, 95, 100, 0, 0] * 12)
    assert [day.day % 7 for day in last_traffic(counts)] == [4, 3]  # a Friday and a Thursday
    counts[-3] = 0
    assert is_unusual(last_traffic(counts)) == 0
    counts[-4] = 0
    assert is_unusual(last_traffic(counts)) == -1
    assert last_traffic(counts[:21]) == []


def test_the_range_is_that_of_scipy_s_negative_binomial() -> None:
    counts = np.array([100, 120, 80] * 40)
    spread = dispersion(counts[-57:-1])
    size = 1 / spread
    newest = last_traffic(counts)[0]
    expected = nbinom.ppf([TAIL, 1 - TAIL], size, size / (size + newest.expected))
    assert [newest.low, newest.high] == expected.tolist()
    assert dispersion(np.full(56, 100)) == LEAST_DISPERSION


def test_the_dispersion_is_that_of_the_days() -> None:
    rng = np.random.default_rng(4)
    estimates = [dispersion(rng.poisson(400 * rng.gamma(1 / 0.1, 0.1, 56))) for _ in range(200)]
    assert np.median(estimates) == pytest.approx(0.1, rel=0.3)


def test_the_quantiles_are_scipy_s() -> None:
    rng = np.random.default_rng(5)
    for size, mean in zip(10 ** rng.uniform(-1, 4, 2000), 10 ** rng.uniform(0, 6, 2000), strict=True):
        levels, share = np.array([1e-5, TAIL, 0.5, 1 - TAIL, 1 - 1e-5]), size / (size + mean)
        np.testing.assert_array_equal(_quantiles(levels, size, share), nbinom.ppf(levels, size, share))
