"""What chance adds to bounds: the interval holds for whatever the true classes of the rejected samples are."""

import itertools

import numpy as np
import pytest

from monitor_core.scores.around_bounds import around_class_bounds, around_overall_bounds
from monitor_core.scores.confusion import ConfusionCounts
from monitor_core.scores.intervals import class_intervals, overall_intervals
from monitor_core.scores.metrics import METRIC
from tests.confusions import Rows, counts_of

KNOWN: Rows = [(0, 0)] * 30 + [(0, 1)] * 4 + [(1, 1)] * 25 + [(2, 2)] * 20 + [(2, 0)] * 3
REJECTED = (0, 1, 1, 2)


def rows() -> Rows:
    return [*KNOWN, *((None, prediction) for prediction in REJECTED)]


def assigned() -> list[ConfusionCounts]:
    possible = itertools.product(*([c for c in range(3) if c != prediction] for prediction in REJECTED))
    return [counts_of([*KNOWN, *zip(targets, REJECTED, strict=True)]) for targets in possible]


@pytest.mark.parametrize("key", ["recall", "f1"])
def test_the_interval_of_a_class_is_that_of_all_assignments_together(key: str) -> None:
    metric, counts = METRIC[key], counts_of(rows())
    of_classes = class_intervals(metric, counts)
    around = around_class_bounds(metric, counts.total(), of_classes.bounds[0], of_classes.wider)
    each = np.stack([class_intervals(metric, one).bounds[0] for one in assigned()])
    assert around[:, 0] == pytest.approx(each[..., 0].min(axis=0))
    assert around[:, 1] == pytest.approx(each[..., 1].max(axis=0))


@pytest.mark.parametrize(("key", "average"), [("recall", "macro"), ("f1", "macro"), ("balanced_accuracy", None)])
def test_the_interval_of_an_average_holds_for_each_assignment(key: str, average: str | None) -> None:
    metric, counts = METRIC[key], counts_of(rows())
    low, high = around_overall_bounds(metric, average, counts).bounds[0]
    lowest, highest = metric.overall_bounds(counts.total(), average)
    assert low < lowest < highest < high
    each = np.array([overall_intervals(one, metrics=[metric])[metric.name(average)].bounds[0] for one in assigned()])
    assert low <= each[:, 0].min() + 0.01
    assert high >= each[:, 1].max() - 0.01


def test_without_rejected_samples_it_is_the_interval() -> None:
    counts = counts_of(KNOWN)
    of_classes = class_intervals(METRIC["recall"], counts)
    around = around_class_bounds(METRIC["recall"], counts.total(), of_classes.bounds[0], of_classes.wider)
    assert (around == of_classes.bounds[0]).all()
    assert np.isnan(around_overall_bounds(METRIC["recall"], "macro", counts).bounds).all()
