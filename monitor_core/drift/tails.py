"""Days that are now and then far from the others: p-values that allow for how often such days have come so far."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from monitor_core.drift.reference import Spans
from monitor_core.scores.shares import Floats, ratio

FEWEST_DAYS = 20  # tests of single days, below which their distribution is taken as normal
OUTLIER_MARGIN = 2.0  # standard errors
MOST_DEVIATIONS = 12.0  # to which a day counts
UNLIKE = 2.0  # times the deviation of any day before: a day like no other
NORMAL = 3.0  # fourth moment of the normal distribution, relative to the squared second


def allowing_for_outliers(p_values: Floats, length: int, freedom: Floats) -> Floats:
    """Return p-values (days,) of windows of `length` days under Student's t in the place of the normal distribution.

    A mean of several days has fewer outliers than a day, so `freedom`, shape (days,), is that of single days.
    """
    excess = 6 / np.maximum(freedom - 4, 1e-9) / length
    of_window = 4 + 6 / np.maximum(excess, 1e-9)
    z = -special.ndtri(np.clip(p_values / 2, 1e-300, 0.5))
    heavier = 2 * special.stdtr(of_window, -z * np.sqrt(of_window / (of_window - 2)))
    return np.asarray(np.where(of_window < 1e3, np.maximum(heavier, p_values), p_values))


def allowing_for_estimates(p_values: Floats, freedom: Floats) -> Floats:
    """Return p-values (days,) under Student's t, if the variance is an estimate with so many degrees of freedom."""
    z = -special.ndtri(np.clip(p_values / 2, 1e-300, 0.5))
    return np.asarray(np.maximum(2 * special.stdtr(freedom, -z), p_values))


def of_normal(p_value: float, freedom: Floats) -> Floats:
    """Return which p-values `allowing_for_estimates` makes this one of, shape (days,)."""
    return np.asarray(2 * special.ndtr(special.stdtrit(np.minimum(freedom, 1e6), p_value / 2)))


def freedom_of_days(p_values: Floats, tested: NDArray[np.bool_], spans: Spans) -> Floats:
    """Return the degrees of freedom of Student's t that the days of each reference are distributed by, shape (days,).

    They follow from the fourth moment of the normal deviates of the p-values (days,) of single days, less
    OUTLIER_MARGIN standard errors; infinite without outliers. `tested`, shape (days,): which days have a p-value.
    """
    z = np.clip(-special.ndtri(np.clip(p_values / 2, 1e-300, 0.5)), 0, MOST_DEVIATIONS) * tested
    count = spans.sum(tested * 1.0)
    second, fourth = (np.nan_to_num(ratio(spans.sum(z**power), count)) for power in (2, 4))
    few = np.maximum(count, 1)
    relative = np.nan_to_num(ratio(fourth, second**2)) - OUTLIER_MARGIN * np.sqrt(24 / few)
    excess = np.where((count >= FEWEST_DAYS) & (relative > NORMAL), relative - NORMAL, 0.0)
    return np.where(excess > 0, 4 + 6 / np.maximum(excess, 1e-9), np.inf)


def largest_before(deviations: Floats, tested: NDArray[np.bool_], spans: Spans) -> Floats:
    """Return the largest deviation of the tested days of each reference, shape (days,); 0 of fewer than FEWEST_DAYS."""
    sizes = np.where(tested, deviations, 0.0)
    if spans.used is not None:
        sizes = sizes * spans.used
    largest = [sizes[first:last].max(initial=0.0) for first, last in zip(spans.starts, spans.ends, strict=True)]
    return np.where(spans.sum(tested * 1.0) < FEWEST_DAYS, 0.0, largest)


@dataclass(frozen=True, slots=True)
class LoneDays:
    """The day of each window that deviates most, and how much of its deviation is its alone; shape (days,)."""

    day: NDArray[np.int64]
    part: Floats  # 0: another day deviates as much; towards 1: no other does
    is_credible: NDArray[np.bool_]  # the window has other days, or deviates like no day of the reference


def lone_days(deviations: Floats, has_rows: NDArray[np.bool_], largest: Floats, length: int) -> LoneDays:
    """Return the day that deviates most of the `length` days up to each day.

    Other days have been far off, too, and were over the next day, whereas a change that lasts shows on more than one
    day. A test may therefore count the day that deviates most as if it deviated as the next one, or as the `largest` of
    the reference, shape (days,), if that is more: Winsorizing (Tukey 1962, Annals of Mathematical Statistics 33:14). If
    it is the only day, it must deviate UNLIKE times as much as any before.
    """
    days = np.arange(len(deviations))[:, None] - np.arange(length)
    counts = (days >= 0) & has_rows[np.maximum(days, 0)]
    sizes = np.where(counts, deviations[np.maximum(days, 0)], 0.0)
    at = np.argmax(sizes, axis=1)
    day = np.maximum(np.take_along_axis(days, at[:, None], axis=1)[:, 0], 0)
    first = sizes.max(axis=1)
    others = np.where(np.arange(length) == at[:, None], 0.0, sizes).max(axis=1)
    alone = np.clip(1 - ratio(np.maximum(others, largest), first), 0, 1)
    is_only = counts.sum(axis=1) < 2
    return LoneDays(day, np.where(is_only, 0.0, np.nan_to_num(alone)), ~is_only | (first >= UNLIKE * largest))
