"""The tests of distributions: quiet about a small move, a habit of wandering and what the training set holds."""

import numpy as np
import pytest
from scipy.special import softmax

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
        assert (tests[96].p_value or 0) < tests[96].threshold
        assert 2 < (tests[96].effect or 0) < 5
        assert drifted(tests) == []


@pytest.mark.parametrize("days", [1, 4])
def test_a_day_such_as_there_have_been_before_is_no_change_and_four_in_a_row_are(days: int) -> None:
    unlike = np.isin(np.arange(120), [70, *range(100, 100 + days)])
    mix = mix_of(3, np.where(unlike[:, None], [0.3, 0.4, 0.3], SHARES), n=1000)
    confidence = confidence_of(3, np.where(unlike, 2.0, 0.0), n=1000)
    for tests in (mix_moved(mix, TRAILING), confidence_moved(confidence, TRAILING)):
        fired = [day for day in drifted(tests) if day > 70]
        assert bool(fired) == (days == 4)


def test_days_with_heavy_tails_are_quiet() -> None:
    fired = 0
    for seed in range(40):
        wander = 0.2 * np.random.default_rng(seed).standard_t(3, (120, 3)) / np.sqrt(3)
        logs = np.log(SHARES) + wander
        fired += sum(day >= 60 for day in drifted(mix_moved(mix_of(seed, softmax(logs, axis=1), n=2000), TRAILING)))
    assert fired <= 10  # of 2400


def test_a_day_unlike_any_before_is_a_change_at_once() -> None:
    assert drifted(mix_moved(mix_of(3, after(100, SHARES, [0.2, 0.5, 0.3]), n=1000), TRAILING))[0] == 100
    assert drifted(confidence_moved(confidence_of(3, after(100, 0.0, 3.0), n=1000), TRAILING))[0] == 100


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
