"""Days that are now and then far from the others: p-values that allow for how often such days have come so far."""

import numpy as np
from scipy import special

from monitor_core.drift.reference import Spans
from monitor_core.scores.shares import Floats, ratio

FEWEST_DAYS = 20  # tests of single days, below which their distribution is taken as normal
OUTLIER_MARGIN = 2.0  # standard errors
MOST_DEVIATIONS = 12.0  # to which a day counts
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


def freedom_of_days(p_values: Floats, tested: Floats, spans: Spans) -> Floats:
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
