"""Series: what a rule looks at, from the table of days."""

from datetime import timedelta

import numpy as np
import pytest

from monitor_core.contract.calendar import Period
from monitor_core.drift.series import DailyCounts, Reviews, confidences, predicted_classes, reviewed_classes, reviews
from monitor_core.scores.confusion import REJECTED
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED, DayCounts
from monitor_core.scores.daily import daily_table
from tests.drift.simulated import FIRST, days_of


def test_impossible_counts_are_refused() -> None:
    n, classes = np.array([5]), np.array([[5]])
    for errors, misses in ((6, 0), (-1, 0), (0, 6)):
        with pytest.raises(ValueError, match="errors"):
            Reviews(days_of(1), n, np.array([errors]), classes, np.array([[misses]]))
    with pytest.raises(ValueError, match="shape"):
        Reviews(days_of(2), n, n, classes, classes)
    with pytest.raises(ValueError, match="negative"):
        DailyCounts(days_of(1), -classes)


def test_series_are_counted_from_the_table_of_days() -> None:
    """Two days; a third class is only predicted, and only where nobody has reviewed it yet."""
    cells = np.array([[0, 0, 5], [0, 1, 2], [REJECTED, 1, 3]])
    confident = np.array([[0, 0, 199, 5], [1, 0, 10, 5], [2, NOT_REVIEWED, NO_CONFIDENCE, 4]])
    day = DayCounts(14, 4, 0, 0, 0, cells, confident, np.zeros((0, 2), np.int64))
    table = daily_table(Period(FIRST, FIRST + timedelta(1)), {FIRST: day})
    assert predicted_classes(table).counts.tolist() == [[5, 5, 4], [0, 0, 0]]
    assert reviewed_classes(table).counts.tolist() == [[7, 0, 0], [0, 0, 0]]
    binned = confidences(table).counts
    assert (binned[0, 199], binned[0, 10], binned.sum()) == (5, 5, 10)
    reviewed = reviews(table)
    assert (reviewed.n.tolist(), reviewed.errors.tolist()) == ([10, 0], [5, 0])
    assert reviewed.support.tolist() == [[7, 0, 0], [0, 0, 0]]
    assert reviewed.misses.tolist() == [[2, 0, 0], [0, 0, 0]]
