"""The tests of distributions: quiet about a small move, a habit of wandering and what the training set holds."""

import numpy as np
import pytest

from monitor_core.drift.accuracy import accuracy_falling
from monitor_core.drift.distributions import confidence_moved, mix_moved
from monitor_core.drift.reference import Reference
from monitor_core.drift.rules import BY_KEY
from monitor_core.drift.series import DailyCounts, Reviews
from tests.drift.simulated import (
    NAMES,
    SHARES,
    TRAILING,
    after,
    confidence_of,
    days_of,
    drifted,
    mix_of,
    reviews_of,
)


def test_a_small_move_does_not_ring_however_certain() -> None:
    mix = mix_of(4, after(90, SHARES, [0.53, 0.27, 0.2]), n=100_000)
    confidence = confidence_of(4, after(90, 0, 0.7), n=20_000)
    for tests in (mix_moved(mix, TRAILING), confidence_moved(confidence, TRAILING)):
        assert (tests[100].p_value or 0) < tests[100].threshold
        assert 2 < (tests[100].effect or 0) < 5
        assert drifted(tests) == []


def test_a_class_that_only_exists_now_moves_the_mix_and_not_accuracy() -> None:
    reviews = reviews_of(8, 0.1)
    new = np.where(np.arange(120) >= 90, 20, 0)[:, None]
    grown = Reviews(reviews.days, reviews.n + new[:, 0], reviews.errors, np.hstack([reviews.support, new]),
                    np.hstack([reviews.misses, 0 * new]))  # fmt: skip
    assert drifted(accuracy_falling(grown, TRAILING)) == []
    first = mix_moved(DailyCounts(grown.days, grown.support), TRAILING)[90]
    assert (first.verdict, first.moved) == ("drifted", 3)
    assert "new" in BY_KEY["target"].explain(first, [*NAMES, "new"])


def test_training_counts_are_a_reference_for_the_mix() -> None:
    counts, reference = mix_of(9, SHARES), Reference("training")
    assert drifted(mix_moved(counts, reference, training=SHARES * 1000)) == []
    assert drifted(mix_moved(counts, reference, training=SHARES[::-1] * 1000)) == list(range(20, 120))
    with pytest.raises(ValueError, match="training"):
        mix_moved(counts, reference)
    with pytest.raises(ValueError, match="training"):
        accuracy_falling(reviews_of(1, 0.1), reference)


def test_days_that_wander_by_habit_are_no_news() -> None:
    """The same shares of which a plain chi-square would fire on most days."""
    rng = np.random.default_rng(10)
    counts = DailyCounts(days_of(160), rng.multinomial(2000, rng.dirichlet(SHARES * 60, 160)))
    assert len(drifted(mix_moved(counts, TRAILING))) <= 2
