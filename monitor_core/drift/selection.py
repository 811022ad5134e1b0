"""Weights by confidence, with which the reviews stand for all predictions, whichever are reviewed.

Where reviewers turn to the predictions of low confidence, more errors are found by a model that has not changed; where
they review only those of high confidence, a fall stays hidden. Each review therefore counts as often as there are
predictions of its stratum of confidence for each review of that stratum. It is the post-stratification of surveys:
Holt & Smith (1979), JRSS A 142:33; the number of samples is that of Kish (1965): the squared sum of the weights by the
sum of their squares.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor_core.drift.reference import WEEK, Spans
from monitor_core.drift.series import BINS, Reviews, ReviewSelection, by_cell
from monitor_core.scores.shares import Floats, ratio

# Shares of the reference's predictions, from the lowest confidence, between which the strata lie; predictions without
# confidence are another stratum. Most errors are among those of lowest confidence: the first strata are narrow.
EDGES = (0.05, 0.1, 0.2, 0.4, 0.6, 0.8)
STRATA = len(EDGES) + 1
MOST_WEIGHT = 2.0
MISSING_SHARE = 0.10  # of the predictions that no review stands for, from which on it is mentioned


@dataclass(frozen=True, slots=True)
class Weighted:
    """Reviews that stand for all predictions of their days."""

    n: Floats  # (days, 1 + labels) effective samples: overall, then by target
    errors: Floats
    # (days, 1 + labels) errors of the samples in each day's reference, what no review stood for being as on that day.
    before: Floats
    missing: Floats  # (days,) share of the last week's predictions that no review stands for; 0 up to MISSING_SHARE


@dataclass(frozen=True, slots=True)
class _Strata:
    """Each day's strata, and what the week up to it and its reference hold of them."""

    of_bins: NDArray[np.int64]  # (days, BINS)
    predictions: Floats  # (days, STRATA + 1) share of the week's predictions
    weights: Floats  # (days, STRATA + 1) of a review
    missing: Floats  # (days, STRATA + 1) share of the predictions that no review stands for
    rates: Floats  # (days, STRATA + 1) of errors in the reference

    @property
    def share_missing(self) -> Floats:
        return np.asarray(self.missing.sum(axis=1))


def weighted(reviews: Reviews, selection: ReviewSelection, spans: Spans, counted: NDArray[np.bool_]) -> Weighted:
    """Return the weighted reviews of each day; the strata are those of the day's reference.

    A review has at most MOST_WEIGHT. What the reviews then do not stand for is taken to be as in the day's reference,
    on the day and in the reference alike, so that it speaks neither for a fall nor against: rates of a reference are
    of few reviews, and those of another one would differ by chance.
    """
    strata = _strata(selection, spans, counted)
    day, label, wrong, at, count = selection.samples.T
    of_day = day.astype(np.int64)
    weight = strata.weights[of_day, strata.of_bins[of_day, at.astype(np.int64)]]
    shape = (len(counted), 1 + reviews.support.shape[1])
    total, squares, errors = (
        _by_group(day, label, values, shape) * counted[:, None]
        for values in (weight * count, weight**2 * count, weight * count * wrong)
    )
    n = np.nan_to_num(ratio(total**2, squares))
    missing = strata.share_missing
    of_reviewed = n * (1 - missing[:, None]) * np.nan_to_num(ratio(errors, total))
    relative = _relative_rates(reviews, spans, counted)
    added = n * relative * (strata.missing * strata.rates).sum(axis=1)[:, None]
    return Weighted(
        n,
        np.clip(of_reviewed + added, 0, n),
        np.clip(spans.sum(of_reviewed) + relative * _missing_before(n, strata, spans), 0, spans.sum(n)),
        np.where(missing > MISSING_SHARE, missing, 0.0),
    )


def _relative_rates(reviews: Reviews, spans: Spans, counted: NDArray[np.bool_]) -> Floats:
    """Return how many times as often as all samples each group was wrong in the reference, shape (days, 1 + labels).

    A class is taken to differ from the others alike in each stratum.
    """
    n, errors = (spans.sum(v * counted) for v in (reviews.n, reviews.errors))
    support, misses = (spans.sum(v * counted[:, None]) for v in (reviews.support, reviews.misses))
    of_classes = np.nan_to_num(ratio(misses, support)) / ratio(errors + 0.5, n + 1)[:, None]
    return np.column_stack([np.ones(len(n)), of_classes])


def _missing_before(n: Floats, strata: _Strata, spans: Spans) -> Floats:
    """Return the errors of the missing predictions in each day's reference at that day's rates, shape of `n`."""
    of_strata = (spans.sum(n * missing[:, None]) * rate[:, None] for missing, rate in _columns(strata))
    return np.asarray(sum(of_strata, np.zeros_like(n)))


def _columns(strata: _Strata) -> Iterable[tuple[Floats, Floats]]:
    return zip(strata.missing.T, strata.rates.T, strict=True)


def _strata(selection: ReviewSelection, spans: Spans, counted: NDArray[np.bool_]) -> _Strata:
    predictions, reviewed = selection.predictions * counted[:, None], selection.reviewed * counted[:, None]
    of_bins, ends = strata_of(spans.sum(predictions)), np.arange(1, len(counted) + 1)
    week = Spans(np.maximum(ends - WEEK, 0), ends)
    p, r = (_by_stratum(week.sum(counts), of_bins) for counts in (predictions, reviewed))
    shares = [(counts + 0.5) / (counts + 0.5).sum(axis=1, keepdims=True) for counts in (p, r)]
    both = (p.sum(axis=1, keepdims=True) > 0) & (r.sum(axis=1, keepdims=True) > 0)
    weights = np.where(both, np.minimum(shares[0] / shares[1], MOST_WEIGHT), 1.0)
    missing = np.where(both, np.maximum(shares[0] - weights * shares[1], 0), 0.0)
    n, wrong = (_by_stratum(spans.sum(v), of_bins) for v in (reviewed, selection.mistaken * counted[:, None]))
    return _Strata(of_bins, shares[0], weights, missing, np.nan_to_num(ratio(wrong, n)))


def strata_of(before: Floats) -> NDArray[np.int64]:
    """Return the stratum of each bin, 0 being the lowest confidence, given each day's counts before it (days, BINS)."""
    confident = before[:, :-1]
    middles = np.nan_to_num(ratio(np.cumsum(confident, axis=1) - confident / 2, confident.sum(axis=1, keepdims=True)))
    return np.column_stack([np.searchsorted(EDGES, middles, "right"), np.full(len(before), STRATA)])


def _by_stratum(counts: Floats, strata: NDArray[np.int64]) -> Floats:
    """Sum counts (days, BINS) by stratum, shape (days, STRATA + 1)."""
    days = np.repeat(np.arange(len(counts)), BINS)
    return by_cell(days, strata.ravel(), counts.ravel(), (len(counts), STRATA + 1))


def _by_group(day: Floats, label: Floats, values: Floats, shape: tuple[int, int]) -> Floats:
    """Sum by day, overall and by target; rejected samples have no target."""
    overall, has_target = np.bincount(day.astype(np.int64), values, shape[0]), label >= 0
    by_target = by_cell(day[has_target], label[has_target], values[has_target], (shape[0], shape[1] - 1))
    return np.column_stack([overall, by_target])
