"""The class or category that stands out: its change is significantly larger, with Holm's correction over all."""

import numpy as np
from scipy import special

from monitor_core.drift.reference import Counts
from monitor_core.scores.differences import holm
from monitor_core.scores.shares import FEWEST, Floats, ratio

LEVEL = 0.05  # of the statement that any of them stands out


def falls_more(n: Counts, errors: Counts, before: Floats, before_n: Counts, dispersion: Floats) -> Floats:
    """Return the p-values, shape (classes,), of "this class's recall has fallen no more than the others'".

    All arguments have that shape, or one with leading axes; `before` are the miss rates of the reference, `dispersion`
    how much the variance of a class's errors exceeds a binomial's. If a class fell as the others did, its errors are
    binomial with its own rate plus the others' rise: their errors beyond those expected at their own rates, so that a
    changed mix is no fall.
    NaN for a class with fewer than FEWEST samples in either period.
    """
    beyond, others = errors - n * before, (_total(n) - n).astype(float)
    alike = np.clip(before + np.nan_to_num(ratio(_total(beyond) - beyond, others)), 1e-3, 1 - 1e-3)
    own, of_reference = n * alike * (1 - alike) * dispersion, ratio(before * (1 - before) * dispersion, before_n)
    of_classes = own + np.nan_to_num(of_reference) * n**2
    variance = own + n**2 * (np.nan_to_num(of_reference) + ratio(_total(of_classes) - of_classes, others**2))
    judged = (n >= FEWEST) & (before_n >= FEWEST) & (others > 0)
    return np.where(judged, _at_least(errors, n, alike, ratio(variance, n * alike * (1 - alike))), np.nan)


def _total(of_classes: Counts) -> Counts:
    return np.asarray(of_classes.sum(axis=-1, keepdims=True))


def moved_most(before: Counts, now: Counts, dispersion: float) -> int | None:
    """Return the index of the category whose share has changed most, among those with a significant change.

    `before` and `now` are counts of shape (categories,). None if the change is spread over all of them.

    >>> moved_most(np.array([500, 500, 1000]), np.array([10, 60, 70]), 1.0)
    0
    """
    n, m = now.sum(), before.sum()
    if not n or not m:
        return None
    share, excess = (before + 0.5) / (m + 1), np.full(len(now), dispersion * (1 + n / m))
    more, less = _at_least(now, n, share, excess), _at_least(n - now, n, 1 - share, excess)
    significant = holm(np.minimum(2 * np.minimum(more, less), 1)) < LEVEL
    change = np.abs(now / n - before / m)
    return int(np.argmax(np.where(significant, change, -1))) if significant.any() else None


def _at_least(successes: Counts, trials: Counts, share: Floats, excess: Floats) -> Floats:
    """Return the binomial probability of at least so many successes, of a variance `excess` times as large.

    It is that of as many fewer trials; exact where the excess is 1.
    """
    part, whole = successes / excess, trials / excess
    tail = special.betainc(np.maximum(part, 1e-9), np.maximum(whole - part, 0) + 1, share)
    return np.asarray(np.where(successes > 0, tail, 1.0))
