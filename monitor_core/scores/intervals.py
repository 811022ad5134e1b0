"""Confidence intervals (95%) of overall scores, averages and scores by class, for every metric of the list.

Shares have Wilson's interval (1927). So has an average over classes: it is corrected for its bias, and the number of
samples is the one for which a share has the average's variance (delta method). Over a week and more, the intervals are
as much wider as the days differ more than chance: see `design`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor_core.contract.wording import count as counted
from monitor_core.scores.confusion import ConfusionCounts, Ints, Tallies
from monitor_core.scores.design import DayGroups, Widening, widening, widening_of_share
from monitor_core.scores.grouped import GroupedCounts, sums_of
from monitor_core.scores.metrics import METRIC, METRICS, Average, Metric, weights
from monitor_core.scores.shares import Floats, Z, ratio, ratio_or_zero, wilson

TALLIES = ("hits", "support", "predicted")  # by class
ENOUGH = 10  # samples of a class for its score to count in the interval of an average
# Share of classes with fewer, up to which an average has an interval; the second where classes have MANY on average.
MOST_FEW, MOST_FEW_OF_MANY, MANY = 0.1, 0.2, 25
PRIOR = 4  # samples by which a class's score is shrunk towards that of all; with 2 the intervals covered less
STEP = 1e-4  # of a share, for a derivative
Coefficients = tuple[float, float, float]  # of TALLIES, in a linear function


@dataclass(frozen=True, slots=True)
class Interval:
    """The intervals of a score in each group of days; arrays have shape (groups, ...)."""

    bounds: Floats  # (groups, ..., 2); NaN where the score is undefined, or there are too few samples
    wider: Widening  # because days differ
    few: Ints | None = None  # of an average that has no interval: its classes with fewer than ENOUGH samples; else 0
    classes: Ints | None = None  # of an average: how many occur

    def too_few(self, group: int) -> str:
        """Say why the average of a group has no interval; empty if it has one, or is undefined."""
        few, classes = (0 if numbers is None else int(numbers[group]) for numbers in (self.few, self.classes))
        return too_few_in_words(few, classes)


def too_few_in_words(few: int, classes: int) -> str:
    """Say why an average has no interval; empty if no class is named to have too few samples.

    >>> too_few_in_words(12, 30)
    'too few samples a class: 12 of 30 classes have fewer than 10'
    """
    if not few:
        return ""
    has = "has" if few == 1 else "have"
    return f"too few samples a class: {few} of {counted(classes, 'class', 'classes')} {has} fewer than {ENOUGH}"


def overall_intervals(
    counts: ConfusionCounts,
    groups: DayGroups | None = None,
    metrics: Sequence[Metric] = METRICS,
    average: str | None = None,
) -> dict[str, Interval]:
    """Return the intervals of each score by its name, such as "accuracy" and "macro_f1".

    `groups`: the groups of days, each of which has an interval; by default all days are one group. `average`: the only
    average over classes; None: each of them.
    """
    grouped = GroupedCounts(counts, groups or DayGroups.whole(len(counts.days)))
    return {metric.name(used): _overall(metric, used, grouped) for metric, used in pairs(metrics, average)}


def pairs(metrics: Iterable[Metric], average: str | None = None) -> list[tuple[Metric, Average | None]]:
    """Return each metric with each of its averages, or with this one only; with None where it has none."""
    return [(metric, used) for metric in metrics for used in metric.averages if average in (None, used) or used is None]


def overall_interval(metric: Metric, average: Average | None, counts: ConfusionCounts) -> Interval:
    """Return the interval of one score over all days: bounds of shape (1, 2)."""
    return _overall(metric, average, GroupedCounts(counts, DayGroups.whole(len(counts.days))))


def class_intervals(metric: Metric, counts: ConfusionCounts) -> Interval:
    """Return the intervals of a metric by class over all days: bounds of shape (1, labels, 2)."""
    grouped = GroupedCounts(counts, DayGroups.whole(len(counts.days)))
    return _of_proportion(metric, grouped.daily, grouped.groups, grouped.by_scene_and_class())


def class_interval(metric: Metric, counts: ConfusionCounts, label: int) -> Interval:
    """Return the interval of a metric for one class, given by index, over all days: bounds of shape (1, 1, 2)."""
    grouped = GroupedCounts(counts, DayGroups.whole(len(counts.days)))
    of_scenes = grouped.by_scene_and_class()
    at = slice(label, label + 1)
    of_scenes = Widening(of_scenes.effect[:, at], of_scenes.samples_divisor[:, at])
    return _of_proportion(metric, grouped.daily.of_class(label), grouped.groups, of_scenes)


def _overall(metric: Metric, average: Average | None, grouped: GroupedCounts) -> Interval:
    if average:
        return _of_average(metric, average, grouped)
    if metric.mean_of:
        interval = _of_average(METRIC[metric.mean_of], "macro", grouped)
        undefined = np.isnan(metric.of(grouped.total))
        return replace(interval, bounds=np.where(undefined[..., None], np.nan, interval.bounds))
    if metric.proportion:
        return _of_proportion(metric, grouped.daily, grouped.groups, grouped.by_scene)
    return _derived(metric, grouped)


def _of_proportion(metric: Metric, daily: Tallies, groups: DayGroups, of_scenes: Widening) -> Interval:
    proportion = metric.proportion
    assert proportion is not None  # noqa: S101 - `Metric` sees to it
    wider = widening_of_share(proportion.part(daily), proportion.whole(daily), groups)
    wider = wider.or_more(of_scenes)
    return Interval(metric.interval_of(sums_of(daily, groups), wider.samples_divisor), wider)


# ---- averages over classes


def _of_average(metric: Metric, average: Average, grouped: GroupedCounts) -> Interval:
    """Return Wilson's interval of the average as of a share with the same variance.

    It is never narrower than that of as many samples. The variance of a class with few samples, all of them right,
    would be zero: there, the class's score is shrunk towards that of all.
    """
    total = grouped.total
    parts = _Parts.of(metric, average, total)
    variance, wider = _spread(parts.gradient, grouped)
    variance = variance + parts.missing_variance(metric, total)
    value, rows = metric.overall(total, average), total.reviewed
    shrunk = ratio(value * rows + PRIOR / 2, rows + PRIOR)
    samples = np.fmin(ratio(shrunk * (1 - shrunk), variance), rows) / wider.samples_divisor
    centre = np.clip(value - parts.bias(total), 0, 1)
    low, high = np.moveaxis(wilson(centre * samples, samples), -1, 0)
    bounds = np.stack([np.fmin(low, value), np.fmax(high, value)], axis=-1)
    few, classes = _classes_with_few(metric, total)
    hidden = few > classes * np.where(rows >= MANY * classes, MOST_FEW_OF_MANY, MOST_FEW)
    return Interval(
        np.where((hidden | np.isnan(value))[..., None], np.nan, bounds),
        wider,
        np.where(hidden & ~np.isnan(value), few, 0),
        classes,
    )


def _classes_with_few(metric: Metric, total: Tallies) -> tuple[Ints, Ints]:
    """Return how many of the classes that occur have fewer than ENOUGH samples, and how many occur."""
    classes = total.of_classes
    occurs = classes.support + classes.predicted > 0
    return (occurs & (metric.rests_on(classes) < ENOUGH)).sum(axis=-1), occurs.sum(axis=-1)


@dataclass(frozen=True, slots=True)
class _Gradient:
    """The derivatives of a score by each class's tallies, shape (groups, labels)."""

    hits: Floats
    support: Floats
    predicted: Floats


@dataclass(frozen=True, slots=True)
class _Parts:
    """An average of ratios part / whole over classes; arrays have shape (groups, labels)."""

    part: Coefficients
    whole: Coefficients
    sizes: Floats  # the wholes, 1 where there is none
    scores: Floats  # 0 where undefined
    weight: Floats  # sums to 1
    by_support: Floats  # 1 / the total support of a weighted average, 0 for undefined classes; 0 of a macro average
    mean: Floats  # (groups, 1)

    @classmethod
    def of(cls, metric: Metric, average: Average, total: Tallies) -> "_Parts":
        assert metric.ratio is not None  # noqa: S101 - `Metric` sees to it
        whole = np.asarray(metric.ratio.whole(total), float)
        scores = metric.value(total)
        given = weights(scores, total, average)
        whole_weight = given.sum(axis=-1, keepdims=True)
        support = np.where(given > 0, total.support, 0).sum(axis=-1, keepdims=True)
        each = np.where(given > 0, ratio_or_zero(np.ones(1), support), 0.0)
        return cls(
            _coefficients(metric.ratio.part),
            _coefficients(metric.ratio.whole),
            np.where(whole > 0, whole, 1.0),
            np.nan_to_num(scores),
            ratio_or_zero(given, whole_weight),
            each if average == "weighted" else np.zeros_like(each),
            metric.overall(total, average)[..., None],
        )

    @property
    def gradient(self) -> _Gradient:
        by = [self.weight * (a - self.scores * b) / self.sizes for a, b in zip(self.part, self.whole, strict=True)]
        by[1] = by[1] + self.by_support * (self.scores - np.nan_to_num(self.mean))
        return _Gradient(*by)

    def bias(self, total: Tallies) -> Floats:
        """Return by how much the average is too high on average, to the second order, shape (groups,).

        The weighted precision is too high where classes have few samples: chance hits raise both a class's precision
        and its weight.
        """
        support = (0.0, 1.0, 0.0)
        of_scores = (self.scores * _covariance(self.whole, self.whole, total) - self._with_part(self.whole, total)) * (
            self.weight / self.sizes**2
        )
        of_weights = self._with_part(support, total) - self.scores * _covariance(support, self.whole, total)
        return np.asarray((of_scores + of_weights * self.by_support / self.sizes).sum(axis=-1))

    def _with_part(self, other: Coefficients, total: Tallies) -> Floats:
        return _covariance(self.part, other, total)

    def missing_variance(self, metric: Metric, total: Tallies) -> Floats:
        """Return by how much the variance is larger if the classes' scores are shrunk, shape (groups,)."""
        assert metric.proportion is not None  # noqa: S101 - `Metric` sees to it
        part, whole = (np.asarray(of(total), float) for of in (metric.proportion.part, metric.proportion.whole))
        share = ratio_or_zero(part, whole)
        of_all = (part.sum(axis=-1, keepdims=True) + PRIOR / 2) / (whole.sum(axis=-1, keepdims=True) + PRIOR)
        shrunk = (part + PRIOR * of_all) / (whole + PRIOR)
        more = np.maximum(shrunk * (1 - shrunk) - share * (1 - share), 0)
        low, high = np.maximum(share - STEP, 0), np.minimum(share + STEP, 1)
        slope = (metric.of_proportion(high) - metric.of_proportion(low)) / (high - low)
        return np.asarray((ratio_or_zero(more, whole) * (self.weight * slope) ** 2).sum(axis=-1))


@cache
def _coefficients(of: Any) -> Coefficients:
    """Return the coefficients of hits, support and predicted in a linear function of the tallies."""
    unit = np.eye(3, dtype=np.int64)
    first, second, third = of(Tallies(unit[0], unit[1], unit[2], np.zeros(3, np.int64))).tolist()
    return first, second, third


def _covariance(first: Coefficients, second: Coefficients, total: Tallies) -> Floats:
    """Return the covariance of two linear functions of a class's tallies, of which each sample is one Poisson event."""
    hit = total.hits * (sum(first) * sum(second))
    missed = (total.support - total.hits) * (first[1] * second[1])
    mistaken = (total.predicted - total.hits) * (first[2] * second[2])
    return np.asarray(hit + missed + mistaken, float)


def _spread(gradient: _Gradient, grouped: GroupedCounts) -> tuple[Floats, Widening]:
    """Return the score's variance over independent samples, shape (groups,), and how much more its days differ."""
    day, _, _, count = grouped.counts.cells.T
    days, groups = len(grouped.counts.days), grouped.groups
    slopes = _slopes(gradient, grouped)
    of_days = np.bincount(day, count * slopes, days)
    sizes, rows = grouped.daily.reviewed, grouped.total.reviewed
    mean = ratio_or_zero(groups.sums(of_days), rows)
    squares = groups.sums(np.bincount(day, count * slopes**2, days))
    variance = np.maximum(squares - mean**2 * rows, 0)
    wider = widening(of_days - mean[groups.of_day] * sizes, sizes, variance, groups)
    return variance, wider.or_more(grouped.by_scene)


def _slopes(by: _Gradient, grouped: GroupedCounts) -> Floats:
    """Return the derivative of its group's score by each cell's count, shape (cells,)."""
    of_target, of_prediction, hit = grouped.places
    rejected = np.zeros((len(by.support), 1))  # of no class
    of_targets = np.concatenate([by.support, rejected], axis=1).ravel()
    hits = np.where(hit, by.hits.ravel()[of_prediction], 0.0)
    return np.asarray(of_targets[of_target] + by.predicted.ravel()[of_prediction] + hits)


# ---- overall metrics with derivatives


def _derived(metric: Metric, grouped: GroupedCounts) -> Interval:
    """Return the interval of the delta method, at least as wide as if the metric moved with accuracy.

    The delta method alone underestimates the uncertainty near the ends: 20 of 20 right might have been 19.
    """
    assert metric.slopes is not None  # noqa: S101 - `Metric` sees to it
    total = grouped.total
    gradient = _Gradient(*(np.nan_to_num(slope, posinf=0, neginf=0) for slope in metric.slopes(total)))
    variance, wider = _spread(gradient, grouped)
    value = metric.of(total)
    half = Z * np.sqrt(variance * wider.samples_divisor)
    low, high = _as_accuracy_moves(metric, total, wider.samples_divisor)
    low = np.maximum(np.fmin(value - half, low), metric.lowest)
    bounds = np.stack([low, np.minimum(np.fmax(value + half, high), 1)], axis=-1)
    return Interval(np.where(np.isnan(value)[..., None], np.nan, bounds), wider)


def _as_accuracy_moves(metric: Metric, total: Tallies, divisor: Floats) -> tuple[Floats, Floats]:
    """Return the metric with the accuracy moved to either end of its interval, by turning samples wrong or right.

    Samples that are turned wrong leave the totals of each class unchanged, among targets and predictions.
    """
    right, rows = total.hits.sum(axis=-1), total.reviewed
    low, high = np.moveaxis(wilson(right / divisor, rows / divisor), -1, 0) * rows
    wrong = replace(total, hits=np.zeros_like(total.hits))
    perfect = replace(total, hits=total.support, predicted=total.support)
    return (
        metric.of(_mixed(total, wrong, (right - low) / np.maximum(right, 1))),
        metric.of(_mixed(total, perfect, (high - right) / np.maximum(rows - right, 1))),
    )


def _mixed(tallies: Tallies, other: Tallies, share: NDArray[np.float64]) -> Tallies:
    moved = np.nan_to_num(share)[..., None]
    mixed: Any = {name: getattr(tallies, name) * (1 - moved) + getattr(other, name) * moved for name in TALLIES}
    return replace(tallies, **mixed)
