"""Differences of two independent scores: their 95% interval and p-value."""

import math
from typing import Any

import numpy as np

from monitor_core.scores.shares import Floats, Z


def difference_interval(
    now: float | Floats, now_interval: Floats, before: float | Floats, before_interval: Floats
) -> Floats:
    """Return the interval of now - before, given the two intervals; intervals have shape (2, ...).

    MOVER (Zou & Donner 2008), which keeps the asymmetry of the intervals.
    """
    change = now - before
    low = change - np.hypot(now - now_interval[0], before_interval[1] - before)
    high = change + np.hypot(now_interval[1] - now, before - before_interval[0])
    return np.array([low, high])


def difference_of_bounds(
    now: Floats, now_interval: Floats, before: Floats, before_interval: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return the difference of two scores of which bounds are known, with its interval; arrays have shape (2, ...).

    `now` and `before`: the lowest and highest value, alike where a score is known, with the intervals around them. The
    difference is the smallest possible one, 0 if the bounds overlap; the interval holds whatever the values are.
    """
    lowest, highest = now[0] - before[1], now[1] - before[0]
    low = lowest - np.hypot(now[0] - now_interval[0], before_interval[1] - before[1])
    high = highest + np.hypot(now_interval[1] - now[1], before[0] - before_interval[0])
    nearest = np.where(lowest > 0, lowest, np.where(highest < 0, highest, 0.0))
    return np.where(np.isnan(lowest), np.nan, nearest), low, high


def p_value(difference: Any, low: Any, high: Any) -> Floats:
    """Return the p-value of a difference, given its 95% interval: 0.05 if one end of the interval is zero.

    It is computed from the half of the interval towards zero, so that it never contradicts the interval.

    >>> p_value(0.1, 0.0, 0.2).round(3).item()
    0.05
    """
    difference = np.asarray(difference, float)
    half = np.where(difference > 0, difference - low, np.asarray(high) - difference)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.where(difference == 0, 0.0, np.abs(difference) / (half / Z))
    return np.asarray(np.vectorize(math.erfc, otypes=[float])(z / math.sqrt(2)))


def holm(p: Floats) -> Floats:
    """Return p-values adjusted for multiple comparisons (Holm 1979); NaN entries are not compared.

    >>> holm(np.array([0.01, 0.04, np.nan, 0.03])).round(2).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    out = np.full(len(p), np.nan)
    order = [i for i in np.argsort(p, kind="stable") if not np.isnan(p[i])]
    if order:
        raised = p[order] * np.arange(len(order), 0, -1)
        out[order] = np.minimum(np.maximum.accumulate(raised), 1)
    return out
