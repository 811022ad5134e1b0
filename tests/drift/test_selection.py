"""Reviews stand for all predictions, whichever of them are reviewed."""

from dataclasses import replace

import numpy as np
import pytest

from monitor_core.drift.accuracy import accuracy_falling
from monitor_core.drift.reference import reference_spans
from monitor_core.drift.selection import MISSING_SHARE, AllPredictions, as_all_predictions
from monitor_core.drift.series import BINS, Reviews, ReviewSelection
from tests.drift.simulated import TRAILING, days_of, drifted

DAYS, CHANGE, BATCH = 150, 100, 150
ALL = np.ones(DAYS, bool)


def reviewed(seed: int, preference: float, of_sure_only: bool = False, miss: float = 0.0) -> Reviews:
    """Draw BATCH predictions a day, of which a third is reviewed: from CHANGE on the less sure ones by preference.

    An error is the more likely the lower the confidence. `miss`: the share of right ones that go wrong from CHANGE on.
    """
    rng, day = np.random.default_rng(seed), np.repeat(np.arange(DAYS), BATCH)
    sure = rng.beta(4, 1, DAYS * BATCH)
    later = day >= CHANGE
    wrong = (rng.random(len(day)) > sure) | (later & (rng.random(len(day)) < miss))
    chance = -np.log(rng.exponential(size=len(day))) - later * preference * (sure - 0.8) * 5
    order = np.lexsort((-chance, day)).reshape(DAYS, BATCH)
    chosen = order[:, : BATCH // 3].ravel()
    if of_sure_only:
        chosen = np.concatenate([chosen[day[chosen] < CHANGE], np.flatnonzero(later & (sure > 0.9))])
    bins = (sure * (BINS - 1)).astype(np.int64)
    predictions = np.bincount(day * BINS + bins, minlength=DAYS * BINS).reshape(DAYS, BINS)
    target = rng.integers(0, 3, len(day))
    samples = np.column_stack([day, target, wrong, bins, np.ones(len(day))])[chosen].astype(float)
    support, misses = (np.zeros((DAYS, 3), np.int64) for _ in range(2))
    np.add.at(support, (day[chosen], target[chosen]), 1)
    np.add.at(misses, (day[chosen], target[chosen]), wrong[chosen])
    counts = (support.sum(axis=1), misses.sum(axis=1), support, misses)
    return Reviews(days_of(DAYS), *counts, selection=ReviewSelection(predictions, samples))


def of_all(reviews: Reviews) -> AllPredictions:
    assert reviews.selection is not None
    return as_all_predictions(reviews, reviews.selection, reference_spans(reviews.days, TRAILING, ALL), ALL)


@pytest.mark.parametrize("preference", [-1.0, 0.0, 1.0])
def test_the_error_rate_is_that_of_all_predictions(preference: float) -> None:
    reviews = reviewed(1, preference)
    counts = of_all(reviews)
    later = slice(CHANGE + 7, None)
    plain = reviews.errors[later].sum() / reviews.n[later].sum()
    rate = counts.errors[later, 0].sum() / counts.n[later, 0].sum()
    assert rate == pytest.approx(0.2, abs=0.025)
    assert (abs(plain - 0.2) > 0.05) == bool(preference)
    assert BATCH / 6 < counts.n[later, 0].mean() <= 1.5 * BATCH / 3
    assert counts.missing.max() == 0 or preference < 0


def test_fair_reviews_are_nearly_counted_as_they_are() -> None:
    reviews = reviewed(2, 0)
    counts = of_all(reviews)
    assert BATCH / 3 < counts.n[30:, 0].mean() < 1.2 * BATCH / 3  # what confidence explains does not vary
    assert counts.n[30:, 1:].sum(axis=1) == pytest.approx(counts.n[30:, 0])


def test_reviewers_who_turn_to_the_unsure_do_not_make_accuracy_fall() -> None:
    rings, plain = [], []
    for seed in range(5):
        reviews = reviewed(seed, 1.0)
        rings += drifted(accuracy_falling(reviews, TRAILING))
        plain += drifted(accuracy_falling(replace(reviews, selection=None), TRAILING))
    assert len(plain) > 100
    assert len(rings) <= 10


def test_a_fall_is_found_beneath_the_turn() -> None:
    days = [day for day in drifted(accuracy_falling(reviewed(3, 1.0, miss=0.25), TRAILING)) if day >= CHANGE]
    assert days
    assert days[0] < CHANGE + 8


def test_what_no_review_stands_for_is_said() -> None:
    reviews = reviewed(4, 0, of_sure_only=True)
    counts = of_all(reviews)
    assert counts.missing[:CHANGE].max() == 0
    assert (counts.missing[CHANGE + 7 :] > MISSING_SHARE).all()
    rate = counts.errors[CHANGE + 7 :, 0].sum() / counts.n[CHANGE + 7 :, 0].sum()
    assert rate == pytest.approx(0.2, abs=0.04)  # as in the reference
    assert accuracy_falling(reviews, TRAILING)[-1].missing == counts.missing[-1]


def test_predictions_without_confidence_change_nothing() -> None:
    reviews = reviewed(5, 0)
    assert reviews.selection is not None
    without = np.zeros_like(reviews.selection.predictions)
    without[:, -1] = BATCH
    samples = reviews.selection.samples.copy()
    samples[:, 3] = BINS - 1
    counts = of_all(replace(reviews, selection=ReviewSelection(without, samples)))
    assert counts.n[:, 0] == pytest.approx(reviews.n)
    assert counts.errors[:, 0] == pytest.approx(reviews.errors)


def test_reviews_in_batches_are_compared_with_the_predictions_of_their_days() -> None:
    reviews = reviewed(6, 0)
    assert reviews.selection is not None
    samples, last = reviews.selection.samples.copy(), np.arange(DAYS) // 5 * 5 + 4
    predictions = reviews.selection.predictions.copy()
    predictions[::5] = np.roll(predictions[::5], 20, axis=1)  # confidence differs from day to day, and errors do not
    samples[samples[:, 0] % 5 == 0, 3] = (samples[samples[:, 0] % 5 == 0, 3] + 20) % BINS
    samples[:, 0] = last[samples[:, 0].astype(int)]
    batch = [np.zeros_like(v) for v in (reviews.n, reviews.errors, reviews.support, reviews.misses)]
    for counts, of_days in zip(batch, (reviews.n, reviews.errors, reviews.support, reviews.misses), strict=True):
        np.add.at(counts, last, of_days)
    counts = of_all(Reviews(reviews.days, *batch, selection=ReviewSelection(predictions, samples)))
    days = slice(44, None, 5)
    rate, plain = counts.errors[days, 0] / counts.n[days, 0], batch[1][days] / batch[0][days]
    assert rate == pytest.approx(plain, abs=0.06)
    assert rate.mean() == pytest.approx(plain.mean(), abs=0.01)


def test_a_turn_from_one_day_to_the_next_is_allowed_for_at_once() -> None:
    counts = [of_all(reviewed(seed, 1.0)) for seed in range(8)]
    first = slice(CHANGE, CHANGE + 3)
    rate = sum(c.errors[first, 0].sum() for c in counts) / sum(c.n[first, 0].sum() for c in counts)
    assert rate == pytest.approx(0.2, abs=0.03)
