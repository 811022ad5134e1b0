"""A class is named for what it did more than the others, and not because it happened to be the worst of many."""

import numpy as np
import pytest
from scipy.stats import binomtest

from monitor_core.drift.standing_out import falls_more, moved_most
from monitor_core.scores.differences import holm

RUNS = 2000


def _named(classes: int, n: int, falls: list[float], seed: int) -> list[int | None]:
    """Simulate a fall of each class's recall, and return the class that is named in each run."""
    rng, before = np.random.default_rng(seed), rng_rates(classes, seed)
    support = np.maximum(rng.multinomial(n, rng.dirichlet(np.full(classes, 3.0)), RUNS), 0)
    miss = np.clip(before + np.array(falls), 0, 1)
    reference = 40 * support.mean(axis=0).round().astype(int) + 1
    out: list[int | None] = []
    for rows in support:
        errors = rng.binomial(rows, miss)
        of_reference = rng.binomial(reference, before) / reference
        p = holm(falls_more(rows, errors, of_reference, reference, np.ones(classes)))
        out.append(int(np.nanargmin(p)) if (p < 0.05).any() else None)
    return out


def rng_rates(classes: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed + 100).uniform(0.03, 0.2, classes)


@pytest.mark.parametrize(("classes", "n"), [(2, 40), (7, 100), (7, 1000), (30, 300), (100, 2000)])
@pytest.mark.parametrize("fall", [0.0, 0.1, 0.25])
def test_of_classes_that_fall_alike_none_is_named(classes: int, n: int, fall: float) -> None:
    named = _named(classes, n, [fall] * classes, seed=classes)
    share = np.mean([label is not None for label in named])
    assert share <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / RUNS)


@pytest.mark.parametrize(("classes", "n"), [(7, 300), (30, 3000)])
def test_the_class_that_falls_more_is_named(classes: int, n: int) -> None:
    named = _named(classes, n, [0.02, 0.5, *[0.02] * (classes - 2)], seed=3)
    assert np.mean([label == 1 for label in named]) > 0.9
    assert np.mean([label not in (1, None) for label in named]) < 0.05


def test_a_single_sample_names_nothing() -> None:
    p = falls_more(np.array([1, 50]), np.array([1, 5]), np.full(2, 0.1), np.full(2, 500), np.ones(2))
    assert np.isnan(p[0])


def test_beside_a_rate_that_is_certain_it_is_the_binomial_test() -> None:
    n, errors = np.array([20, 10**7]), np.array([7, 10**6])
    p = falls_more(n, errors, np.full(2, 0.1), np.full(2, 10**9), np.ones(2))
    assert p[0] == pytest.approx(binomtest(7, 20, 0.1, "greater").pvalue, rel=0.01)


def test_a_change_that_is_spread_over_many_categories_names_none() -> None:
    before = np.full(40, 100)
    now = np.where(np.arange(40) % 2, 5, 1)
    assert moved_most(before, now, 1.0) is None
    now[7] = 60
    assert moved_most(before, now, 1.0) == 7
    assert moved_most(before, now, 50.0) is None


@pytest.mark.parametrize(("categories", "n"), [(3, 25), (7, 100), (40, 400)])
def test_of_an_unchanged_mix_no_category_is_named(categories: int, n: int) -> None:
    rng = np.random.default_rng(categories)
    shares = rng.dirichlet(np.full(categories, 2.0))
    named = [
        moved_most(rng.multinomial(60 * n, shares), rng.multinomial(n, shares), 1.0) is not None for _ in range(RUNS)
    ]
    assert np.mean(named) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / RUNS)
