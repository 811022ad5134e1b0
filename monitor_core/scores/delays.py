"""Delays: the time from prediction to review, among reviewed predictions or for all of them (Kaplan–Meier)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monitor_core.contract.documents import DELAY_BUCKETS_A_DOUBLING, delay_bucket
from monitor_core.scores.confusion import Ints
from monitor_core.scores.counts import DayCounts
from monitor_core.scores.shares import FEWEST, Floats, Z, ratio_or_zero, wilson

QUANTILES = {"median": 0.5, "90%": 0.9}  # of the time to review
WIDE_TIMES = 1.5  # times as long or as short; a time known no better is shown as uncertain


@dataclass(frozen=True)
class TimeLimits:
    """The 95% interval of a time to review in hours; None where the reviews so far do not show the limit."""

    low: float | None
    high: float | None

    def uncertain(self, hours: float | None) -> bool:
        """Return whether the time may be more than WIDE_TIMES as long or as short."""
        if hours is None or self.low is None or self.high is None:
            return True
        return self.high > WIDE_TIMES * hours or hours > WIDE_TIMES * self.low


UNLIMITED = TimeLimits(None, None)


def delay_quantile(delays: Ints, share: float) -> float | None:
    """Return the hours within which this share of reviews came, given rows (bucket, documents); None without reviews.

    >>> delay_quantile(np.array([[40, 3], [48, 1]]), 0.5)
    0.548380316991624
    """
    if not len(delays):
        return None
    bucket, count = delays.T
    reached = np.cumsum(count)
    at = int(np.searchsorted(reached, share * reached[-1]))
    if bucket[at] < 0:
        return 0.0  # reviewed before it was predicted: a clock is wrong, or the dates were swapped
    within = (share * reached[-1] - (reached[at] - count[at])) / count[at]
    return float(2 ** ((bucket[at] + within) / DELAY_BUCKETS_A_DOUBLING) - 1) / 60


def hours_of_reviews(days: Sequence[DayCounts]) -> dict[str, float | None]:
    """Return quantiles of the age at which predictions were reviewed, in hours; None with fewer than FEWEST."""
    delays = np.concatenate([np.zeros((0, 2), np.int64), *(day.delays for day in days)])
    if not len(delays):
        return dict.fromkeys(QUANTILES)
    buckets, at = np.unique(delays[:, 0], return_inverse=True)
    together = np.stack([buckets, np.bincount(at, delays[:, 1], len(buckets)).astype(np.int64)], axis=1)
    enough = delays[:, 1].sum() >= FEWEST
    return {name: delay_quantile(together, share) if enough else None for name, share in QUANTILES.items()}


def hours_to_review(days: Sequence[DayCounts], ages: Sequence[float]) -> dict[str, float | None]:
    """Return the hours within which the shares of all predictions are reviewed; None: not yet, or fewer than FEWEST.

    The Kaplan–Meier estimator (1958) on the buckets, with unreviewed predictions as censored observations. A day's
    predictions are followed up for the age of its youngest one, in minutes (`ages`; negative while the day lasts),
    because later reviews are known for some of them only. The median of the reviewed ones alone would be too low for
    the latest days.
    """
    events, leaving = _events(days, ages)
    rows = events.sum() + leaving.sum()
    reviewed = np.asarray(1 - np.cumprod(1 - _hazard(events, leaving)), np.float64)
    return {name: _reached(reviewed, share) if rows >= FEWEST else None for name, share in QUANTILES.items()}


def limits_of_reviews(days: Sequence[DayCounts]) -> dict[str, TimeLimits]:
    """Return the 95% intervals of `hours_of_reviews`."""
    buckets = np.concatenate([np.zeros((0, 2), np.int64), *(day.delays for day in days)])
    events: Floats = np.zeros(1)
    if len(buckets):
        events = np.asarray(np.bincount(buckets[:, 0] + 1, buckets[:, 1]), np.float64)
    return _limits(events, np.zeros_like(events))


def limits_to_review(days: Sequence[DayCounts], ages: Sequence[float]) -> dict[str, TimeLimits]:
    """Return the 95% intervals of `hours_to_review`."""
    return _limits(*_events(days, ages))


def _limits(events: Floats, leaving: Floats) -> dict[str, TimeLimits]:
    """Return the times at which the limits of the share reviewed reach the quantiles (Brookmeyer & Crowley 1982).

    Greenwood's variance (1926) of the logarithm of the share that is not reviewed, in the scale log(-log), in which the
    limits stay between 0 and 1 (Kalbfleisch & Prentice 1980).
    """
    if events.sum() + leaving.sum() < FEWEST:
        return dict.fromkeys(QUANTILES, UNLIMITED)
    hazard, at_risk = _hazard(events, leaving), _at_risk(events, leaving)
    open_share = np.cumprod(1 - hazard)
    variance = np.cumsum(ratio_or_zero(hazard, (1 - hazard) * at_risk))
    inside = (open_share > 0) & (open_share < 1)
    logarithm = np.log(np.where(inside, open_share, 0.5))
    factor = np.exp(Z * np.sqrt(variance) / np.abs(logarithm))
    least, most = (np.where(inside, np.exp(logarithm * f), open_share) for f in (factor, 1 / factor))
    end = int(np.argmin(open_share))
    if open_share[end] == 0:  # all are reviewed, and the variance is not defined
        most[end:] = (most[end - 1] if end else 1.0) * wilson(np.zeros(1), at_risk[end : end + 1])[0, 1]
    soonest, latest = (np.maximum.accumulate(1 - share) for share in (least, most))
    return {name: TimeLimits(_reached(soonest, share), _reached(latest, share)) for name, share in QUANTILES.items()}


def _at_risk(events: Floats, leaving: Floats) -> Floats:
    rows = events.sum() + leaving.sum()
    return np.asarray(rows - (np.cumsum(events) - events) - np.cumsum(leaving), np.float64)


def _hazard(events: Floats, leaving: Floats) -> Floats:
    """Return the share of the predictions waiting at each bucket that are reviewed in it."""
    return ratio_or_zero(events, _at_risk(events, leaving))


def _events(days: Sequence[DayCounts], ages: Sequence[float]) -> tuple[Floats, Floats]:
    """Return how many are reviewed and how many are censored in each bucket; the first bucket is -1."""
    longest = max((int(day.delays[:, 0].max(initial=0)) for day in days), default=0)
    longest = max(longest, delay_bucket(max([0.0, *ages])))
    events, leaving = np.zeros(longest + 2), np.zeros(longest + 2)
    for day, age in zip(days, ages, strict=True):
        bucket, count = day.delays.T
        last = delay_bucket(age) if age > 0 else -1
        seen = bucket < last
        np.add.at(events, bucket[seen] + 1, count[seen])
        leaving[last + 1] += count[~seen].sum() + day.not_reviewed
    return events, leaving


def _reached(reviewed: Floats, share: float) -> float | None:
    """Return the hours after which the share is reached, interpolated within a bucket."""
    at = int(np.searchsorted(reviewed, share - 1e-9))
    if at == len(reviewed):
        return None
    if at == 0:
        return 0.0  # reviewed before it was predicted: a clock is wrong, or the dates were swapped
    within = (share - reviewed[at - 1]) / (reviewed[at] - reviewed[at - 1])
    return float(2 ** ((at - 1 + within) / DELAY_BUCKETS_A_DOUBLING) - 1) / 60
