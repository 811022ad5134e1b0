"""Differences of two scores."""

import numpy as np

from monitor_core.scores.differences import difference_interval
from monitor_core.scores.shares import wilson


def test_the_interval_of_a_difference_keeps_its_promise() -> None:
    rng, covered = np.random.default_rng(6), []
    for _ in range(800):
        now, before = rng.binomial(60, 0.8), rng.binomial(200, 0.9)
        low, high = difference_interval(
            now / 60, wilson(np.array(now), np.array(60)), before / 200, wilson(np.array(before), np.array(200))
        )
        covered.append(low <= -0.1 <= high)
    assert 0.93 <= np.mean(covered) <= 0.97
