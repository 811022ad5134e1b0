"""Differences of two independent scores, with their 95 % interval."""

import numpy as np

from monitor_core.scores.shares import Floats


def difference_interval(
    now: float | Floats, now_interval: Floats, before: float | Floats, before_interval: Floats
) -> Floats:
    """Return the interval of now - before from the two intervals; intervals have shape (2, ...).

    MOVER (Zou & Donner 2008): keeps the intervals' asymmetry, which a difference of standard errors loses.
    """
    change = now - before
    low = change - np.hypot(now - now_interval[0], before_interval[1] - before)
    high = change + np.hypot(now_interval[1] - now, before - before_interval[0])
    return np.array([low, high])
