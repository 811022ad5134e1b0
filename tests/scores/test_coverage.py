"""Coverage equals the statistics of other people's code, and calls blind reviewers blind."""

import numpy as np
import pytest
from scipy import stats

from monitor_core.scores.counts import NOT_REVIEWED
from monitor_core.scores.coverage import coverage_by_class, coverage_by_confidence, predicted_labels, selection_bias
from tests.scores.days import days_of, parted, simulated


def test_the_selection_bias_is_the_slope_of_a_regression_with_a_level_for_each_day() -> None:
    day, prediction, confidence, reviewed = simulated(1, leaning=-0.4)
    bias = selection_bias(days_of(day, prediction, confidence, reviewed))
    assert bias
    middle = (np.minimum(199, (confidence * 200).astype(int)) + 0.5) / 200
    levels = (day[:, None] == np.arange(30)).astype(float)
    slope = np.linalg.lstsq(np.column_stack([middle, levels]), reviewed.astype(float), rcond=None)[0][0]
    assert bias.points == pytest.approx(100 * slope * (bias.high_confidence - bias.low_confidence), abs=1e-9)
    assert bias.low_confidence == pytest.approx(np.quantile(middle, 0.1), abs=0.006)
    assert bias.high_confidence == pytest.approx(np.quantile(middle, 0.9), abs=0.006)
    assert bias.matters


def test_blind_reviewers_are_called_blind_though_young_days_are_unsure_and_unreviewed() -> None:
    outside = flagged = 0
    for seed in range(200):
        days = days_of(*simulated(seed))
        bias = selection_bias(days)
        assert bias
        outside += not bias.low <= 0 <= bias.high
        flagged += bool(coverage_by_confidence(days, 10).differs.any())
    assert outside <= 20  # of 200, where 10 are expected
    assert flagged <= 20
    pooled = stats.pointbiserialr(*(simulated(0, rows=20_000)[i] for i in (3, 2)))
    assert pooled.pvalue < 1e-6  # without a level for each day they would look as if they chose


def test_the_chance_of_a_group_is_that_of_drawing_without_return() -> None:
    """Two strata by scipy's hypergeometric moments."""
    tables = [(30, 12, 20), (50, 10, 35)]  # a day's predictions, those of class 0, and the reviewed
    mean = sum(stats.hypergeom(n, k, r).mean() for n, k, r in tables)
    deviation = sum(stats.hypergeom(n, k, r).var() for n, k, r in tables) ** 0.5
    for away, differs in ((2.0, False), (2.6, True)):
        done = round(mean + away * deviation)
        rows = []
        for day, (n, k, r) in enumerate(tables):
            of_zero = done - 8 if day == 0 else 8
            for label, total, reviewed in ((0, k, of_zero), (1, n - k, r - of_zero)):
                rows += [[day, label, label, 0, reviewed], [day, label, NOT_REVIEWED, 0, total - reviewed]]
        days = parted(np.array(rows, np.int64))
        table = coverage_by_class(days, predicted_labels(days))
        assert table.points[0] == pytest.approx(100 * (done - mean) / 22)
        beyond = abs(done - mean) > stats.norm.ppf(1 - 0.05 / 4) * deviation
        assert bool(table.differs[0]) == beyond == differs


def test_pairs_of_which_one_is_reviewed_each_day_are_no_proof() -> None:
    """A hundred fair coins: sixty heads are 2.0 standard errors, and 2.2 are asked of two classes."""
    for heads, differs in ((60, False), (62, True)):
        rows = [
            [day, label, label if (label == 0) == (day < heads) else NOT_REVIEWED, 0, 1]
            for day in range(100)
            for label in (0, 1)
        ]
        days = parted(np.array(rows, np.int64))
        table = coverage_by_class(days, predicted_labels(days))
        assert table.points.tolist() == [heads - 50, 50 - heads]
        assert table.differs.tolist() == [differs, differs]
