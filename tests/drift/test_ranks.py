"""The rank test is that of SciPy where days do not differ, and quiet where they do."""

import numpy as np
import pytest
from scipy import stats

from monitor_core.drift.ranks import ranks_of
from monitor_core.drift.reference import Spans, baseline_of

BINS = 50


def rows_of(rng: np.random.Generator, days: int, rows: int, shift: np.ndarray) -> np.ndarray:
    values = 1 / (1 + np.exp(-rng.normal(shift[:, None] + 1, 1, (days, rows))))
    return np.array([np.histogram(of_day, BINS, (0, 1))[0] for of_day in values]).astype(float)


def p_values(rows: np.ndarray, length: int) -> np.ndarray:
    days = np.arange(len(rows))
    spans = Spans(np.zeros(len(rows), np.int64), np.maximum(days - 6, 0))
    baseline = baseline_of(rows.sum(axis=1)[:, None], np.cumsum(rows, axis=1)[:, None], spans)
    return ranks_of(rows, spans, baseline).p_values(length)


def test_it_is_that_of_scipy_but_for_the_margin_for_days() -> None:
    rows = rows_of(np.random.default_rng(1), 67, 40, np.where(np.arange(67) == 66, 0.4, 0))
    values = [np.repeat(np.arange(BINS), of.astype(int)) for of in (rows[:60].sum(axis=0), rows[66])]
    z = -stats.norm.ppf(stats.mannwhitneyu(*values, method="asymptotic", use_continuity=False).pvalue / 2)
    ours = -stats.norm.ppf(p_values(rows, 1)[66] / 2)
    assert 0.85 * z < ours < 1.02 * z


@pytest.mark.parametrize("wander", [0.0, 0.3])
@pytest.mark.parametrize("length", [1, 7])
def test_small_p_values_are_as_rare_as_they_say(wander: float, length: int) -> None:
    rng, small = np.random.default_rng(2), []
    for _ in range(300):
        small.append(p_values(rows_of(rng, 67, 100, rng.normal(0, wander, 67)), length)[66] < 0.05)
    assert np.mean(small) < 0.075


def test_without_rows_nothing_is_compared() -> None:
    assert p_values(np.zeros((20, BINS)), 1).tolist() == [1.0] * 20
