"""Reviews that stand for all predictions, whichever are reviewed, by the error rates of each confidence.

Where reviewers turn to the predictions of low confidence, more errors are found by a model that has not changed; where
they review only those of high confidence, a fall stays hidden. The confidence of all predictions is known, and in the
reference how often each confidence was wrong: so is, therefore, by how much the reviews of a week would differ from all
of its predictions if nothing had changed. The error rate is that of the reviews less this difference, the difference
estimator of surveys: Cassel, Särndal & Wretman (1976), Biometrika 63:615. Unlike weights, it makes use of every review
alike, and it holds where reviewers prefer low confidence within any stratum, too.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor_core.drift.error_rates import error_rates
from monitor_core.drift.reference import LEAST_ROWS, WEEK, Spans
from monitor_core.drift.series import BINS, Reviews, ReviewSelection, by_cell
from monitor_core.scores.shares import Floats, ratio

# Shares of the reference's predictions, from the lowest confidence, between which the strata lie; predictions without
# confidence are another stratum. Most errors are among those of lowest confidence: the first strata are narrow.
EDGES = (0.05, 0.1, 0.2, 0.4, 0.6, 0.8)
STRATA = len(EDGES) + 1
MOST_PREDICTIONS = 2.0  # predictions for each review of their stratum, relative to all: what is beyond has no reviews
MISSING_SHARE = 0.10  # of the predictions that no review stands for, from which on it is mentioned
LEAST_RATE = 0.001
MOST_SIZE = 1.5  # samples as which one counts where those of its confidence vary little
LEAST_PREDICTIONS = 10  # with which the samples of a day are compared
FARTHEST_BATCH = 28  # days back that predictions are reviewed together


@dataclass(frozen=True, slots=True)
class AllPredictions:
    """Reviews that stand for all predictions of their days."""

    n: Floats  # (days, 1 + labels) effective samples: overall, then by target
    errors: Floats  # of a day that is better than it could be by chance, fewer than 0
    before: Floats  # (days, 1 + labels) errors of the samples in each day's reference
    missing: Floats  # (days,) share of the last week's predictions that no review stands for; 0 up to MISSING_SHARE


def as_all_predictions(
    reviews: Reviews, selection: ReviewSelection, spans: Spans, counted: NDArray[np.bool_]
) -> AllPredictions:
    """Return the reviews of each day as a sample of all predictions, by the error rates of the day's reference.

    Samples of a confidence that is often wrong vary more, and are effectively fewer.
    """
    counts = [v * counted[:, None] for v in (selection.predictions, selection.reviewed, selection.mistaken)]
    before, reviewed, mistaken = (spans.sum(v) for v in counts)
    rates = error_rates(reviewed, mistaken, before)
    days = _Days(counts[0], counts[1], before, rates)
    columns = ((reviews.n, reviews.support), (reviews.errors, reviews.misses))
    n, errors = (np.column_stack(of) * counted[:, None].astype(float) for of in columns)
    of_samples = np.nan_to_num(ratio(spans.sum(errors), spans.sum(n)))
    rate_before = of_samples * days.relative_to(of_samples[:, 0])[:, None]
    expected = _expected(selection, rates, n, spans.sum(errors), spans)
    difference = expected - rate_before * days.change[:, None]
    is_known = np.isfinite(difference) & (reviewed.sum(axis=1) >= LEAST_ROWS)[:, None]
    size = n * np.where(is_known[:, 0], days.size(), 1.0)[:, None]
    rate = np.nan_to_num(ratio(errors, n)) - np.where(is_known, difference, 0.0)
    return AllPredictions(size, size * rate, spans.sum(size) * np.minimum(rate_before, 1), days.missing())


def _week(days: int) -> Spans:
    ends = np.arange(1, days + 1)
    return Spans(np.maximum(ends - WEEK, 0), ends)


@dataclass(frozen=True, slots=True)
class _Days:
    """The predictions and samples of each day by bin of confidence, shape (days, BINS), and their reference."""

    predictions: Floats
    reviewed: Floats
    before: Floats  # predictions of the reference
    rates: Floats  # of errors in the reference

    @property
    def now(self) -> Floats:
        """Return the predictions of the last days that hold as many as were reviewed on the day: it may be a batch."""
        total = np.concatenate([[0.0], np.cumsum(self.predictions.sum(axis=1))])
        ends = np.arange(1, len(total))
        enough = np.maximum(self.reviewed.sum(axis=1), LEAST_PREDICTIONS)
        starts = np.searchsorted(total, total[ends] - enough, "right") - 1
        return Spans(np.clip(starts, np.maximum(ends - FARTHEST_BATCH, 0), ends - 1), ends).sum(self.predictions)

    @property
    def change(self) -> Floats:
        """Return how many times as often as in the reference the predictions are likely to be wrong, shape (days,)."""
        return ratio(_mean(self.now, self.rates), _mean(self.before, self.rates))

    def relative_to(self, of_samples: Floats) -> Floats:
        """Return how many times as often all predictions of the reference were wrong as its samples, shape (days,)."""
        relative = ratio(_mean(self.before, self.rates), of_samples)
        return np.where(np.isfinite(relative), relative, 1.0)

    def size(self) -> Floats:
        """Return as how many predictions one sample of the day counts, shape (days,).

        What varies is whether samples of their confidence are wrong, and which predictions there are.
        """
        of_all = np.clip(np.nan_to_num(_mean(self.now, self.rates)), LEAST_RATE, 0.5)
        of_rate = self.rates * (1 - self.rates)
        of_confidence = np.maximum(of_all * (1 - of_all) - np.nan_to_num(_mean(self.now, of_rate)), 0)
        part = np.nan_to_num(ratio(self.reviewed.sum(axis=1), self.now.sum(axis=1)))
        variance = np.nan_to_num(_mean(self.reviewed, of_rate)) + np.minimum(part, 1) * of_confidence
        return np.asarray(np.minimum(of_all * (1 - of_all) / np.maximum(variance, LEAST_RATE), MOST_SIZE))

    def missing(self) -> Floats:
        """Return the share of the week's predictions that no review stands for, if it is large; shape (days,)."""
        week, of_bins = _week(len(self.rates)), strata_of(self.before)
        p, r = (_by_stratum(week.sum(counts), of_bins) for counts in (self.predictions, self.reviewed))
        shares = [(counts + 0.5) / (counts + 0.5).sum(axis=1, keepdims=True) for counts in (p, r)]
        both = (p.sum(axis=1) > 0) & (r.sum(axis=1) > 0)
        missing = np.where(both, np.maximum(shares[0] - MOST_PREDICTIONS * shares[1], 0).sum(axis=1), 0.0)
        return np.where(missing > MISSING_SHARE, missing, 0.0)


def _mean(counts: Floats, values: Floats) -> Floats:
    """Return the mean of the bins' values, shape (days,); NaN of no counts."""
    return ratio((counts * values).sum(axis=1), counts.sum(axis=1))


def _expected(selection: ReviewSelection, rates: Floats, n: Floats, errors: Floats, spans: Spans) -> Floats:
    """Return the share wrong of each day's samples at the rates of its reference, shape (days, 1 + labels).

    `n`: the day's samples; `errors`: those of the reference. A class differs from all alike in each confidence.
    """
    day, label, _, at, count = selection.samples.T
    likely = _by_group(day, label, count * rates[day.astype(np.int64), at.astype(np.int64)], n.shape) * (n > 0)
    relative = np.nan_to_num(ratio(errors, spans.sum(likely)))
    # Overall it is 1 but for what the rates have changed since, which is not of any class.
    return ratio(likely * np.nan_to_num(ratio(relative, relative[:, :1]), nan=1.0), n)


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
