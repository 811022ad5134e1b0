"""The audit: who is drawn, with which probability, and how well the estimate covers the accuracy of all predictions."""

import hashlib
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from monitor_core.scores.audit import (
    LEAST_PART,
    MOST_WAITING,
    AuditCounts,
    AuditPlan,
    audited_accuracy,
    hashed,
    plan_on,
    ranges_and_probabilities,
)
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED, DayCounts
from tests.documents import at

DAY = date(2026, 10, 5)
PLAN = AuditPlan(DAY, "salt", 0.1, (100, 180), (0.1, 0.2, 0.1, 0.05), "ana", at(2026, 10, 5))


def day_of(*rows: tuple[int, int, int, int]) -> DayCounts:
    """Counts of a day: predicted class, result, bin of confidence, predictions."""
    none = np.zeros((0, 3), np.int64)
    return DayCounts(sum(row[3] for row in rows), 0, 0, 0, 0, none, np.array(rows, np.int64), none[:, :2])


def test_who_is_drawn_is_what_anybody_computes_from_salt_and_file_name() -> None:
    for name, confidence, probability in (
        ("1.png", 0.2, 0.2),
        ("ä/2.png", 0.6, 0.1),
        ("3", 1.0, 0.05),
        ("", None, 0.1),
    ):
        number = int(hashlib.sha256(b"salt\0" + name.encode()).hexdigest()[:16], 16) / 2**64
        assert hashed("salt", name) == pytest.approx(number, abs=1e-12)
        assert PLAN.draws(name, confidence) is (number < probability)
    numbers = [hashed("salt", f"{n}.png") for n in range(5000)]
    assert stats.kstest(numbers, "uniform").pvalue > 0.001
    assert abs(stats.pearsonr(numbers, [hashed("another", f"{n}.png") for n in range(5000)]).statistic) < 0.05
    names = [f"{n}.png" for n in range(2000)]
    larger = replace(PLAN, probabilities=(0.2,) * 4)
    assert all(larger.draws(name, 0.6) for name in names if PLAN.draws(name, 0.6))


def test_a_plan_is_in_force_until_another_begins_and_none_has_no_audit() -> None:
    later = replace(PLAN, since=DAY + timedelta(days=3), share=0.2)
    corrected = replace(later, share=0.3, made_at=at(2026, 10, 6))
    ended = replace(PLAN, since=DAY + timedelta(days=5), share=0.0)
    plans = [PLAN, later, corrected, ended]
    in_force = [plan_on(plans, DAY + timedelta(days=n)) for n in range(-1, 7)]
    assert in_force == [None, PLAN, PLAN, PLAN, corrected, corrected, None, None]
    assert [PLAN.range_of(c) for c in (None, 0.0, 0.4999, 0.5, 0.9, 1.0)] == [0, 1, 1, 2, 3, 3]
    with pytest.raises(ValueError, match="ranges"):
        replace(PLAN, bounds=())
    with pytest.raises(ValueError, match="share"):
        replace(PLAN, share=1.5)


def test_ranges_with_more_errors_are_drawn_more_often_and_the_mean_is_the_share() -> None:
    wrong = (40, 20, 8, 2, 0)  # of 100 reviewed in each fifth
    rows = [(1, 1, 40 * n, 100 - wrong[n]) for n in range(5)] + [(1, 2, 40 * n, wrong[n]) for n in range(5)]
    days = [day_of(*rows, *((1, NOT_REVIEWED, 40 * n, 300) for n in range(5)))]
    bounds, probabilities = ranges_and_probabilities(days, 0.1)
    assert bounds == (1, 41, 81, 121)
    drawn = np.array(probabilities[1:])
    assert drawn.mean() == pytest.approx(0.1, abs=1e-5)
    assert (np.diff(drawn) < 0).all()
    assert drawn[-1] >= LEAST_PART * 0.1
    rate = (np.array(wrong[:3]) + 5 * 0.14) / 105
    assert drawn[:3] / drawn[0] == pytest.approx(
        np.sqrt(rate * (1 - rate)) / np.sqrt(rate[0] * (1 - rate[0])), rel=1e-4
    )


def test_all_ranges_are_drawn_alike_where_confidence_says_little_or_few_are_reviewed() -> None:
    noise = [(1, result, 40 * n, 100) for n in range(5) for result in (1, 2, NOT_REVIEWED)]
    assert set(ranges_and_probabilities([day_of(*noise)], 0.1)[1]) == {0.1}
    few = [(1, 1, 190, 50), (1, 2, 10, 50), (1, NOT_REVIEWED, NO_CONFIDENCE, 10)]
    assert ranges_and_probabilities([day_of(*few)], 0.1) == ((11,), (0.1, 0.1, 0.1))
    assert ranges_and_probabilities([day_of((1, 1, NO_CONFIDENCE, 300))], 0.1) == ((), (0.1, 0.1))
    assert ranges_and_probabilities([], 0.1) == ((), (0.1, 0.1))


def test_the_estimate_is_the_mean_of_the_ranges_weighted_by_all_their_predictions() -> None:
    counts = AuditCounts(
        np.array([0.1, 0.05, 0.2, 0.1]),
        np.array([1000, 3000, 500, 20]),
        np.array([100, 150, 100, 2]),
        np.array([100, 150, 98, 2]),
        np.array([90, 149, 49, 2]),
    )
    estimate = audited_accuracy(counts)
    merged = (49 / 0.2 + 2 / 0.1) / (98 / 0.2 + 2 / 0.1)  # the last has too few for itself
    value = (1000 * 90 / 100 + 3000 * 149 / 150 + 520 * merged) / 4520
    assert estimate.value == pytest.approx(value)
    assert (estimate.samples, estimate.predictions, estimate.refused) == (350, 4520, "")
    parts = [(1000, 100, 0.9, 100), (3000, 150, 149 / 150, 150), (520, 100, merged, (98 / 0.2 + 20) ** 2 / 2650)]
    error = sum((N / 4520) ** 2 * (1 - n / N) * p * (1 - p) / size for N, n, p, size in parts) ** 0.5
    assert 0.9 * 1.96 * error < (estimate.high - estimate.low) / 2 < 1.2 * 1.96 * error


def test_an_audit_that_is_not_reviewed_or_too_small_is_refused() -> None:
    counts = AuditCounts(np.array([0.1]), np.array([1000]), np.array([100]), np.array([95]), np.array([90]))
    assert audited_accuracy(counts).refused == ""
    assert MOST_WAITING == 0.05
    late = audited_accuracy(replace(counts, reviewed=np.array([94])))
    assert late.refused == "6 of the 100 predictions of the audit are not reviewed"
    assert np.isnan([late.value, late.low, late.high]).all()
    few = replace(counts, drawn=np.array([49]), reviewed=np.array([49]), right=np.array([49]))
    assert audited_accuracy(few).refused == "only 49 predictions of the audit are reviewed, and 50 are needed"
    nothing = AuditCounts(*np.zeros((5, 0), np.int64))
    assert "only 0 predictions" in audited_accuracy(nothing).refused


@pytest.mark.parametrize("probabilities", [(0.1, 0.1, 0.1), (0.2, 0.07, 0.03)])
@pytest.mark.parametrize("accuracies", [(0.7, 0.9, 0.99), (0.9, 0.9, 0.9)])
def test_the_interval_covers_what_all_predictions_have(
    probabilities: tuple[float, ...], accuracies: tuple[float, ...]
) -> None:
    random, runs = np.random.default_rng(5), 600
    estimates, targets = [], []
    for _ in range(runs):
        predictions = np.full(3, 1000)
        right = random.binomial(predictions, accuracies)
        drawn_right, drawn_wrong = (random.binomial(of, probabilities) for of in (right, predictions - right))
        drawn = drawn_right + drawn_wrong
        estimates.append(audited_accuracy(AuditCounts(np.array(probabilities), predictions, drawn, drawn, drawn_right)))
        targets.append(right.sum() / 3000)
    covered = np.mean([e.low <= target <= e.high for e, target in zip(estimates, targets, strict=True)])
    assert 0.92 <= covered <= 0.99
    off = [e.value - target for e, target in zip(estimates, targets, strict=True)]
    assert abs(np.mean(off)) < 3 * np.std(off) / runs**0.5 + 0.001
