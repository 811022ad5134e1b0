"""Mixes that move all the time: where the movement within a reference leads, as seasons and slow growth have it.

A mix that has moved at the same pace for two months is today where it was to be expected, however far that is from its
mean over these months. A change is what this movement does not explain.
"""

import numpy as np

from monitor_core.drift.reference import WEEK, Counts, Spans
from monitor_core.scores.shares import Floats, ratio

MIDDLE = WEEK // 2  # days that the middle of a week is before its last day


def carried_on(rows: Counts, spans: Spans, dispersion: Floats) -> Floats:
    """Return the mix of each day's reference, moved on to that day's week as it has moved before: (days, categories).

    `rows` has that shape, and `dispersion`, shape (days,), is by how much the variance of the reference's shares
    exceeds a binomial's. The rows are as many as tell the shares as exactly as this estimate does. The line through the
    shares of the days is as steep as by least squares, less what chance makes of it on average: James & Stein (1961),
    "Estimation with quadratic loss". It is carried on no farther than to the days after a reference without a pause.
    """
    n, day = rows.sum(axis=1).astype(float), np.arange(len(rows), dtype=float)
    total, before = spans.sum(n), spans.sum(rows)
    middle = np.nan_to_num(ratio(spans.sum(day * n), total))
    width = np.maximum(spans.sum(day**2 * n) - total * middle**2, 0.0)
    share = np.nan_to_num(ratio(before, total[:, None]))
    slope = np.nan_to_num(ratio(spans.sum(day[:, None] * rows) - middle[:, None] * before, width[:, None]))
    squares = np.nan_to_num(ratio(slope**2, share)).sum(axis=1) * width
    by_chance = dispersion * np.maximum((before > 0).sum(axis=1) - 1, 0)
    reliable = np.clip(1 - np.nan_to_num(ratio(by_chance, squares), nan=1.0), 0.0, 1.0)
    farthest = np.sqrt(3 * np.nan_to_num(ratio(width, total))) + WEEK  # half the length of even days, and the gap
    steps = np.clip(day - MIDDLE - middle, 0.0, farthest) * reliable
    moved = np.maximum(share + slope * steps[:, None], 0.0)
    size = ratio(total, 1 + np.nan_to_num(ratio(steps**2 * total, width)))
    return np.nan_to_num(ratio(moved, moved.sum(axis=1, keepdims=True)) * size[:, None])
