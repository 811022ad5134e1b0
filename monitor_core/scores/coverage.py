"""Coverage: which predictions are reviewed, by group, and whether review depends on the group; days are strata.

A group with younger predictions is reviewed less without any choice by the reviewers. Each group is therefore compared
with the other predictions of the same days.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from monitor_core.contract.documents import CONFIDENCE_BINS
from monitor_core.scores.confusion import Ints
from monitor_core.scores.counts import BIN_MIDDLES, NO_CONFIDENCE, NOT_REVIEWED, DayCounts
from monitor_core.scores.shares import FEWEST, Floats, Z, ratio, ratio_or_zero, wilson

LEAST_DIFFERENCE = 5.0  # percentage points by which a reviewed share has to differ from that of the same days
ERROR = 0.05  # of the statement that some share differs, over all that are compared
NO_SPREAD = 1e-9  # what rounding leaves of no variance

GroupOf = Callable[[Ints], Ints]  # the group of each row of `DayCounts.confidence`


@dataclass(frozen=True, slots=True)
class Coverage:
    """The share of each group's predictions that is reviewed; shape (groups,) unless stated otherwise."""

    predicted: Ints
    reviewed: Ints
    share: Floats  # NaN without predictions
    interval: Floats  # (groups, 2) of how often such predictions are reviewed: the share itself is counted
    points: Floats  # more than if the reviewers of each day had chosen blindly
    differs: NDArray[np.bool_]  # by LEAST_DIFFERENCE, and by more than chance


def strata(days: Sequence[DayCounts], groups: int, group_of: GroupOf) -> Iterator[tuple[Floats, Floats]]:
    """Yield, for each day with predictions, the readable predictions and the reviewed ones among them, by group."""
    for day in days:
        if not len(day.confidence):  # most days, when a few wrong dates make the period decades long
            continue
        group, documents = group_of(day.confidence), day.confidence[:, 3]
        of_reviewed = np.where(day.confidence[:, 1] == NOT_REVIEWED, 0, documents)
        predicted, reviewed = (np.bincount(group, counts, groups) for counts in (documents, of_reviewed))
        yield predicted.astype(np.float64), reviewed.astype(np.float64)  # of nothing it counts in whole numbers


def predicted_labels(days: Iterable[DayCounts]) -> Ints:
    """Return the predicted classes, in ascending order."""
    return np.unique(np.concatenate([np.zeros(0, np.int64), *(np.unique(day.confidence[:, 0]) for day in days)]))


def coverage_by_class(days: Sequence[DayCounts], labels: Ints) -> Coverage:
    """Return the coverage by predicted class, since the true class is unknown before the review."""
    return coverage(strata(days, len(labels), lambda table: np.searchsorted(labels, table[:, 0])), len(labels))


def coverage_by_confidence(days: Sequence[DayCounts], bins: int) -> Coverage:
    """Return the coverage by confidence in `bins` equal bins, followed by the predictions without a confidence."""

    def bin_of(table: Ints) -> Ints:
        return np.where(table[:, 2] == NO_CONFIDENCE, bins, table[:, 2] * bins // CONFIDENCE_BINS)

    return coverage(strata(days, bins + 1, bin_of), bins + 1)


def coverage(of_days: Iterable[tuple[Floats, Floats]], groups: int) -> Coverage:
    """Return the coverage by group, given the predicted and reviewed ones of each day.

    Whether a group differs is tested by the Cochran–Mantel–Haenszel statistic with days as strata, with a Bonferroni
    correction over the groups that have predictions.
    """
    total, done, expected, spread = np.zeros((4, groups))
    for predicted, reviewed in of_days:
        n, of_day = predicted.sum(), reviewed.sum()
        total, done = total + predicted, done + reviewed
        expected += predicted * of_day / max(n, 1)
        spread += predicted * (n - predicted) * of_day * (n - of_day) / max(n * n * (n - 1), 1)
    significant = np.abs(done - expected) > _beyond_chance(int((total > 0).sum())) * np.sqrt(spread)
    points = 100 * ratio(done - expected, total)
    differs = significant & (np.abs(points) >= LEAST_DIFFERENCE) & (total >= FEWEST)
    counts = (total.astype(np.int64), done.astype(np.int64))
    return Coverage(*counts, ratio(done, total), wilson(done, total), points, differs)


def _beyond_chance(comparisons: int) -> float:
    """Return the number of standard errors that is significant for so many comparisons."""
    return NormalDist().inv_cdf(1 - ERROR / (2 * max(comparisons, 1)))


@dataclass(frozen=True, slots=True)
class SelectionBias:
    """Excess share of confident predictions that is reviewed, in percentage points, with its 95% interval."""

    points: float
    low: float
    high: float
    low_confidence: float  # the confidences that are compared: a tenth of the predictions is below, and a tenth
    high_confidence: float  # above

    @property
    def matters(self) -> bool:
        return abs(self.points) >= LEAST_DIFFERENCE and not self.low <= 0 <= self.high


def selection_bias(days: Sequence[DayCounts]) -> SelectionBias | None:
    """Return the bias; None if it cannot be estimated: none or all are reviewed, or all confidences are equal.

    Mantel's test for a trend (1963) with days as strata, expressed as the slope within the days. It detects trends that
    no single bin shows.
    """
    predicted, reviewed = _by_bin(days)
    n, done, sums = predicted.sum(axis=1), reviewed.sum(axis=1), predicted @ BIN_MIDDLES
    within = predicted @ BIN_MIDDLES**2 - ratio_or_zero(sums**2, n)
    spread = float((within * ratio_or_zero(done * (n - done), n * (n - 1))).sum())
    if n.sum() < FEWEST or spread < NO_SPREAD:
        return None
    slope = float((reviewed @ BIN_MIDDLES - ratio_or_zero(sums * done, n)).sum() / within.sum())
    tenths = np.searchsorted(np.cumsum(predicted.sum(axis=0)), np.array([0.1, 0.9]) * n.sum())
    below, above = BIN_MIDDLES[tenths].tolist()
    points, half = 100 * (above - below) * np.array([slope, Z * np.sqrt(spread) / within.sum()])
    return SelectionBias(float(points), float(points - half), float(points + half), below, above)


def _by_bin(days: Sequence[DayCounts]) -> tuple[Floats, Floats]:
    """Return predicted and reviewed ones with a confidence, shape (days with predictions, bins)."""

    def bin_of(table: Ints) -> Ints:
        return np.where(table[:, 2] == NO_CONFIDENCE, CONFIDENCE_BINS, table[:, 2])

    of_days = [np.stack(day)[None] for day in strata(days, CONFIDENCE_BINS + 1, bin_of)]
    stacked = np.concatenate([np.zeros((0, 2, CONFIDENCE_BINS + 1)), *of_days])
    predicted, reviewed = stacked[:, :, :CONFIDENCE_BINS].transpose(1, 0, 2)
    return predicted, reviewed
