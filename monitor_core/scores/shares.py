"""Shares: proportions, NaN if the whole is zero, with Wilson's 95% interval."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FEWEST = 5  # samples; with fewer, the count says more than any score
Z = 1.959963984540054  # the standard normal's 97.5 % point


def ratio(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    """Return part / whole, NaN where the whole is zero."""
    out = np.full(np.broadcast(part, whole).shape, np.nan)
    np.divide(part, whole, out=out, where=np.asarray(whole > 0))
    return out


def ratio_or_zero(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    """Return part / whole, 0 where it is undefined."""
    out = ratio(part, whole)
    np.copyto(out, 0.0, where=np.isnan(out))
    return out


def wilson(successes: NDArray[Any], trials: NDArray[Any]) -> Floats:
    """Return the Wilson interval of a share, shape (..., 2); NaN without trials.

    Wilson (1927). At n = 5 its coverage is still about 95%; that of the textbook's p +- 1.96 s.e. can be as low as 5%.
    """
    n = np.asarray(trials, float)
    share = ratio(successes, n)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z / (1 + Z * Z / n) * np.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    # Rounding must not leave a share of none or of all outside of its own interval.
    low, high = np.where(share == 0, 0.0, centre - half), np.where(share == 1, 1.0, centre + half)
    return np.asarray(np.clip(np.stack([low, high], axis=-1), 0.0, 1.0))
