"""Distances equal scipy's, and stay calm where a class has no rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2_contingency, ks_2samp

from monitor_core.drift.distances import (
    chi_square,
    effect_sizes,
    gap_by_chance,
    jensen_shannon,
    kolmogorov_smirnov,
    shares,
    total_variation,
    variation_by_chance,
)

ONE = np.ones(1)


@pytest.mark.parametrize("seed", range(5))
def test_chi_square_is_scipys(seed: int) -> None:
    rng = np.random.default_rng(seed)
    before, now = rng.multinomial(900, [0.5, 0.3, 0.2]), rng.multinomial(60, [0.4, 0.3, 0.3])
    statistic, p_value = chi_square(before[None], now[None], ONE)
    theirs = chi2_contingency([before, now], correction=False)
    assert (statistic[0], p_value[0]) == pytest.approx((theirs.statistic, theirs.pvalue))


def test_dispersion_divides_chi_square() -> None:
    before, now = np.array([[500, 400]]), np.array([[20, 40]])
    assert chi_square(before, now, 2 * ONE)[0] == chi_square(before, now, ONE)[0] / 2


def test_rare_classes_are_judged_together() -> None:
    before, now = np.array([[500, 400, 3, 4, 5]]), np.array([[50, 40, 3, 0, 4]])
    statistic, p_value = chi_square(before, now, ONE)
    theirs = chi2_contingency([[500, 400, 12], [50, 40, 7]], correction=False)
    assert (statistic[0], p_value[0]) == pytest.approx((theirs.statistic, theirs.pvalue))


def test_the_first_row_of_a_new_class_proves_nothing_but_ten_do() -> None:
    before = np.array([[600, 600, 0]])
    assert chi_square(before, np.array([[10, 9, 1]]), ONE)[1] > 0.1
    assert chi_square(before, np.array([[5, 5, 10]]), ONE)[1] < 1e-6


@pytest.mark.parametrize("sizes", [(2000, 60), (500, 500), (300, 2000)])
def test_the_gap_and_its_p_value_are_those_of_scipy_on_the_rows(sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(7)
    rows = rng.beta(9, 2, sizes[0]), rng.beta(8, 2, sizes[1])
    bins = [np.histogram(values, 200, (0, 1))[0] for values in rows]
    gap, p_value = kolmogorov_smirnov(bins[0][None], bins[1][None], ONE)
    theirs = ks_2samp(*(np.repeat(np.arange(200), counts) for counts in bins), method="asymp")
    assert gap[0] == pytest.approx(theirs.statistic)
    assert p_value[0] == pytest.approx(theirs.pvalue, rel=0.1)


@pytest.mark.parametrize(("categories", "n"), [(2, 21), (7, 21), (7, 200), (30, 21), (100, 60), (100, 2000)])
def test_the_variation_by_chance_is_what_samples_of_one_mix_exceed_as_rarely(categories: int, n: int) -> None:
    rng = np.random.default_rng(categories)
    mix = rng.dirichlet(np.ones(categories))
    before, now = rng.multinomial(3000, mix, 20_000), rng.multinomial(n, mix, 20_000)
    for p_value in (0.05, 0.001):
        bound = variation_by_chance(before, now, np.ones(20_000), p_value)
        exceeds = np.mean(total_variation(shares(before), shares(now)) > bound)
        assert p_value / 20 <= exceeds <= 2.5 * p_value


def test_the_gap_by_chance_has_the_p_value_that_it_is_of() -> None:
    rng = np.random.default_rng(1)
    before, now = (np.histogram(rng.beta(9, b, n), 200, (0, 1))[0][None] for b, n in ((2, 2000), (3, 90)))
    gap, p_value = kolmogorov_smirnov(before, now, 1.7 * ONE)
    assert gap_by_chance(before, now, 1.7 * ONE, float(p_value[0]))[0] == pytest.approx(gap[0])


def test_no_rows_are_no_proof() -> None:
    nothing, something = np.zeros((1, 3)), np.array([[5, 6, 7]])
    for test in (chi_square, kolmogorov_smirnov):
        for pair in ((nothing, something), (something, nothing), (nothing, nothing)):
            assert [values.tolist() for values in test(*pair, ONE)] == [[0], [1]]


def test_effect_sizes_by_hand() -> None:
    sizes = effect_sizes(np.array([50, 50, 0]), np.array([50, 0, 50]))
    assert sizes["total_variation"] == 0.5
    assert sizes["hellinger"] == pytest.approx(np.sqrt(0.5))
    assert sizes["jensen_shannon"] == pytest.approx(jensenshannon([0.5, 0.5, 0], [0.5, 0, 0.5], base=2))
    share, none = 50.5 / 101.5, 0.5 / 101.5
    assert sizes["psi"] == pytest.approx(2 * (share - none) * np.log(share / none))


def test_effect_sizes_without_rows_are_undefined() -> None:
    assert all(np.isnan(size) for size in effect_sizes(np.zeros(3), np.array([1, 2, 3])).values())


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), min_size=1, max_size=8))
@settings(deadline=None)
def test_the_order_of_classes_changes_nothing(pairs: list[tuple[int, int]]) -> None:
    before, now = np.array(pairs).T + np.array([[1], [1]])
    order = np.random.default_rng(len(pairs)).permutation(len(pairs))
    for name, size in effect_sizes(before, now).items():
        assert effect_sizes(before[order], now[order])[name] == pytest.approx(size)
        assert effect_sizes(now, before)[name] == pytest.approx(size)
    result = chi_square(before[None], now[None], ONE)
    np.testing.assert_allclose(chi_square(before[None, order], now[None, order], ONE), result)


def test_the_jensen_shannon_distance_is_scipys_row_by_row() -> None:
    counts = np.random.default_rng(7).integers(0, 30, (2, 40, 9)) * np.random.default_rng(8).integers(0, 2, (2, 40, 9))
    counts[..., 0] += 1
    p, q = counts / counts.sum(axis=-1, keepdims=True)
    assert jensen_shannon(p, q) == pytest.approx(jensenshannon(p, q, base=2, axis=-1), abs=1e-12)
    assert jensen_shannon(p, p) == pytest.approx(np.zeros(40), abs=1e-7)
