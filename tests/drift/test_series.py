"""Series: what a rule looks at, from the table of days."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from monitor_core.contract.calendar import Period
from monitor_core.drift.series import (
    DailyCounts,
    Reviews,
    confidences,
    predicted_classes,
    reviewed_classes,
    reviews,
    reviews_by_target,
)
from monitor_core.mongo.history import tables
from monitor_core.scores.confusion import REJECTED
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED, OVERALL, DayCounts
from monitor_core.scores.daily import daily_table
from monitor_core.scores.folding import merged
from tests.drift.simulated import FIRST, day_counts, days_of, table_of


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


def test_the_selection_has_the_samples_of_the_reviews() -> None:
    table = table_of([day_counts(np.random.default_rng(day)) for day in range(6)])
    counts = reviews(table, table)
    selection, by_prediction = counts.selection, counts.by_prediction
    assert selection is not None
    assert by_prediction is not None
    assert selection.reviewed.sum(axis=1).tolist() == counts.n.tolist()
    assert selection.mistaken.sum(axis=1).tolist() == counts.errors.tolist()
    assert selection.predictions.sum(axis=1).tolist() == table.numbers["documents"].tolist()
    day, target, wrong, _, count = selection.samples.T
    for label in range(len(table.labels)):
        of_label = target == label
        assert np.bincount(day[of_label].astype(int), count[of_label], 6).tolist() == counts.support[:, label].tolist()
        misses = (count * wrong)[of_label]
        assert np.bincount(day[of_label].astype(int), misses, 6).tolist() == counts.misses[:, label].tolist()
    for name in ("n", "errors", "support", "misses"):
        assert getattr(by_prediction, name).tolist() == getattr(counts, name).tolist()


def test_the_predictions_of_other_days_and_classes_are_put_in_their_places() -> None:
    days = [day_counts(np.random.default_rng(day)) for day in range(6)]
    table, later = table_of(days), table_of(days).since(days_of(6)[2])
    counts = reviews(table, later)
    assert counts.selection is not None
    assert counts.by_prediction is not None
    assert counts.selection.predictions.sum(axis=1).tolist() == [0, 0, 100, 100, 100, 100]
    assert counts.by_prediction.n.tolist() == [0, 0, *counts.n[2:].tolist()]
    empty = reviews(later, table)
    assert empty.selection is not None
    assert empty.selection.predictions.sum(axis=1).tolist() == [100] * 4
    assert empty.by_prediction is not None
    assert empty.by_prediction.n.tolist() == empty.n.tolist()


def test_scenes_are_counted_overall_and_by_target() -> None:
    scenes = np.array([[OVERALL, 5, 20, 4, 90, 17, 16, 1.5], [0, 3, 12, 4, 60, 17, 16, 1.25], [9, 1, 1, 0, 1, 0, 0, 0]])
    day = replace(day_counts(np.random.default_rng(1)), scenes=scenes)
    counts = reviews(table_of([day_counts(np.random.default_rng(2)), day]))
    assert counts.scenes is not None
    assert counts.scene_errors is not None
    assert counts.scenes.tolist() == [[0, 0, 0, 0], [5, 3, 0, 0]]
    assert counts.scene_errors.tolist() == [[0, 0, 0, 0], [1.5, 1.25, 0, 0]]


def test_reviews_by_target_are_those_of_the_table() -> None:
    rng = np.random.default_rng(5)
    days = {FIRST + timedelta(n): day_of_cells(rng) for n in (0, 1, 4, 5)}
    table = daily_table(Period(FIRST, FIRST + timedelta(5)), days)
    labels = [1, 3, 8]
    by_target = reviews_by_target({day: rows_by_target(of_day) for day, of_day in days.items()}, np.array(labels))
    of_table = reviews(table)
    used = np.isin(table.labels, labels)
    assert (np.array(table.labels)[used].tolist(), by_target.days) == (labels, of_table.days)
    for name in ("n", "errors"):
        assert getattr(by_target, name).tolist() == getattr(of_table, name).tolist()
    for name in ("support", "misses"):
        assert getattr(by_target, name).tolist() == getattr(of_table, name)[:, used].tolist()
    of_some = reviews_by_target({day: rows_by_target(of_day) for day, of_day in days.items()}, np.array([3]))
    assert (of_some.n.tolist(), of_some.errors.tolist()) == (by_target.n.tolist(), by_target.errors.tolist())
    assert of_some.support.tolist() == by_target.support[:, [1]].tolist()
    assert reviews_by_target({}, np.zeros(0, int)).days == ()


def day_of_cells(rng: np.random.Generator) -> DayCounts:
    cells = merged(np.column_stack([rng.choice([REJECTED, 1, 3, 8], 50), rng.choice([1, 3, 8], 50), np.ones(50, int)]))
    return DayCounts(50, 0, 0, 0, 0, cells, np.zeros((0, 4), int), np.zeros((0, 2), int))


def rows_by_target(counts: DayCounts) -> Any:
    return tables.by_target({"cells": tables.packed(counts.cells)})
