"""Intervals that hold what they promise."""

from collections import Counter
from datetime import date
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, norm
from sklearn.metrics import f1_score

from monitor_core.scores import metrics
from monitor_core.scores.confusion import REJECTED, ConfusionCounts

DAY = (date(2026, 10, 1),)


def counts_of(rows: list[tuple[int | None, int]]) -> ConfusionCounts:
    cells = Counter((REJECTED if target is None else target, prediction) for target, prediction in rows)
    return ConfusionCounts.of(DAY, np.array([(0, *cell, count) for cell, count in cells.items()]).reshape(-1, 4))


def a_model(rng: np.random.Generator, rows: int, right: float, classes: int) -> list[tuple[int, int]]:
    targets = rng.integers(0, classes, rows)
    wrong = (targets + rng.integers(1, classes, rows)) % classes
    return list(zip(targets.tolist(), np.where(rng.random(rows) < right, targets, wrong).tolist(), strict=True))


@pytest.mark.parametrize(("hits", "rows"), [(0, 1), (1, 1), (3, 5), (5, 5), (18, 20), (900, 1000)])
def test_the_interval_of_a_share_is_scipys_wilson_interval(hits: int, rows: int) -> None:
    theirs = binomtest(hits, rows).proportion_ci(0.95, "wilson")
    np.testing.assert_allclose(metrics.wilson(np.array(hits), np.array(rows)), [theirs.low, theirs.high], atol=1e-12)


def test_no_trials_have_no_interval() -> None:
    assert np.isnan(metrics.wilson(np.array([0]), np.array([0]))).all()


def test_z_is_the_normals() -> None:
    assert pytest.approx(norm.ppf(0.975), abs=1e-15) == metrics.Z


@pytest.mark.parametrize("rows", [20, 50, 200])
def test_f1_intervals_of_a_class_cover_the_truth(rows: int) -> None:
    rng = np.random.default_rng(1)
    truth = f1_score(*zip(*a_model(rng, 400_000, 0.9, 3), strict=True), average=None)[0]
    found = [metrics.class_interval(counts_of(a_model(rng, rows, 0.9, 3)).total(), "f1")[0] for _ in range(400)]
    covered = np.mean([low <= truth <= high for low, high in found])
    assert 0.9 <= covered <= 1


@pytest.mark.parametrize("kind", ["macro", "weighted"])
@pytest.mark.parametrize("metric", ["precision", "recall", "f1"])
def test_intervals_of_averages_cover_the_truth_from_50_rows_on(kind: str, metric: str) -> None:
    rng = np.random.default_rng(2)
    truth = float(metrics.average(*of(metric, a_model(rng, 400_000, 0.85, 3)), kind))
    found = []
    for _ in range(600):
        counts = counts_of(a_model(rng, 60, 0.85, 3))
        found.append(metrics.average_intervals(counts.matrix_cells(), 3)[kind, metric])
    covered = np.mean([low <= truth <= high for low, high in found])
    assert 0.9 <= covered <= 0.99  # the bootstrap's own .92 at this size, and a little for its floor


def of(metric: str, rows: list[tuple[int, int]]) -> Any:
    total = counts_of(rows).total()
    return metrics.SCORES[metric](total), total


def test_the_delta_method_agrees_with_the_bootstrap_where_both_apply() -> None:
    rows: list[tuple[int | None, int]] = [*a_model(np.random.default_rng(3), 3000, 0.8, 8), *[(None, 1)] * 60]
    cells = counts_of(rows).matrix_cells()
    drawn, derived = metrics._bootstrap(cells, 8), metrics._delta(cells, 8)
    for key, interval in drawn.items():
        np.testing.assert_allclose(interval, derived[key], atol=0.003)


@pytest.mark.parametrize("rows", [1, 5, 20])
def test_all_right_is_not_certainly_right(rows: int) -> None:
    counts = counts_of([(n % 3, n % 3) for n in range(rows)])
    low, high = metrics.average_intervals(counts.matrix_cells(), len(counts.labels))["macro", "f1"]
    assert (low, high) == tuple(metrics.accuracy_interval(counts.total()))


def test_the_same_counts_give_the_same_interval() -> None:
    cells = counts_of(a_model(np.random.default_rng(4), 40, 0.8, 4)).matrix_cells()
    first, second = metrics.average_intervals(cells, 4), metrics.average_intervals(cells, 4)
    assert all((first[key] == second[key]).all() for key in first)


def test_more_than_200_classes_have_intervals_too() -> None:
    counts = counts_of(a_model(np.random.default_rng(5), 5000, 0.9, 300))
    low, high = metrics.average_intervals(counts.matrix_cells(), len(counts.labels))["macro", "f1"]
    assert low < metrics.average(metrics.f1(counts.total()), counts.total(), "macro") < high
    assert high - low < 0.05


def test_a_rejected_row_is_wrong_for_accuracy_and_precision_and_in_no_recall() -> None:
    total = counts_of([(0, 0), (0, 0), (None, 0), (1, 1)]).total()
    assert metrics.accuracy(total) == 3 / 4
    assert metrics.precision(total).tolist() == [2 / 3, 1]
    assert metrics.recall(total).tolist() == [1, 1]


def test_the_interval_of_a_difference_keeps_its_promise() -> None:
    rng, covered = np.random.default_rng(6), []
    for _ in range(800):
        now, before = rng.binomial(60, 0.8), rng.binomial(200, 0.9)
        low, high = metrics.difference_interval(
            now / 60,
            metrics.wilson(np.array(now), np.array(60)),
            before / 200,
            metrics.wilson(np.array(before), np.array(200)),
        )
        covered.append(low <= -0.1 <= high)
    assert 0.93 <= np.mean(covered) <= 0.97
