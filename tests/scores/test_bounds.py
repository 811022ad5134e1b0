"""Bounds hold for each assignment of true classes to rejected samples; scikit-learn scores each of them."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, precision_recall_fscore_support

from monitor_core.scores.confusion import ConfusionCounts
from monitor_core.scores.metrics import METRIC
from tests.confusions import Rows, counts_of

KEYS = ("precision", "recall", "f1")


def rows_of(seed: int, classes: int, rows: int, rejected: int, right: float = 0.7) -> Rows:
    rng = np.random.default_rng(seed)
    targets = [*range(classes), *rng.integers(0, classes, rows - classes).tolist()]
    wrong = (np.array(targets) + rng.integers(1, classes, rows)) % classes
    known = [(t, t if rng.random() < right else w) for t, w in zip(targets, wrong.tolist(), strict=True)]
    return [*known, *((None, int(rng.integers(0, classes))) for _ in range(rejected))]


def assignments(rows: Rows, labels: tuple[int, ...]) -> Iterator[list[tuple[int, int]]]:
    """Yield the rows with each assignment of another class to each rejected sample."""
    known = [(target, prediction) for target, prediction in rows if target is not None]
    unknown = [prediction for target, prediction in rows if target is None]
    for targets in itertools.product(*([label for label in labels if label != p] for p in unknown)):
        yield [*known, *zip(targets, unknown, strict=True)]


def possible(rows: Rows) -> tuple[ConfusionCounts, dict[str, np.ndarray]]:
    """Return the counts, and the lowest and highest score of all assignments by its name; of classes, (labels, 2)."""
    counted = counts_of(rows)
    values: dict[str, list[np.ndarray]] = {}
    for assigned in assignments(rows, counted.labels):
        targets, predictions = zip(*assigned, strict=True)
        for average in ("macro", "weighted", None):
            scores = precision_recall_fscore_support(
                targets, predictions, labels=counted.labels, average=average, zero_division=np.nan
            )
            for key, score in zip(KEYS, scores, strict=False):
                values.setdefault(f"{average}_{key}", []).append(np.asarray(score, float))
        values.setdefault("balanced_accuracy", []).append(np.asarray(balanced_accuracy_score(targets, predictions)))
    return counted, {
        name: np.stack([np.nanmin(all_, axis=0), np.nanmax(all_, axis=0)], -1) for name, all_ in values.items()
    }


CASES = [(2, 12, 3), (3, 12, 4), (3, 9, 6), (4, 30, 4), (4, 6, 4), (5, 40, 3)]


@pytest.mark.parametrize(("classes", "rows", "rejected"), CASES)
@pytest.mark.parametrize("seed", range(4))
def test_bounds_hold_for_every_assignment(seed: int, classes: int, rows: int, rejected: int) -> None:
    counted, expected = possible(rows_of(seed, classes, rows, rejected))
    total = counted.total()
    for key in ("recall", "f1"):
        low, high = METRIC[key].bounds_of(total).T
        exact = METRIC[key].of(total)
        low, high = np.where(np.isnan(exact), low, exact), np.where(np.isnan(exact), high, exact)
        assert (low <= expected[f"None_{key}"][:, 0] + 1e-12).all()
        assert (high >= expected[f"None_{key}"][:, 1] - 1e-12).all()
    for name, of_all in expected.items():
        average, _, key = name.partition("_")
        if average == "None" or name == "macro_precision":
            continue
        metric, of = (METRIC[name], None) if name in METRIC else (METRIC[key], average)
        assert np.isnan(metric.overall(total, of))
        low, high = metric.overall_bounds(total, of)
        assert low <= of_all[0] + 1e-12
        assert high >= of_all[1] - 1e-12
        assert high - low <= 2 * (of_all[1] - of_all[0]) + 0.1  # and are of use


@pytest.mark.parametrize("seed", range(6))
def test_bounds_of_classes_are_attained_from_three_classes_on(seed: int) -> None:
    counted, expected = possible(rows_of(seed, 4, 25, 4))
    for key in ("recall", "f1"):
        bounds, exact = METRIC[key].bounds_of(counted.total()), METRIC[key].of(counted.total())
        assert np.where(np.isnan(exact)[:, None], bounds, exact[:, None]) == pytest.approx(expected[f"None_{key}"])


def test_the_weighted_recall_is_the_accuracy() -> None:
    total = counts_of(rows_of(1, 4, 60, 9)).total()
    accuracy = METRIC["accuracy"].of(total)
    assert METRIC["recall"].overall_bounds(total, "weighted") == pytest.approx([accuracy, accuracy])


def test_yes_and_no_alone_leave_recall_almost_open() -> None:
    """Once it was called 1.000 (0.990-1.000)."""
    rows: Rows = [(c, c) for c in range(3) for _ in range(100)] + [(None, c) for c in range(3) for _ in range(20)]
    total = counts_of(rows).total()
    assert np.isnan(METRIC["recall"].of(total)).all()
    assert METRIC["recall"].bounds_of(total) == pytest.approx(np.array([[100 / 140, 1.0]] * 3))
    assert METRIC["matthews_correlation"].bounds_of(total) == pytest.approx([np.nan, np.nan], nan_ok=True)


def test_a_few_rejected_among_many_leave_narrow_bounds() -> None:
    total = counts_of(rows_of(2, 7, 1000, 12, 0.9)).total()
    for metric, average in ((METRIC["recall"], "macro"), (METRIC["f1"], "macro"), (METRIC["f1"], "weighted")):
        low, high = metric.overall_bounds(total, average)
        assert 0 < high - low < 0.02


def test_without_rejected_samples_there_are_no_bounds_but_values() -> None:
    total = counts_of(rows_of(2, 4, 100, 0)).total()
    for key in ("recall", "f1", "balanced_accuracy"):
        assert not np.isnan(METRIC[key].of(total)).any()
        assert np.isnan(METRIC[key].bounds_of(total)).all()


def test_a_class_that_took_all_rejected_samples_has_an_exact_recall() -> None:
    total = counts_of([(0, 0), (0, 1), (1, 1), (None, 1)]).total()
    assert METRIC["recall"].of(total) == pytest.approx([np.nan, 1.0], nan_ok=True)
    assert METRIC["recall"].bounds_of(total)[0] == pytest.approx([1 / 3, 1 / 2])
