"""Intervals that hold what they promise."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from monitor_core.scores import intervals
from monitor_core.scores.metrics import METRIC
from tests.confusions import Rows, a_model, counts_of


@pytest.mark.parametrize("rows", [20, 50, 200])
def test_f1_intervals_of_a_class_cover_the_truth(rows: int) -> None:
    rng = np.random.default_rng(1)
    truth = f1_score(*zip(*a_model(rng, 400_000, 0.9, 3), strict=True), average=None)[0]
    counted = [METRIC["f1"].interval_of(counts_of(a_model(rng, rows, 0.9, 3)).total())[0] for _ in range(400)]
    covered = np.mean([low <= truth <= high for low, high in counted])
    assert 0.9 <= covered <= 1


@pytest.mark.parametrize("kind", ["macro", "weighted"])
@pytest.mark.parametrize("metric", ["precision", "recall", "f1"])
def test_intervals_of_averages_cover_the_truth_from_50_rows_on(kind: str, metric: str) -> None:
    rng, name = np.random.default_rng(2), METRIC[metric].name(kind)
    truth = float(METRIC[metric].overall(counts_of(a_model(rng, 400_000, 0.85, 3)).total(), kind))
    found = []
    for _ in range(600):
        counts = counts_of(a_model(rng, 60, 0.85, 3))
        found.append(intervals.overall_intervals(counts.matrix_cells(), 3)[name])
    covered = np.mean([low <= truth <= high for low, high in found])
    assert 0.9 <= covered <= 0.99  # the bootstrap's own .92 at this size, and a little for its floor


def test_the_delta_method_agrees_with_the_bootstrap_where_both_apply() -> None:
    rows: Rows = [*a_model(np.random.default_rng(3), 3000, 0.8, 8), *[(None, 1)] * 60]
    cells = counts_of(rows).matrix_cells()
    drawn, derived = intervals.bootstrap(cells, 8), intervals.delta(cells, 8)
    for name, interval in drawn.items():
        np.testing.assert_allclose(interval, derived[name], atol=0.003)


@pytest.mark.parametrize("rows", [1, 5, 20])
def test_all_right_is_not_certainly_right(rows: int) -> None:
    counts = counts_of([(n % 3, n % 3) for n in range(rows)])
    by_score = intervals.overall_intervals(counts.matrix_cells(), len(counts.labels))
    assert by_score["macro_f1"].tolist() == by_score["accuracy"].tolist()


def test_the_same_counts_give_the_same_interval() -> None:
    cells = counts_of(a_model(np.random.default_rng(4), 40, 0.8, 4)).matrix_cells()
    first, second = intervals.overall_intervals(cells, 4), intervals.overall_intervals(cells, 4)
    assert all((first[name] == second[name]).all() for name in first)


def test_more_than_200_classes_have_intervals_too() -> None:
    counts = counts_of(a_model(np.random.default_rng(5), 5000, 0.9, 300))
    low, high = intervals.overall_intervals(counts.matrix_cells(), len(counts.labels))["macro_f1"]
    assert low < METRIC["f1"].overall(counts.total(), "macro") < high
    assert high - low < 0.05
