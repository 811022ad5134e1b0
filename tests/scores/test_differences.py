"""Differences of two scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_core.scores.differences import difference_interval, holm, p_value
from monitor_core.scores.shares import wilson

LEVEL = 0.05


def test_the_interval_of_a_difference_keeps_its_promise() -> None:
    rng, covered = np.random.default_rng(6), []
    for _ in range(800):
        now, before = rng.binomial(60, 0.8), rng.binomial(200, 0.9)
        low, high = difference_interval(
            now / 60, wilson(np.array(now), np.array(60)), before / 200, wilson(np.array(before), np.array(200))
        )
        covered.append(low <= -0.1 <= high)
    assert 0.93 <= np.mean(covered) <= 0.97


@given(st.floats(-1, 1), st.floats(0.001, 0.5), st.floats(0.001, 0.5))
def test_the_p_value_never_contradicts_the_interval(difference: float, below: float, above: float) -> None:
    p = float(p_value(difference, difference - below, difference + above))
    holds_zero = difference - below <= 0 <= difference + above
    assert (p >= LEVEL - 1e-9) if holds_zero else (p <= LEVEL + 1e-9)


def test_of_many_equal_classes_none_is_called_different_in_95_of_100_looks() -> None:
    """By each interval alone, a look at 20 classes would find one that differs in 64 of 100."""
    draw = np.random.default_rng(7)
    alone, together = 0, 0
    for _ in range(100):
        hits, others = draw.binomial(200, 0.9, 20), draw.binomial(200, 0.9, 20)
        now, before = (wilson(right, np.array(200)).T for right in (hits, others))
        low, high = difference_interval(hits / 200, now, others / 200, before)
        p = p_value((hits - others) / 200, low, high)
        alone += bool((p < 0.05).any())
        together += bool((holm(p) < 0.05).any())
    assert alone > 45
    assert together < 12


def test_holm_is_the_textbook_s() -> None:
    p = np.array([0.01, 0.02, 0.03, 0.005])
    assert holm(p).tolist() == pytest.approx([0.03, 0.04, 0.04, 0.02])
