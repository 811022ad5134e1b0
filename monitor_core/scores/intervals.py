"""Confidence intervals (95%) of overall scores and averages, for every metric of the list.

A metric's closed form is used if it has one; otherwise a multinomial bootstrap over the nonzero cells (Efron 1979) or,
above MOST_LABELS_DRAWN classes, the delta method. Both underestimate the uncertainty near 0 and 1 (20 of 20 right
might have been 19), so an interval is at least as wide as Wilson's for the same share and number of samples.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from monitor_core.scores.confusion import Ints, Tallies
from monitor_core.scores.metrics import METRIC, METRICS, Metric, weights
from monitor_core.scores.shares import Floats, Z, wilson

DRAWS = 600  # bootstrap draws of an interval
SEED = 20260101  # the same counts give the same interval
MOST_LABELS_DRAWN = 200  # beyond, the delta method: 600 draws of 1000 classes cost seconds
TALLIES = ("hits", "support", "predicted")  # by class
NUDGE = 1e-3  # of a tally, up and down, for a derivative
DRAWN = tuple(metric for metric in METRICS if metric.by_class or metric.interval is None)


def overall_intervals(
    cells: Ints, labels: int, metrics: Sequence[Metric] = METRICS, others: int = 0
) -> dict[str, Floats]:
    """Return the interval, shape (2,), of each score by its name, such as "accuracy" and "macro_f1".

    `cells`: rows (target, prediction, count) of one matrix; a rejected sample's target is the number of labels.
    `others`: how many of the first labels are not classes.
    """
    drawn = [metric for metric in metrics if metric in DRAWN]
    total = tallies_of(cells, labels, others)
    closed = {metric.key: metric.interval_of(total) for metric in metrics if metric not in drawn}
    return closed | _drawn_intervals(cells, labels, drawn, others)


def drawn_intervals(cells: Ints, labels: int, metrics: Sequence[Metric] = DRAWN, others: int = 0) -> dict[str, Floats]:
    """Return the intervals without a closed form; cached, as a day is in many periods and small days are often equal.

    Not cached above MOST_LABELS_DRAWN classes, whose cells would fill the memory.
    """
    if labels > MOST_LABELS_DRAWN:
        return _drawn_intervals(cells, labels, metrics, others)
    return _cached_intervals(
        np.ascontiguousarray(cells, np.int64).tobytes(), labels, tuple(metric.key for metric in metrics), others
    )


@lru_cache(maxsize=2000)
def _cached_intervals(cells: bytes, labels: int, keys: tuple[str, ...], others: int) -> dict[str, Floats]:
    rows = np.frombuffer(cells, np.int64).reshape(-1, 3)
    return _drawn_intervals(rows, labels, [METRIC[key] for key in keys], others)


def _drawn_intervals(cells: Ints, labels: int, metrics: Sequence[Metric], others: int) -> dict[str, Floats]:
    if not len(cells):
        return {metric.name(average): np.full(2, np.nan) for metric in metrics for average in metric.averages}
    total = tallies_of(cells, labels, others)
    drawn = bootstrap if labels <= MOST_LABELS_DRAWN else delta
    intervals = drawn(cells, labels, metrics, others)
    return {
        metric.name(average): _widened(intervals[metric.name(average)], metric, average, total)
        for metric in metrics
        for average in metric.averages
    }


def _widened(interval: Floats, metric: Metric, average: str | None, total: Tallies) -> Floats:
    """Widen the interval to Wilson's: an average is treated as a share, any other metric as moving with accuracy."""
    value, rows = metric.overall(total, average), total.reviewed
    floor = wilson(value * rows, rows) if average else _as_accuracy_moves(metric, total)
    wide = np.array([np.fmin(interval[0], floor[0]), np.fmax(interval[1], floor[1])])
    return np.where(np.isnan(value), np.nan, wide)


def _as_accuracy_moves(metric: Metric, total: Tallies) -> Floats:
    """Return the metric with the accuracy moved to either end of its interval, by turning samples wrong or right.

    Samples that are turned wrong leave the totals of each class unchanged, among targets and predictions.
    """
    right, rows = int(total.hits.sum()), int(total.reviewed)
    low, high = wilson(np.array(right), np.array(rows)) * rows
    wrong = replace(total, hits=np.zeros_like(total.hits))
    perfect = replace(total, hits=total.support, predicted=total.support)
    turned = ((wrong, (right - low) / max(right, 1)), (perfect, (high - right) / max(rows - right, 1)))
    return np.array([metric.of(_mixed(total, other, share)) for other, share in turned])


def _mixed(tallies: Tallies, other: Tallies, share: float) -> Tallies:
    mixed: Any = {name: getattr(tallies, name) * (1 - share) + getattr(other, name) * share for name in TALLIES}
    return replace(tallies, **mixed)


def tallies_of(cells: Ints, labels: int, others: int = 0) -> Tallies:
    """Return the tallies, given the cells of one matrix."""
    target, prediction, count = cells.T
    hit, has_target = target == prediction, target < labels
    return Tallies(
        np.bincount(target[hit], count[hit], labels).astype(np.int64),
        np.bincount(target[has_target], count[has_target], labels).astype(np.int64),
        np.bincount(prediction, count, labels).astype(np.int64),
        count[~has_target].sum(),
        others=others,
    )


# ---- drawn


def bootstrap(cells: Ints, labels: int, metrics: Sequence[Metric] = DRAWN, others: int = 0) -> dict[str, Floats]:
    """Return the middle 95% of each score over multinomial resamples of the cells."""
    target, prediction, count = cells.T
    draws = np.random.default_rng(SEED).multinomial(count.sum(), count / count.sum(), size=DRAWS)
    drawn = Tallies(
        _collect(draws, np.where(target == prediction, target, -1), labels),
        _collect(draws, np.where(target < labels, target, -1), labels),
        _collect(draws, prediction, labels),
        draws[:, target == labels].sum(axis=1),
        others=others,
    )
    return {
        metric.name(average): _quantiles(metric.overall(drawn, average))
        for metric in metrics
        for average in metric.averages
    }


def _collect(draws: Ints, column: Ints, labels: int) -> Ints:
    """Sum the resampled cells by label, shape (draws, labels); a column of -1 belongs to no label."""
    indicator = np.zeros((len(column), labels))
    rows = np.flatnonzero(column >= 0)
    indicator[rows, column[rows]] = 1.0
    return np.rint(draws @ indicator).astype(np.int64)


def _quantiles(scores: Floats) -> Floats:
    scores = scores[~np.isnan(scores)]
    return np.quantile(scores, [0.025, 0.975]) if len(scores) else np.full(2, np.nan)


# ---- derived


def delta(cells: Ints, labels: int, metrics: Sequence[Metric] = DRAWN, others: int = 0) -> dict[str, Floats]:
    """Return each score's interval from its first-order (delta method) variance.

    n Var = E[g^2] - E[g]^2 with g the derivative by a cell's share. The derivatives are numerical, so that a metric
    need not supply its own.
    """
    total = tallies_of(cells, labels, others)
    return {
        metric.name(average): _around(metric, average, total, cells)
        for metric in metrics
        for average in metric.averages
    }


def _around(metric: Metric, average: str | None, total: Tallies, cells: Ints) -> Floats:
    count = cells[:, 2]
    share = count / count.sum()
    slope = _slopes(_gradient(metric, average, total), cells) * count.sum()
    variance = max(float((share * slope**2).sum() - (share * slope).sum() ** 2), 0.0)
    half = Z * np.sqrt(variance / count.sum())
    return np.asarray(np.clip(metric.overall(total, average) + np.array([-half, half]), metric.lowest, 1))


@dataclass(frozen=True)
class _Nudged(Tallies):
    """Tallies with a small change to one of them, while the number of rows stays the same."""

    rows: Ints

    @property
    def reviewed(self) -> Ints:
        return self.rows


@dataclass(frozen=True)
class _Gradient:
    """The derivatives of a score by each class's tallies, shape (labels,)."""

    hits: Floats
    support: Floats
    predicted: Floats


def _gradient(metric: Metric, average: str | None, total: Tallies) -> _Gradient:
    """Return the derivatives of the score by the tallies.

    The derivative by the total number of rows is the same for each cell, and thus not part of the variance.
    """
    if metric.slopes is not None:
        return _Gradient(*metric.slopes(total))
    by = _by_own_tallies if metric.by_class else _by_each_class
    return _Gradient(*(by(metric, average, total, name) for name in TALLIES))


def _by_own_tallies(metric: Metric, average: str | None, total: Tallies, name: str) -> Floats:
    """Return the derivative of an average by each class's tally, with the weights held fixed."""
    given = weights(metric.of(total), total, str(average))
    tally = np.asarray(getattr(total, name), float)
    step = np.maximum(tally, 1) * NUDGE
    up, down = (metric.value(_off(total, name, tally + sign * step)) for sign in (1, -1))
    return np.asarray(np.nan_to_num((up - down) / (2 * step)) * given / max(given.sum(), 1))


def _by_each_class(metric: Metric, _average: str | None, total: Tallies, name: str) -> Floats:
    """Return the derivative of an overall metric by each class's tally."""
    tally = np.asarray(getattr(total, name), float)
    step = np.diag(np.maximum(tally, 1) * NUDGE)
    up, down = (metric.value(_off(total, name, tally + sign * step)) for sign in (1, -1))
    return np.asarray(np.nan_to_num((up - down) / (2 * np.diag(step))))


def _off(total: Tallies, name: str, tally: Floats) -> Tallies:
    nudged: Any = {"hits": total.hits, "support": total.support, "predicted": total.predicted, name: tally}
    return _Nudged(**nudged, rejected=total.rejected, rows=total.reviewed, others=total.others)


def _slopes(by: _Gradient, cells: Ints) -> Floats:
    """Return the derivative of the score by each cell's count."""
    target, prediction, _ = cells.T
    of_target = np.append(by.support, 0.0)[np.minimum(target, len(by.support))]  # the last: rejected, of no class
    hit = np.where(target == prediction, by.hits[prediction], 0.0)
    return np.asarray(of_target + by.predicted[prediction] + hit)
