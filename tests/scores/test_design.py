"""The design effect of days: intervals that stay true where the samples of a day have something in common."""

import numpy as np
import pytest
from scipy import stats

from monitor_core.scores.design import DayGroups, cell_intervals, share_interval, student, widening_of_share
from monitor_core.scores.shares import wilson
from tests.confusions import counts_of

RUNS, DAYS = 4000, 30


def scenes(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return right samples and samples: 20 scenes a day of ten near-duplicates each, nine of ten scenes right."""
    return 10 * rng.binomial(20, 0.9, shape), np.full(shape, 200)


def wandering(rng: np.random.Generator, shape: tuple[int, int], serial: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return days of about 1000 samples, fewer at weekends, whose accuracy wanders by .15 of its logit."""
    shocks = rng.normal(size=shape)
    for day in range(1, shape[0]):
        shocks[day] = serial * shocks[day - 1] + np.sqrt(1 - serial**2) * shocks[day]
    samples = rng.poisson(np.where(np.arange(shape[0]) % 7 < 5, 1000, 400)[:, None], shape)
    return rng.binomial(samples, 1 / (1 + np.exp(-2.197 - 0.15 * shocks))), samples


def alike(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    return wandering(rng, shape, serial=0.3)


def much_alike(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    return wandering(rng, shape, serial=0.5)


def independent(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    samples = rng.poisson(50, shape)
    return rng.binomial(samples, 0.9), samples


@pytest.mark.parametrize(
    ("days", "truth", "plain"),
    [(scenes, 0.9, 0.6), (wandering, 0.8991, 0.85), (alike, 0.8991, 0.8), (much_alike, 0.8991, 0.65)],
)
def test_intervals_cover_the_truth_where_days_differ_and_plain_ones_do_not(days, truth, plain) -> None:  # type: ignore[no-untyped-def]
    right, samples = days(np.random.default_rng(1), (DAYS, RUNS))
    low, high = share_interval(right, samples).T
    assert np.mean((low <= truth) & (truth <= high)) >= 0.93
    low, high = wilson(right.sum(axis=0), samples.sum(axis=0)).T
    assert np.mean((low <= truth) & (truth <= high)) < plain


@pytest.mark.parametrize("days", [scenes, wandering, much_alike, independent])
def test_intervals_are_hardly_wider_than_if_the_variance_were_given(days) -> None:  # type: ignore[no-untyped-def]
    right, samples = days(np.random.default_rng(2), (DAYS, RUNS))
    width = np.median(np.diff(share_interval(right, samples), axis=-1))
    assert width <= 1.15 * 2 * 1.96 * np.std(right.sum(axis=0) / samples.sum(axis=0))


def test_the_effect_of_equal_days_is_the_variance_between_them() -> None:
    right, samples = np.array([90, 70, 95, 80, 85, 99, 60]), np.full(7, 100)
    share = right / samples
    expected = share.var(ddof=1) / 7 / (share.mean() * (1 - share.mean()) / 700)
    wider = widening_of_share(right, samples, DayGroups.whole(7))
    assert wider.effect.tolist() == pytest.approx([expected])
    divisor = expected * (stats.t.ppf(0.975, 6) / stats.norm.ppf(0.975)) ** 2
    assert wider.samples_divisor.tolist() == pytest.approx([divisor], rel=1e-3)
    bounds = wilson(right.sum() / divisor, np.array(700 / divisor))
    assert share_interval(right, samples).tolist() == pytest.approx(bounds.tolist(), rel=1e-3)


def test_fewer_than_seven_days_with_samples_have_the_plain_interval() -> None:
    right, samples = np.array([9, 0, 90, 0, 5, 70, 80, 1]), np.array([10, 0, 90, 0, 50, 70, 90, 9])
    assert share_interval(right, samples).tolist() == wilson(right.sum(), samples.sum()).tolist()


def test_each_group_has_the_interval_that_it_has_alone() -> None:
    rng = np.random.default_rng(3)
    right, samples = wandering(rng, (38, 4))
    together = share_interval(right, samples, DayGroups(np.repeat([0, 1, 2], [7, 26, 5])))
    alone = [share_interval(right[of], samples[of]) for of in (slice(0, 7), slice(7, 33), slice(33, 38))]
    np.testing.assert_allclose(together, np.stack(alone))


@pytest.mark.parametrize(("right", "samples"), [([0] * 9, [0] * 9), ([5] * 9, [5] * 9), ([0] * 9, [5] * 9)])
def test_all_none_and_no_samples(right: list[int], samples: list[int]) -> None:
    low, high = share_interval(np.array(right), np.array(samples))
    assert np.isnan(low) == np.isnan(high) == (sum(samples) == 0)
    assert np.isnan(low) or 0 <= low < high <= 1


def test_no_days_have_no_interval() -> None:
    assert np.isnan(share_interval(np.zeros((0, 3)), np.zeros((0, 3)))).all()


def test_the_quantile_is_students() -> None:
    freedom = np.array([3.0, 5, 6, 10.5, 29, 364])
    np.testing.assert_allclose(student(freedom), stats.t.ppf(0.975, freedom), rtol=2e-3)


def test_an_interval_of_a_cell_is_that_of_a_share() -> None:
    counts = counts_of([(0, 0)] * 8 + [(0, 1)] * 2 + [(1, 1)] * 5 + [(None, 0)] * 3 + [(None, 1)])
    bounds = cell_intervals(counts, np.array([0, 1, 2, -1]), np.array([1, 0, 0, 0]))
    expected = wilson(np.array([2, 0, 3, 0]), np.array([10, 5, 4, 0]))
    np.testing.assert_allclose(bounds, expected)
