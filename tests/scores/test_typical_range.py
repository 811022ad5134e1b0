"""Further periods leave the typical range in 5 of 100 cases at most, whatever their volume, length, and days."""

from collections.abc import Callable

import numpy as np
import pytest

from monitor_core.scores.shares import wilson
from monitor_core.scores.typical_range import EarlierPeriods, typical_range

DAYS, GAP, RUNS = 60, 7, 400
WEEKEND = np.arange(DAYS + GAP) % 7 >= 5


def independent(rng: np.random.Generator) -> np.ndarray:
    return np.zeros(DAYS + GAP)


def wandering(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(0, 0.15, DAYS + GAP)


def heavy_tailed(rng: np.random.Generator) -> np.ndarray:
    return rng.standard_t(4, DAYS + GAP) * 0.12


def worse_at_weekends(rng: np.random.Generator) -> np.ndarray:
    return np.where(WEEKEND, -0.25, 0) + rng.normal(0, 0.05, DAYS + GAP)


def alike(rng: np.random.Generator) -> np.ndarray:
    logits = rng.normal(0, 0.15, DAYS + GAP)
    for day in range(1, len(logits)):
        logits[day] = 0.9 * logits[day - 1] + np.sqrt(1 - 0.9**2) * logits[day]
    return logits


def outside(logits: Callable[[np.random.Generator], np.ndarray], a_day: int, length: int, fall: float = 0.0) -> float:
    """Return the percentage of runs whose last period lies outside; weekends have 40% of the volume."""
    rng, left = np.random.default_rng(a_day + length), 0
    for _ in range(RUNS):
        samples = rng.poisson(a_day * np.where(WEEKEND, 0.4, 1.24))
        share = 1 / (1 + np.exp(-np.log(9) - logits(rng)))
        right = rng.binomial(samples, share - np.where(np.arange(DAYS + GAP) >= DAYS, fall, 0))
        n, x = (np.concatenate([[0], np.cumsum(each)]) for each in (samples, right))
        ends = np.arange(length, DAYS + 1)
        of_windows = n[ends] - n[ends - length], x[ends] - x[ends - length]
        enough = of_windows[0] >= 10
        low, high = wilson(x[DAYS], n[DAYS])
        variance = ((high - low) / 2 / 1.96) ** 2 * n[DAYS]
        values = of_windows[1][enough] / of_windows[0][enough]
        now = n[-1] - n[-1 - length]
        typical = typical_range(EarlierPeriods(values, of_windows[0][enough].astype(float), length, variance), int(now))
        assert typical is not None
        left += not typical[0] <= (x[-1] - x[-1 - length]) / max(now, 1) <= typical[1]
    return 100 * left / RUNS


@pytest.mark.parametrize("length", [1, 7])
@pytest.mark.parametrize("a_day", [50, 200, 1000, 5000])
@pytest.mark.parametrize("logits", [independent, wandering, heavy_tailed, worse_at_weekends, alike])
def test_quiet_periods_are_seldom_outside(logits: Callable[..., np.ndarray], a_day: int, length: int) -> None:
    assert outside(logits, a_day, length) <= 5 + 3 * np.sqrt(5 * 95 / RUNS)


@pytest.mark.parametrize(("a_day", "length"), [(200, 1), (1000, 1), (50, 7), (1000, 7)])
def test_a_fall_by_ten_points_is_outside(a_day: int, length: int) -> None:
    assert outside(independent, a_day, length, fall=0.1) >= 80


def test_a_fall_by_ten_points_is_outside_where_days_are_alike() -> None:
    assert outside(alike, 1000, 1, fall=0.1) >= 80


def test_fewer_samples_have_a_wider_range() -> None:
    earlier = EarlierPeriods(np.full(60, 0.9), np.full(60, 100.0), 1, 0.09)
    few, many = typical_range(earlier, 20), typical_range(earlier, 2000)
    assert few
    assert many
    assert few[1] - few[0] > 2 * (many[1] - many[0])


@pytest.mark.parametrize("length", [1, 7])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.7, 0.9, 0.95, 0.97])
def test_the_same_share_each_time_says_as_much_as_independent_ones(share: float, length: int) -> None:
    """Its mean is rounded, so its deviations may be tiny and alike instead of zero."""
    earlier = EarlierPeriods(np.full(60, share), np.full(60, 100.0), length, share * (1 - share))
    assert earlier.independent(earlier.values) == (60 + length - 1) / length
    almost = EarlierPeriods(share + 1e-13 * np.arange(60), earlier.samples, length, earlier.variance)
    assert almost.independent(almost.values) == earlier.independent(earlier.values)
    typical, of_almost = typical_range(earlier, 100), typical_range(almost, 100)
    assert typical
    assert typical == pytest.approx(of_almost)
    sampling = np.sqrt(share * (1 - share) / 100)
    assert typical[1] - typical[0] <= 2 * 2.5 * sampling + 0.01


def test_the_same_count_each_time_has_no_width_either() -> None:
    for count in (37.0, 100.0, 123_457.0):
        earlier = EarlierPeriods(np.full(60, count), np.zeros(60), 1)
        assert typical_range(earlier, 0) == pytest.approx((count, count))


@pytest.mark.parametrize("length", [1, 7])
def test_counts_of_weekends_are_usual(length: int) -> None:
    rng, left = np.random.default_rng(length), 0
    for _ in range(RUNS):
        rows = rng.poisson(np.where(WEEKEND, 80, 200) * rng.lognormal(0, 0.1, DAYS + GAP))
        running = np.concatenate([[0], np.cumsum(rows)]).astype(float)
        windows = running[length:] - running[:-length]
        earlier = windows[: DAYS - length + 1]
        typical = typical_range(EarlierPeriods(earlier, np.zeros(len(earlier)), length), 0)
        assert typical
        left += not typical[0] <= windows[-1] <= typical[1]
    assert left <= 0.05 * RUNS + 3 * np.sqrt(0.05 * 0.95 * RUNS)
    assert not typical[0] <= 10 * windows[-1] <= typical[1]


def test_two_periods_are_needed() -> None:
    assert typical_range(EarlierPeriods(np.array([0.9]), np.array([50.0]), 1, 0.09), 50) is None
    assert typical_range(EarlierPeriods(np.array([0.9] * 6), np.full(6, 50.0), 7, 0.09), 50) is None
    assert typical_range(EarlierPeriods(np.zeros(0), np.zeros(0), 1), 50) is None


def test_what_never_varied_has_no_width() -> None:
    assert typical_range(EarlierPeriods(np.full(30, 4.0), np.zeros(30), 1), 0) == pytest.approx((4.0, 4.0))
