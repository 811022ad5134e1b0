"""Scores by class over all predictions, against scikit-learn and the truth of drawn predictions."""

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from benchmarks import unreviewed
from monitor_core.scores.confusion import REJECTED
from monitor_core.scores.counts import NOT_REVIEWED
from monitor_core.scores.raked_classes import SCORES, UNKNOWN_TARGETS, class_estimates

RUNS = 12


def estimates(rows: list[tuple[int, int, int, int]], most: int = 60) -> dict[int, Any]:
    """Return the scores by class of one day; rows: prediction, result, bin, documents."""
    table = np.array(rows, np.int64)
    return {each.label: each.of for each in class_estimates(np.zeros(len(rows), np.int64), table, 1, most)}


def test_where_all_are_reviewed_they_are_scikit_learn_s() -> None:
    random = np.random.default_rng(1)
    prediction, target = random.integers(0, 3, (2, 300))
    target = np.where(random.random(300) < 0.7, prediction, target)
    rows = [
        (int(p), int(t), int(b), 1) for p, t, b in zip(prediction, target, random.integers(0, 200, 300), strict=True)
    ]
    scores = precision_recall_fscore_support(target, prediction)
    for label, of in estimates(rows).items():
        for score, values in zip(SCORES, scores, strict=False):
            assert of[score].value == pytest.approx(values[label])
            assert of[score].low <= of[score].value <= of[score].high


def test_each_reviewed_prediction_stands_for_those_like_it() -> None:
    """Of sure predictions a tenth is reviewed, of the others all: precision by hand, with weights of 10 and 1."""
    sure = [(1, 1, 190, 95), (1, 2, 190, 5), (1, NOT_REVIEWED, 190, 900), (2, 2, 190, 100), (2, NOT_REVIEWED, 190, 900)]
    unsure = [(1, 1, 100, 50), (1, 2, 100, 50), (2, 2, 100, 100)]
    of = estimates([*sure, *unsure])
    assert of[1]["precision"].value == pytest.approx((950 + 50) / 1100)
    assert of[2]["recall"].value == pytest.approx((1000 + 100) / (1000 + 100 + 50 + 50))
    assert of[2]["f1"].value == pytest.approx(2 * 1100 / (1100 + 1200))
    assert (of[1]["precision"].samples, of[2]["recall"].samples) == (200, 255)


def test_rejected_samples_leave_precision_and_few_samples_leave_nothing() -> None:
    rows = [
        (1, 1, 150, 200),
        (1, REJECTED, 150, 20),
        (2, 2, 150, 9),
        (1, NOT_REVIEWED, 150, 500),
        (2, NOT_REVIEWED, 150, 9),
    ]
    of = estimates(rows)
    assert of[1]["precision"].value == pytest.approx(200 / 220)
    assert {of[1][score].refused for score in ("recall", "f1")} == {UNKNOWN_TARGETS}
    assert "too few of the class" in of[2]["precision"].refused
    assert list(estimates(rows, most=1)) == [1]


def test_without_weights_the_reason_is_that_of_the_accuracy() -> None:
    of = estimates([(1, 1, 150, 100), (1, 2, 150, 20), (3, NOT_REVIEWED, 150, 500)])
    assert {estimate.refused for each in of.values() for estimate in each.values()} == {
        "predictions of some class are hardly ever reviewed"
    }


@pytest.mark.parametrize(
    ("size", "kind", "choice"),
    [(4000, "weak", "product of all"), (4000, "sharp", "prefers unsure"), (1500, "weak", "by class")],
)
def test_they_cover_the_scores_of_all_whoever_chooses(size: int, kind: str, choice: str) -> None:
    each = list(unreviewed.class_runs(size, kind, choice, RUNS, seed=1))
    for score in SCORES:
        there = [run for run in each if run.score == score and not run.estimate.refused]
        assert len(there) > RUNS * unreviewed.CLASSES * 0.6
        covered = np.mean([run.estimate.low <= run.truth <= run.estimate.high for run in there])
        assert covered >= 0.93 - 3 * np.sqrt(0.05 * 0.95 / len(there))
        assert abs(np.mean([run.estimate.value - run.truth for run in there])) < 0.025
