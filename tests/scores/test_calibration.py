"""The calibration error covers the true one, and chance is called noise."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from monitor_core.contract.documents import CONFIDENCE_BINS
from monitor_core.scores.calibration import (
    CalibrationError,
    by_chance,
    calibration_by_class,
    calibration_error,
    expected_error,
    verdict,
)
from monitor_core.scores.counts import BIN_MIDDLES, RIGHT, WRONG
from monitor_core.scores.shares import wilson
from tests.reports.raw import raw_rows
from tests.scores.days import binned

WIDTHS = np.arange(11) * 20


@pytest.mark.parametrize(("shift", "rows"), [(0.0, 150), (0.0, 2000), (0.05, 400), (0.12, 200), (0.12, 2000)])
def test_the_interval_of_the_error_covers_the_true_one(shift: float, rows: int) -> None:
    """Truth: of a million rows."""
    confidence, right = raw_rows(1_000_000, seed=99, shift=shift)
    at_bin = np.minimum((confidence * CONFIDENCE_BINS).astype(int), CONFIDENCE_BINS - 1)
    whole = np.stack([np.bincount(at_bin[right == side], minlength=CONFIDENCE_BINS) for side in (WRONG, RIGHT)])
    true = 0.0 if shift == 0 else float(expected_error(whole[RIGHT], whole.sum(axis=0), WIDTHS))
    errors = [calibration_error(binned(*raw_rows(rows, seed=seed, shift=shift)), WIDTHS) for seed in range(100)]
    covered = np.mean([error.low <= true <= error.high for error in errors])
    assert covered >= 0.9 - 2 * 0.03
    measured, calibrated = (np.mean([getattr(error, name) for error in errors]) for name in ("measured", "calibrated"))
    distinct = np.mean([error.distinct for error in errors])
    if shift == 0:
        assert calibrated == pytest.approx(measured, rel=0.1)  # what it shows is chance, and is said to be
        assert distinct <= 0.12
    if shift == 0.12:
        assert distinct >= 0.85


@pytest.mark.parametrize(("shift", "rows"), [(0.02, 1000), (0.03, 400), (0.03, 2000), (0.05, 400)])
def test_a_mild_error_is_covered_in_9_of_10_cases_and_hardly_overestimated(shift: float, rows: int) -> None:
    confidence, right = raw_rows(1_000_000, seed=99, shift=shift)
    whole = binned(confidence, right)
    true = float(expected_error(whole[RIGHT], whole.sum(axis=0), WIDTHS))
    errors = [calibration_error(binned(*raw_rows(rows, seed=seed, shift=shift)), WIDTHS) for seed in range(300)]
    covered = np.mean([error.low <= true <= error.high for error in errors])
    assert covered >= 0.9 - 2 * np.sqrt(0.09 / 300)
    excess = {name: np.mean([getattr(error, name) for error in errors]) - true for name in ("value", "measured")}
    assert abs(excess["value"]) < 0.75 * excess["measured"]


NOT_DISTINCT = CalibrationError(0.02, 0.0, 0.04, 0.02, 0.02, 0.04)


def test_a_calibrated_model_is_called_neither_over_nor_underconfident_in_19_of_20_cases() -> None:
    wrong = 0
    for seed in range(200):
        confidence, right = raw_rows(300, seed=seed)
        low, high = wilson(np.array(right.sum()), np.array(300))
        said = verdict(confidence.mean() - high, confidence.mean() - low, 300, NOT_DISTINCT)
        wrong += said in ("overconfident", "underconfident")
    assert wrong <= 14
    assert verdict(0.01, 0.2, 50, NOT_DISTINCT) == "overconfident"
    assert verdict(-0.2, -0.01, 50, NOT_DISTINCT) == "underconfident"
    assert verdict(-0.2, 0.01, 4, NOT_DISTINCT) == "not enough data"


def test_well_calibrated_needs_an_error_that_is_not_distinct_and_enough_samples_to_see_a_small_one() -> None:
    assert verdict(-0.02, 0.01, 900, NOT_DISTINCT) == "well calibrated"
    assert verdict(-0.02, 0.01, 200, CalibrationError(0.05, 0.0, 0.1, 0.05, 0.05, 0.09)) == "within noise"
    assert verdict(-0.02, 0.01, 50, CalibrationError(*[np.nan] * 6)) == "within noise"
    assert verdict(-0.02, 0.01, 900, CalibrationError(0.186, 0.15, 0.21, 0.186, 0.02, 0.04)) == "miscalibrated"


def test_errors_that_cancel_are_not_called_well_calibrated() -> None:
    """Confidences of 60% are right in 80% of the cases, and those of 99% too."""
    rng = np.random.default_rng(1)
    verdicts = []
    for _ in range(50):
        confidence = np.where(rng.random(800) < 0.5, 0.6025, 0.9925)
        right = rng.random(800) < 0.7975
        low, high = wilson(np.array(right.sum()), np.array(800))
        gap = confidence.mean() - high, confidence.mean() - low
        verdicts.append(verdict(*gap, 800, calibration_error(binned(confidence, right), WIDTHS)))
    assert "well calibrated" not in verdicts
    assert verdicts.count("miscalibrated") > 40


@pytest.mark.parametrize("classes", [7, 30, 100])
@pytest.mark.parametrize("shape", [(9, 2), (20, 0.5)])
def test_of_calibrated_classes_any_is_called_wrong_in_5_of_100_looks_at_most(
    classes: int, shape: tuple[float, float]
) -> None:
    rng, looks = np.random.default_rng(classes), 0
    for _ in range(200):
        days, labels = _rows_of_classes(rng, classes, shape)
        verdicts = calibration_by_class(days, labels).verdicts
        looks += any(verdict in ("overconfident", "underconfident") for verdict in verdicts)
    assert looks <= 10 + 3 * np.sqrt(200 * 0.05 * 0.95)


def test_a_class_that_is_overconfident_is_among_many_that_are_not() -> None:
    rng = np.random.default_rng(5)
    days, labels = _rows_of_classes(rng, 30, (9, 2), worse=0.25)
    verdicts = calibration_by_class(days, labels).verdicts
    assert verdicts[0] == "overconfident"
    assert set(verdicts[1:]) <= {"within noise", "not enough data"}


def _rows_of_classes(rng: Any, classes: int, shape: tuple[float, float], worse: float = 0.0) -> tuple[list[Any], Any]:
    """Return rows of classes whose confidence is right, but for the first one."""
    label = rng.integers(0, classes, 3000)
    at_bin = np.minimum((rng.beta(*shape, 3000) * CONFIDENCE_BINS).astype(int), CONFIDENCE_BINS - 1)
    right = rng.random(3000) < BIN_MIDDLES[at_bin] - worse * (label == 0)
    rows, count = np.unique(np.stack([label, np.where(right, label, -1), at_bin], 1), axis=0, return_counts=True)
    return [np.column_stack([rows, count])], np.arange(classes)


@given(st.integers(5, 60), st.floats(0.02, 0.98), st.data())
def test_the_p_value_of_a_class_is_scipys(samples: int, confidence: float, data: Any) -> None:
    right = data.draw(st.integers(0, samples))
    p = by_chance(np.array([float(right)]), np.array([samples]), np.array([confidence]))
    ends = [binomtest(right, samples, confidence, side).pvalue for side in ("less", "greater")]
    assert p[0] == pytest.approx(min(1, 2 * min(ends)))


def test_days_that_differ_make_a_class_s_samples_say_less() -> None:
    """Half of the days are all right, the other half all wrong: as good as 20 samples, not 800."""
    days = [np.array([[0, RIGHT if n % 2 else WRONG, 120, 40]]) for n in range(20)]
    of_classes = calibration_by_class(days, np.arange(1))
    assert of_classes.independent[0] < 30
    assert of_classes.verdicts == ["within noise"]
    alike = [np.array([[0, RIGHT, 120, 20], [0, WRONG, 120, 20]]) for _ in range(20)]
    assert calibration_by_class(alike, np.arange(1)).verdicts == ["overconfident"]
