"""The e-detector does the sums of its paper, and keeps its promise of quiet."""

from dataclasses import astuple

import numpy as np
import pytest

from monitor_core.drift import e_detector as detector
from monitor_core.drift.reference import Baseline

QUIET = np.zeros(1000, bool)


def baseline(rate: float, days: int, rho: float = 0.0, n: float = 1e12) -> Baseline:
    """A reference without doubt: infinitely many rows."""
    whole, ones = np.full((days, 1), n), np.ones((days, 1))
    return Baseline(whole, whole[..., None] * rate, 1e12 * ones, 1e12 * ones, ones, rho * ones, 0 * ones)


def by_hand(n: list[int], x: list[int], rate: float, rho: float) -> list[float]:
    evidence, m = [], [0.0] * 4
    for rows, errors in zip(n, x, strict=True):
        for i, rise in enumerate((0.02, 0.05, 0.10, 0.20)):
            p = rate + rise
            ratio = (p / rate) ** errors * ((1 - p) / (1 - rate)) ** (rows - errors)
            m[i] = (m[i] + 1) * ratio ** (1 / (1 + (rows - 1) * rho))
        evidence.append(sum(m) / 4 / 2)  # the other half of the weight is the classes'
    return evidence


@pytest.mark.parametrize("rho", [0.0, 0.05])
def test_the_steps_are_those_by_hand(rho: float) -> None:
    n, x = [10, 20, 15, 12], [1, 3, 4, 2]
    rows, errors = np.array(n, float)[:, None], np.array(x, float)[:, None]
    evidence = detector.gather_evidence(rows, errors, baseline(0.1, 4, rho), QUIET[:4], 200)
    assert evidence.total.tolist() == pytest.approx(by_hand(n, x, 0.1, rho), rel=1e-4)


def test_evidence_starts_anew() -> None:
    rows, errors = np.full((8, 1), 20.0), np.full((8, 1), 5.0)
    anew = np.arange(8) == 4
    evidence = detector.gather_evidence(rows, errors, baseline(0.1, 8), anew, 200).total
    assert evidence[4:].tolist() == pytest.approx(evidence[:4].tolist())


def test_a_model_that_is_well_rings_less_than_once_in_the_promised_days() -> None:
    rng, threshold, days = np.random.default_rng(3), 20, 300
    waited = []
    for _ in range(120):
        errors = rng.binomial(30, 0.1, (days, 1)).astype(float)
        total = detector.gather_evidence(np.full((days, 1), 30.0), errors, baseline(0.1, days), QUIET, threshold).total
        waited.append(int(np.argmax(total >= threshold)) if (total >= threshold).any() else days)
    assert np.mean(waited) >= threshold


def test_the_mean_evidence_of_a_model_that_is_well_is_at_most_its_days() -> None:
    rng = np.random.default_rng(4)
    errors = rng.binomial(30, 0.1, (1500, 20)).astype(float)
    evidence = []
    for path in errors:
        total = detector.gather_evidence(
            np.full((20, 1), 30.0), path[:, None], baseline(0.1, 20), QUIET[:20], 1e9
        ).total
        evidence.append(total[-1])
    assert 5 < np.mean(evidence) < 12  # half the weight of 20 days is 10


def test_the_age_is_about_the_days_since_the_rise() -> None:
    errors = np.r_[np.full(60, 5.0), np.full(5, 15.0)][:, None]
    evidence = detector.gather_evidence(np.full((65, 1), 50.0), errors, baseline(0.1, 65), QUIET[:65], 200)
    assert evidence.age[-1, 0] == pytest.approx(5, abs=1)


def test_a_class_unknown_to_the_reference_is_no_evidence() -> None:
    n = np.tile([500.0, 100_000.0], (60, 1))
    errors = n * [0.1, 1.0]
    of_one = baseline(0.1, 60)
    both = Baseline(*(np.hstack([values, np.zeros_like(values)]) for values in astuple(of_one)))
    alone = detector.gather_evidence(n[:, :1], errors[:, :1], of_one, QUIET[:60], 200)
    assert detector.gather_evidence(n, errors, both, QUIET[:60], 200).total.tolist() == alone.total.tolist()


def test_a_mended_model_is_soon_quiet() -> None:
    errors = np.r_[np.full(60, 25.0), np.full(30, 5.0)][:, None]
    total = detector.gather_evidence(np.full((90, 1), 50.0), errors, baseline(0.1, 90), QUIET[:90], 200).total
    assert total[59] == pytest.approx(1000)
    assert total[62] < 200


@pytest.mark.parametrize("rows", [1, 1000, 10_000_000])
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_no_number_is_too_large(rows: int, share: float) -> None:
    n = np.full((40, 1), float(rows))
    evidence = detector.gather_evidence(n, n * share, baseline(0.1, 40), QUIET[:40], 200)
    assert np.isfinite(evidence.total).all()
    assert np.isfinite(evidence.age).all()
