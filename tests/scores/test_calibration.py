"""The calibration error covers the true one, and chance is called noise."""

import numpy as np
import pytest

from monitor_core.contract.documents import CONFIDENCE_BINS
from monitor_core.scores.calibration import calibration_error, expected_error, verdict
from monitor_core.scores.counts import RIGHT, WRONG
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
    assert covered >= 0.85
    mean_error, calibrated = np.mean([error.value for error in errors]), np.mean([error.calibrated for error in errors])
    distinct = np.mean([error.distinct for error in errors])
    if shift == 0:
        assert calibrated == pytest.approx(mean_error, rel=0.1)  # what it shows is chance, and is said to be
        assert distinct <= 0.12
    if shift == 0.12:
        assert distinct >= 0.85


def test_within_noise_is_said_of_a_calibrated_model_in_19_of_20_cases() -> None:
    noise = 0
    for seed in range(200):
        confidence, right = raw_rows(300, seed=seed)
        low, high = wilson(np.array(right.sum()), np.array(300))
        noise += verdict(confidence.mean() - high, confidence.mean() - low, 300) == "within noise"
    assert noise >= 186
    assert verdict(0.01, 0.2, 50) == "overconfident"
    assert verdict(-0.2, -0.01, 50) == "underconfident"
    assert verdict(-0.2, 0.01, 4) == "not enough data"
