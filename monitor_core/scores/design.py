"""Design effect of days: by how much more days differ than chance alone makes independent samples differ.

Reviews of one day have more in common than those of different days: weather, shift, ten photographs of one scene. An
interval for independent samples is then too narrow. The variance between days is estimated from the days' counts alone,
with the days as clusters (Kish 1965; Korn & Graubard 1998 for Wilson's interval with an effective number of samples).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from monitor_core.scores.confusion import ConfusionCounts, Ints
from monitor_core.scores.shares import Floats, Z, ratio, ratio_or_zero, wilson

FEWEST_DAYS = 7  # with samples; from fewer, a variance between them cannot be estimated
DAYS_IN_SERIES = 21  # with samples; from fewer, whether a day resembles the day before cannot be estimated
MOST_ALIKE = 0.9  # correlation of consecutive days
MOST_WANDERING = 0.65  # the same of what days differ by beyond sampling, which is known less well
MOST_SERIAL = 6.0  # times the variance


@dataclass(frozen=True, slots=True)
class DayGroups:
    """Consecutive days in groups, such as the days of each week; every group has at least one day."""

    of_day: Ints  # (days,) the group, ascending, from 0

    @classmethod
    def whole(cls, days: int) -> "DayGroups":
        """Return all days as one group."""
        return cls(np.zeros(days, np.int64))

    @classmethod
    def single(cls, days: int) -> "DayGroups":
        """Return each day as a group of its own."""
        return cls(np.arange(days))

    @property
    def number(self) -> int:
        return int(self.of_day[-1]) + 1 if len(self.of_day) else 0

    def sums(self, values: Any) -> Any:
        """Sum values of shape (days, ...) by group, shape (groups, ...)."""
        if self.number == len(self.of_day):
            return values
        return np.add.reduceat(values, np.searchsorted(self.of_day, np.arange(self.number)), axis=0)


@dataclass(frozen=True, slots=True)
class Widening:
    """Multiples by which intervals are wider because days differ; both at least 1, shape (groups, ...)."""

    effect: Floats  # the design effect: the variance, as a multiple of that of independent samples
    samples_divisor: Floats  # the effective number of samples is their number, divided by this

    def or_more(self, other: "Widening") -> "Widening":
        """Return the larger of both."""
        effect = np.maximum(self.effect, other.effect)
        return Widening(effect, np.maximum(self.samples_divisor, other.samples_divisor))

    @property
    def factor(self) -> Floats:
        """Return by which factor the interval is wider than that of independent samples."""
        return np.sqrt(self.samples_divisor)


def widening(residuals: Any, sizes: Any, of_samples: Any, groups: DayGroups) -> Widening:
    """Return the widening, given each day's sum of its samples' deviations from the group's score.

    `residuals` and `sizes` (samples) have shape (days, ...), and `of_samples`, the variance of a group's sum if samples
    were independent, shape (groups, ...). A day's residual is smaller the larger its part of the group, hence its
    leverage (Bell & McCaffrey 2002). The quantile is Student's, because the variance is estimated from as few values as
    there are days.
    """
    days, total = groups.sums(sizes > 0), groups.sums(sizes)
    residuals = residuals * np.sqrt(ratio(np.ones(1), 1 - ratio(sizes, total[groups.of_day])))
    residuals = np.where(np.isfinite(residuals), residuals, 0.0)
    squares = groups.sums(residuals**2)
    of_samples = np.asarray(of_samples)
    beyond_sampling = np.clip(np.nan_to_num(1 - ratio(of_samples, squares)), 0, 1)
    serial = _serial(residuals, squares, beyond_sampling, groups, days)
    effect = np.fmax(1.0, ratio(squares * serial, of_samples))
    freedom = np.maximum((days - 1) / serial, 1)
    enough = days >= FEWEST_DAYS
    divisor = effect * (student(freedom) / Z) ** 2
    return Widening(np.where(enough, effect, 1.0), np.where(enough, divisor, 1.0))


def _serial(residuals: Floats, squares: Floats, beyond_sampling: Floats, groups: DayGroups, days: Ints) -> Floats:
    """Return by which factor the variance of a sum is larger because consecutive days resemble each other.

    (1 + r) / (1 - r) for the correlation r of a day with the day before (Bayley & Hammersley 1946). The estimate of r
    is too low by (1 + 4r) / days (Marriott & Pope 1954), and as it is uncertain, the factor is on average that of an r
    which is higher by (1 + r) / days. Sampling hides how alike days are: only the part of the variance that is
    `beyond_sampling`, from 0 to 1, can be, and for that part the correlation is as much higher.
    """
    if not len(residuals) or days.max(initial=0) < DAYS_IN_SERIES:
        return np.ones(days.shape)
    with_before = np.zeros_like(residuals)
    with_before[1:] = residuals[1:] * residuals[:-1]
    with_before[1:][np.diff(groups.of_day) > 0] = 0
    alike = ratio_or_zero(groups.sums(with_before), squares)
    alike = np.clip(alike + (2 + 5 * np.maximum(alike, 0)) / np.maximum(days, 1), 0, MOST_ALIKE)
    wandering = np.minimum(ratio_or_zero(alike, beyond_sampling), MOST_WANDERING)
    factor = np.maximum((1 + alike) / (1 - alike), 1 + 2 * beyond_sampling * wandering / (1 - wandering))
    return np.where(days < DAYS_IN_SERIES, 1.0, np.minimum(factor, MOST_SERIAL))


def widening_of_scenes(sums: Floats, group: Ints, groups: int) -> Widening:
    """Return the widening because samples of one scene have something in common, shape (groups,).

    `sums` has the columns of `DayCounts.scenes` behind the target, and `group` the group of each row. The scenes are
    the clusters. Of fewer than FEWEST_DAYS scenes, each counts as one sample at most. It is 1 where each sample is
    alone.
    """
    scenes, samples, errors, squares, mixed, of_errors = (np.bincount(group, sums[:, n], groups) for n in range(6))
    share = ratio_or_zero(errors, samples)
    deviations = np.maximum(of_errors - 2 * share * mixed + share**2 * squares, 0)
    freedom = np.maximum(scenes - 1, 1)
    effect = np.fmax(1.0, ratio(deviations * scenes / freedom, share * (1 - share) * samples))
    divisor = effect * (student(freedom) / Z) ** 2
    divisor = np.where(scenes < FEWEST_DAYS, np.fmax(divisor, ratio(samples, scenes)), divisor)
    alone = squares <= samples
    return Widening(np.where(alone, 1.0, effect), np.where(alone, 1.0, divisor))


def widening_of_share(part: Any, whole: Any, groups: DayGroups) -> Widening:
    """Return the widening of the share part / whole, given the counts of each day, shape (days, ...)."""
    part, whole = np.asarray(part), np.asarray(whole)
    share = ratio_or_zero(groups.sums(part), groups.sums(whole))
    return widening(part - share[groups.of_day] * whole, whole, share * (1 - share) * groups.sums(whole), groups)


def share_interval(part: Any, whole: Any, groups: DayGroups | None = None) -> Floats:
    """Return the 95% interval of the share part / whole over the days, shape (groups, ..., 2).

    `part` and `whole` are the counts of each day, shape (days, ...). Without `groups` the days are one group, whose
    axis is left out.
    """
    each = DayGroups.whole(len(part)) if groups is None else groups
    if not len(part):
        interval = np.full((1, *np.shape(part)[1:], 2), np.nan)
    else:
        part, whole = np.asarray(part), np.asarray(whole)
        divisor = widening_of_share(part, whole, each).samples_divisor
        interval = wilson(each.sums(part) / divisor, each.sums(whole) / divisor)
    return interval[0] if groups is None else interval


def cell_intervals(counts: ConfusionCounts, targets: Any, predictions: Any) -> Floats:
    """Return the interval of the share that each of these cells has in its target's samples, shape (cells, 2).

    `targets` and `predictions` are indices of labels, -1 for a class that does not occur; the target after the last
    label is rejected.
    """
    day, target, prediction, count = counts.cells.T
    places = np.full((len(counts.labels) + 1, len(counts.labels) + 1), -1)
    occurs = np.flatnonzero((targets >= 0) & (predictions >= 0))
    places[targets[occurs], predictions[occurs]] = occurs
    place = places[target, prediction]
    part = np.zeros((len(counts.days), len(targets)))
    part[day[place >= 0], place[place >= 0]] = count[place >= 0]
    daily = counts.daily()
    wholes = np.concatenate([daily.support, daily.rejected[:, None], np.zeros_like(daily.rejected)[:, None]], axis=1)
    return share_interval(part, wholes[:, targets])


def student(freedom: Any) -> Floats:
    """Return the 97.5% point of Student's t, from the first terms of its expansion (Fisher & Cornish 1960).

    It is right to 0.2% from 5 degrees of freedom on, and to 3% from 3 on.

    >>> student(np.array([6.0, 29.0])).round(3).tolist()
    [2.447, 2.045]
    """
    n, z = np.asarray(freedom, float), Z
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return np.asarray(z + sum(term / n ** (power + 1) for power, term in enumerate(terms)))
