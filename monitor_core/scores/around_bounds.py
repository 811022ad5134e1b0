"""Intervals around bounds: what chance adds to the bounds of a score where samples were rejected."""

from dataclasses import replace

import numpy as np

from monitor_core.scores.confusion import ConfusionCounts, Tallies
from monitor_core.scores.design import Widening
from monitor_core.scores.intervals import Interval, overall_interval
from monitor_core.scores.metrics import Average, Metric
from monitor_core.scores.shares import Floats


def around_class_bounds(metric: Metric, total: Tallies, interval: Floats, wider: Widening) -> Floats:
    """Return the interval of each class's score, shape (labels, 2); without a value, the one around its bounds.

    That one begins where the interval begins if all rejected samples that may be of the class are, and ends where it
    ends if none is. `interval` and `wider` are those of the class in `class_intervals`.
    """
    if not metric.needs_targets or not total.rejected:
        return interval
    divisor = wider.samples_divisor[0]
    all_of_it = replace(total, support=total.support + total.rejected_elsewhere)
    lowest, highest = metric.wilson_of(all_of_it, divisor)[..., 0], metric.wilson_of(total, divisor)[..., 1]
    return np.where(np.isnan(metric.of(total))[..., None], np.stack([lowest, highest], axis=-1), interval)


def around_overall_bounds(
    metric: Metric, average: Average | None, counts: ConfusionCounts, of_targets: Interval | None = None
) -> Interval:
    """Return the interval around the bounds of an average or overall metric over all days; NaN without bounds.

    It reaches as far beyond the bounds as the interval of the samples with a true class beyond their score.
    `of_targets`: that interval, if it is there already.
    """
    interval = of_targets or overall_interval(metric, average, counts.with_target)
    around = metric.overall_bounds(counts.total(), average) + interval.bounds[0]
    around -= metric.overall(counts.with_target.total(), average)
    return replace(interval, bounds=np.clip(around, metric.lowest, 1)[None])
